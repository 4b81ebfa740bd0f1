// The command line of Kafka's tools, with the rules of the parser that they use (joptsimple without
// abbreviations): `--name value`, `--name=value`, `-name value`, `--` ends the options, an option
// takes whatever follows it as its value. What is wrong is said in that parser's words.
#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tools/errors.hpp"
#include "cli/verb.hpp"

namespace weir::cli::tools {

enum class takes : std::uint8_t { nothing, value, maybe_value };

// One line of a tool's option table. `--help` lists them by name.
struct option {
    std::string_view name;
    std::string_view text;  // what it does
    takes argument = takes::nothing;
    std::string_view type = "String";  // or Integer, Long: checked when parsed
    std::string_view value_text = {};  // what the value is, for --help
    std::optional<std::string_view> by_default = {};
    bool repeats = false;   // may be given more than once
    bool required = false;  // the parser itself insists on it
};

inline constexpr option help_option{"help", "Print usage information."};
inline constexpr option version_option{"version", "Display the version."};

// Nothing: go on. Otherwise the tool has said why on standard error and ends with this exit code.
using early_exit = std::optional<int>;

class command_line {
  public:
    // The error is the sentence that the parser of Kafka's tools gives.
    static std::expected<command_line, std::string> parse(std::span<const option> options,
                                                          const arguments& given);

    // Values that are no numbers where the table wants one, and options given too often: what the
    // parser of Kafka's tools notices only when a tool reads the value.
    tool_result<void> readable() const;

    bool has(std::string_view name) const;
    // The last value given, or the default of the table.
    std::optional<std::string> value(std::string_view name) const;
    std::string value_or(std::string_view name, std::string_view otherwise) const;
    std::optional<std::int64_t> number(std::string_view name) const;
    // In the order of the command line; empty when not given.
    std::vector<std::string> values(std::string_view name) const;
    const std::vector<std::string>& positional() const { return positional_; }
    // The names of the options as they came, each as often as it was given.
    const std::vector<std::string>& sequence() const { return sequence_; }
    bool empty() const { return given_count_ == 0; }

    // `message`, then all options, on standard error. Always returns 1.
    int usage(std::string_view message) const;
    // --help or an empty command line: usage. --version: the version on standard output.
    early_exit help_or_version(std::string_view purpose) const;
    // Every one of `names` must have been given.
    early_exit require(std::initializer_list<std::string_view> names) const;
    // With `used`, none of `others` may have been given.
    early_exit exclude(std::string_view used, std::initializer_list<std::string_view> others) const;

  private:
    std::span<const option> options_;
    std::map<std::string, std::vector<std::string>, std::less<>> given_;
    std::vector<std::string> positional_;
    std::vector<std::string> sequence_;
    std::size_t given_count_ = 0;
};

// The same usage where a command line could not be parsed.
int usage_error(std::span<const option> options, std::string_view message);

// The version as Kafka's tools print theirs.
std::string_view version_text();

}  // namespace weir::cli::tools
