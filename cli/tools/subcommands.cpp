#include "cli/tools/subcommands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cli/tools/java/text.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::size_t line_width = 75;

// A negative number is a value, and no option.
bool is_value(std::string_view token) {
    return !token.starts_with("-") || java::parse_long(token).has_value();
}

// The names of the options that `token` may stand for: itself, or those that it begins.
std::vector<std::string> candidates(std::span<const option> options, std::string_view name) {
    std::vector<std::string> found;
    for (const auto& each : options) {
        if (each.name == name) return {std::string(name)};
        if (each.name.starts_with(name)) found.emplace_back(each.name);
    }
    return found;
}

}  // namespace

option_split split_options(std::span<const option> options, const arguments& given) {
    option_split line;
    for (std::size_t at = 0; at < given.size(); ++at) {
        std::string_view token = given[at];
        if (!token.starts_with("-") || token == "-") {
            line.rest.assign(given.begin() + static_cast<std::ptrdiff_t>(at), given.end());
            return line;
        }
        const auto equals = token.find('=');
        const auto name = token == "-h" ? "help" : token.substr(0, equals);
        const auto found = candidates(options, name.starts_with("--") ? name.substr(2) : name);
        if (found.empty() || (token != "-h" && !token.starts_with("--"))) {
            line.problem = fmt::format("unrecognized arguments: '{}'", token);
            return line;
        }
        if (found.size() > 1) {
            line.problem = fmt::format("ambiguous option: {} could match --{}", name,
                                       fmt::join(found, ", --"));
            return line;
        }
        line.options.push_back("--" + found.front());
        const auto* described = &*std::ranges::find(options, found.front(), &option::name);
        if (described->argument == takes::nothing) continue;
        if (equals != std::string_view::npos) {
            line.options.emplace_back(token.substr(equals + 1));
        } else if (at + 1 < given.size() && is_value(given[at + 1])) {
            line.options.push_back(given[++at]);
        } else {
            line.problem = fmt::format("argument --{}: expected one argument", found.front());
            return line;
        }
    }
    return line;
}

namespace {

// What Java says of a text that is no number of this type.
std::string conversion_problem(std::string_view type, std::string_view text) {
    const auto number = java::parse_long(text);
    if (!number) return fmt::format("For input string: \"{}\"", text);
    using shorts = std::numeric_limits<std::int16_t>;
    const bool fits_short = *number >= shorts::min() && *number <= shorts::max();
    if (type == "Short" && !fits_short) {
        return fmt::format("Value out of range. Value:\"{}\" Radix:10", text);
    }
    if (type == "Integer" && !java::parse_int(text)) {
        return fmt::format("For input string: \"{}\"", text);
    }
    return "";
}

std::string check_values(const subcommand& command, const command_line& line) {
    for (const auto& each : command.options) {
        if (each.argument == takes::nothing || each.type == "String") continue;
        for (const auto& value : line.values(each.name)) {
            const auto problem = conversion_problem(each.type, value);
            if (problem.empty()) continue;
            return fmt::format("argument --{}: could not convert '{}' to {} ({})", each.name, value,
                               each.type, problem);
        }
    }
    for (const auto name : command.required) {
        if (!line.has(name)) return fmt::format("argument --{} is required", name);
    }
    return "";
}

// The words as a line of full width: the blanks that are too many go to the gaps in the middle.
std::string justified(const std::vector<std::string_view>& words) {
    std::size_t letters = 0;
    for (const auto each : words)
        letters += each.size();
    const auto gaps = words.size() - 1;
    if (gaps == 0) return std::string(words.front());
    const auto blanks = line_width - letters;
    const auto wider = blanks % gaps;
    const auto first_wide = (gaps - wider + 1) / 2;
    std::string line;
    for (std::size_t at = 0; at < words.size(); ++at) {
        line += words[at];
        if (at == gaps) break;
        const bool wide = at >= first_wide && at < first_wide + wider;
        line.append(blanks / gaps + (wide ? 1 : 0), ' ');
    }
    return line;
}

std::string wrapped(std::string_view text) {
    std::string out;
    std::vector<std::string_view> words;
    std::size_t length = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        if (!words.empty() && length + 1 + word.size() >= line_width) {
            out += justified(words) + "\n";
            words.clear();
            length = 0;
        }
        length += word.size() + (words.empty() ? 0 : 1);
        words.push_back(word);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out + fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

std::expected<command_line, std::string> parse_subcommand(const subcommand& command,
                                                          const arguments& given) {
    const auto split = split_options(command.options, given);
    const bool helps = std::ranges::find(split.options, "--help") != split.options.end();
    if (!helps && !split.problem.empty()) return std::unexpected(split.problem);
    auto line = command_line::parse(command.options, split.options);
    if (!line || helps) return line;
    if (!split.rest.empty()) {
        return std::unexpected(fmt::format("unrecognized arguments: '{}'", split.rest.front()));
    }
    if (auto problem = check_values(command, *line); !problem.empty()) {
        return std::unexpected(std::move(problem));
    }
    return line;
}

std::string invalid_choice(std::string_view given, std::span<const subcommand> commands) {
    std::vector<std::string> names;
    for (const auto& each : commands)
        names.push_back(fmt::format("'{}'", each.name));
    return fmt::format("invalid choice: '{}' (choose from {})", given, fmt::join(names, ", "));
}

void print_command_help(std::string_view usage, std::span<const option> options) {
    fmt::print("{}\noptional arguments:\n", usage);
    for (const auto& each : options)
        fmt::print("  --{:<20} {}\n", each.name, each.text);
}

int misused_command(std::string_view program, std::string_view usage, std::string_view message) {
    complain(fmt::format("{}{}\n", usage, wrapped(fmt::format("{}: error: {}", program, message))));
    return exit_failed;
}

}  // namespace weir::cli::tools
