#include "cli/tools/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "cli/tools/java/text.hpp"
#include "cli/tools/usage.hpp"

namespace weir::cli::tools {
namespace {

// A token as the parser sees it: "--", "-" and "-x" are options, a lone "-" or "--" is none.
bool looks_like_option(std::string_view token) {
    return token.size() > 1 && token.front() == '-' && token != "--";
}

bool has_type(const option& of, std::string_view text) {
    if (of.type == "Integer") return java::parse_int(text).has_value();
    if (of.type == "Long") return java::parse_long(text).has_value();
    return true;
}

// Names of several options, as the parser lists them: [a, b].
std::string listed(const std::vector<std::string_view>& names) {
    return fmt::format("[{}]", fmt::join(names, ", "));
}

}  // namespace

std::expected<command_line, std::string> command_line::parse(std::span<const option> options,
                                                             const arguments& given) {
    command_line line;
    line.options_ = options;
    line.given_count_ = given.size();
    bool only_positional = false;
    for (std::size_t at = 0; at < given.size(); ++at) {
        std::string_view token = given[at];
        if (only_positional || !looks_like_option(token)) {
            if (token == "--" && !only_positional) {
                only_positional = true;
            } else {
                line.positional_.emplace_back(token);
            }
            continue;
        }
        const bool is_short = !token.starts_with("--");
        token.remove_prefix(is_short ? 1 : 2);
        const auto equals = token.find('=');
        const auto name = token.substr(0, equals);
        const auto found = std::ranges::find(options, name, &option::name);
        if (found == options.end()) {
            // A single hyphen may begin a cluster of one-letter options.
            return std::unexpected(
                fmt::format("{} is not a recognized option", is_short ? name.substr(0, 1) : name));
        }
        line.sequence_.emplace_back(name);
        auto& values = line.given_[std::string(name)];
        if (found->argument == takes::nothing) continue;
        if (equals != std::string_view::npos && equals + 1 < token.size()) {
            values.emplace_back(token.substr(equals + 1));
        } else if (found->argument == takes::value) {
            if (at + 1 == given.size()) {
                return std::unexpected(fmt::format("Option {} requires an argument", name));
            }
            values.push_back(given[++at]);
        } else if (at + 1 < given.size() && !looks_like_option(given[at + 1])) {
            values.push_back(given[++at]);
        }
    }
    std::vector<std::string_view> missing;
    const bool asks = line.has("help") || line.has("version");
    for (const auto& each : options) {
        if (each.required && !asks && !line.has(each.name)) missing.push_back(each.name);
    }
    if (missing.empty()) return line;
    return std::unexpected("Missing required option(s) " + listed(missing));
}

tool_result<void> command_line::readable() const {
    for (const auto& each : options_) {
        const auto given = values(each.name);
        if (given.size() > 1 && !each.repeats) {
            return std::unexpected(
                tool_error{.exception = "joptsimple.MultipleArgumentsForOptionException",
                           .message = fmt::format(
                               "Found multiple arguments for option {}, but you asked for only one",
                               each.name)});
        }
        for (const auto& value : given) {
            if (has_type(each, value)) continue;
            return std::unexpected(tool_error{
                .exception = "joptsimple.OptionArgumentConversionException",
                .message =
                    fmt::format("Cannot parse argument '{}' of option {}", value, each.name)});
        }
    }
    return {};
}

bool command_line::has(std::string_view name) const {
    return given_.contains(name);
}

std::optional<std::string> command_line::value(std::string_view name) const {
    const auto found = given_.find(name);
    if (found != given_.end() && !found->second.empty()) return found->second.back();
    const auto described = std::ranges::find(options_, name, &option::name);
    if (described == options_.end() || !described->by_default) return std::nullopt;
    return std::string(*described->by_default);
}

std::string command_line::value_or(std::string_view name, std::string_view otherwise) const {
    return value(name).value_or(std::string(otherwise));
}

std::optional<std::int64_t> command_line::number(std::string_view name) const {
    const auto text = value(name);
    return text ? java::parse_long(*text) : std::nullopt;
}

std::vector<std::string> command_line::values(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::vector<std::string>{} : found->second;
}

int command_line::usage(std::string_view message) const {
    return usage_error(options_, message);
}

early_exit command_line::help_or_version(std::string_view purpose) const {
    if (empty() || has("help")) return usage(purpose);
    if (!has("version")) return std::nullopt;
    fmt::print("{}\n", version_text());
    return exit_ok;
}

early_exit command_line::require(std::initializer_list<std::string_view> names) const {
    for (const auto name : names) {
        if (!has(name)) return usage(fmt::format("Missing required argument \"[{}]\"", name));
    }
    return std::nullopt;
}

early_exit command_line::exclude(std::string_view used,
                                 std::initializer_list<std::string_view> others) const {
    if (!has(used)) return std::nullopt;
    for (const auto other : others) {
        if (!has(other)) continue;
        return usage(
            fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", used, other));
    }
    return std::nullopt;
}

int usage_error(std::span<const option> options, std::string_view message) {
    complain(fmt::format("{}\n{}", message, usage_text(options)));
    return exit_failed;
}

std::string_view version_text() {
    return WEIR_VERSION;
}

}  // namespace weir::cli::tools
