// command: a verb's command line. Gateway to CLI11: what is wrong is told on standard error and
// ends with exit code 2; --help with 0.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "cli/verb.hpp"

namespace weir::cli::pipeline_tools {

// The exit code when the verb ends here; nothing when it goes on.
std::optional<int> parse(CLI::App& command, const arguments& given);

// Where the brokers are: --bootstrap, or what --file says, or 127.0.0.1:9092.
struct broker_choice {
    std::string bootstrap;
    std::string file;
};
void add_broker_options(CLI::App& command, broker_choice& into);
// HOST:PORT of the choice; nothing after telling what is wrong with the file.
std::optional<std::string> bootstrap_of(const broker_choice& choice);

// Tells "weir VERB: message" on standard error; gives exit_failed.
int fail(std::string_view verb, std::string_view message);

}  // namespace weir::cli::pipeline_tools
