// The verbs of the program: one function each, listed in main.cpp.
#pragma once

#include <string>
#include <vector>

namespace weir::cli {

// The exit codes of every verb.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

using arguments = std::vector<std::string>;

// weir broker [server.properties|FILE.toml]: runs a broker until it is told to stop.
int run_broker(const arguments& given);

// weir run [FILE|DIR]: runs a pipeline until it is told to stop.
int run_pipeline(const arguments& given);

// weir check [FILE|DIR] [--connect] [--json]: all that is wrong with a pipeline.
int check_pipeline(const arguments& given);

// weir plugins [TYPE] [--json]: the connectors there are, or the options of one.
int list_plugins(const arguments& given);

// weir tap TOPIC...: the records of topics, as they come.
int run_tap(const arguments& given);

// weir top: what a running pipeline does, out of its /metrics.
int run_top(const arguments& given);

// weir dlq list|show|replay: dead letters.
int run_dlq(const arguments& given);

// weir tool NAME ...: one of Kafka's command line tools; weir tool --install DIR: links to all.
int run_tool_verb(const arguments& given);

}  // namespace weir::cli
