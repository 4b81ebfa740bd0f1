// The tools that this program has, by Kafka's names (tools.tbl).
#pragma once

#include <span>
#include <string_view>

#include "cli/verb.hpp"

namespace weir::cli::tools {

struct tool {
    std::string_view name;  // "kafka-topics"; links to the program are called kafka-topics.sh
    int (*run)(const arguments&);
};

std::span<const tool> all_tools();

// By a program's path or name, with or without directories and ".sh"; nullptr: none of ours.
const tool* find_tool(std::string_view program);

// Runs it; what it printed is on its way when this returns.
int run_tool(const tool& which, const arguments& given);

}  // namespace weir::cli::tools
