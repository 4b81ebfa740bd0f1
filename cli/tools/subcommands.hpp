// The command line of those of Kafka's tools that have another parser than the others (argparse4j):
// commands with options of their own, and names of options may be cut short while they stay
// unambiguous. What is wrong is said in that parser's words. Pure but for misused_command.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/tools/options.hpp"

namespace weir::cli::tools {

// A command of a tool. `usage` is what the parser prints before it says what is wrong.
struct subcommand {
    std::string_view name;
    std::string_view usage;
    std::span<const option> options;
    std::span<const std::string_view> required = {};
};

// How the tools of the quorum reach it.
inline constexpr option quorum_options[] = {
    {"bootstrap-controller", "Controllers to connect to, as host:port,host:port.", takes::value},
    {"bootstrap-server", "Brokers to connect to, as host:port,host:port.", takes::value},
    {"command-config", "A properties file for the client.", takes::value},
    help_option,
};

// Full names of what stands before the first word that is no option; the rest is left.
struct option_split {
    arguments options;
    arguments rest;
    std::string problem;  // empty: none
};
option_split split_options(std::span<const option> options, const arguments& given);

// The options of a command, which nothing else may follow. The error says what is wrong with them:
// unknown or missing ones, values that are no numbers of their type.
std::expected<command_line, std::string> parse_subcommand(const subcommand& command,
                                                          const arguments& given);

// "invalid choice: 'x' (choose from 'a', 'b')"
std::string invalid_choice(std::string_view given, std::span<const subcommand> commands);

// `usage`, then "program: error: message" in lines of 75 characters, on standard error. Always
// returns 1.
int misused_command(std::string_view program, std::string_view usage, std::string_view message);

// --help: the usage and the options, on standard output.
void print_command_help(std::string_view usage, std::span<const option> options);

}  // namespace weir::cli::tools
