#include "cli/tools/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace weir::cli::tools {
namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t gap = 2;
constexpr std::string_view continued = "  ";  // before what did not fit into the first line

std::string without_trailing_blanks(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

// The first word of `text` with the blanks or the hyphen after it.
std::string_view next_word(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && text[end] != ' ' && text[end] != '-')
        ++end;
    while (end < text.size() && (text[end] == ' ' || text[end] == '-'))
        ++end;
    return text.substr(0, end);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    std::string line;
    while (!text.empty()) {
        const auto word = next_word(text);
        text.remove_prefix(word.size());
        if (!line.empty() &&
            line.size() + without_trailing_blanks(std::string(word)).size() > width) {
            lines.push_back(without_trailing_blanks(line));
            line = continued;
        }
        line += word;
    }
    if (!line.empty()) lines.push_back(without_trailing_blanks(line));
    return lines;
}

std::string left_column(const option& of) {
    std::string text = fmt::format("{}--{}", of.required ? "* " : "", of.name);
    if (of.argument == takes::nothing) return text;
    const bool needed = of.argument == takes::value;
    text += fmt::format(" {}{}", needed ? '<' : '[', of.type);
    if (!of.value_text.empty()) text += fmt::format(": {}", of.value_text);
    return text + (needed ? '>' : ']');
}

std::string right_column(const option& of) {
    std::string text(of.text);
    if (of.by_default) text += fmt::format(" (default: {})", *of.by_default);
    return text;
}

struct row {
    std::string left;
    std::string right;
};

}  // namespace

std::string usage_text(std::span<const option> options) {
    std::vector<option> sorted(options.begin(), options.end());
    std::ranges::sort(sorted, {}, &option::name);
    const bool some_required = std::ranges::any_of(sorted, &option::required);
    const std::string title = some_required ? "Option (* = required)" : "Option";
    std::vector<row> rows = {{title, "Description"},
                             {std::string(title.size(), '-'), "-----------"}};
    for (const auto& each : sorted)
        rows.push_back({left_column(each), right_column(each)});
    std::size_t left_width = 0;
    std::size_t right_width = 0;
    for (const auto& each : rows) {
        left_width = std::max(left_width, each.left.size());
        right_width = std::max(right_width, each.right.size());
    }
    left_width = std::min(left_width, (line_width - gap) / 2);
    right_width = std::min(right_width, line_width - gap - left_width);
    std::string text;
    for (const auto& each : rows) {
        const auto left = wrapped(each.left, left_width);
        const auto right = wrapped(each.right, right_width);
        for (std::size_t line = 0; line < std::max(left.size(), right.size()); ++line) {
            const auto at = [line](const std::vector<std::string>& lines) {
                return line < lines.size() ? lines[line] : std::string();
            };
            text += fmt::format("{:<{}}{:<{}}{:<{}}\n", at(left), left_width, "", gap, at(right),
                                right_width);
        }
    }
    return text;
}

}  // namespace weir::cli::tools
