#include "cli/tools/pattern.hpp"

#include <fmt/format.h>

#include <regex>
#include <string>

namespace weir::cli::tools {

struct pattern::compiled {
    std::regex expression;
};

tool_result<pattern> pattern::compile(std::string_view expression) {
    constexpr std::string_view any_case = "(?i)";
    auto flags = std::regex::ECMAScript;
    auto rest = expression;
    if (rest.starts_with(any_case)) {
        rest.remove_prefix(any_case.size());
        flags |= std::regex::icase;
    }
    try {
        return pattern(std::make_shared<compiled>(std::regex(rest.begin(), rest.end(), flags)));
    } catch (const std::regex_error&) {
        return std::unexpected(
            tool_error{.exception = "java.lang.RuntimeException",
                       .message = fmt::format("{} is an invalid regex.", expression)});
    }
}

tool_result<pattern> pattern::compile_topics(std::string_view list) {
    std::string expression;
    for (const char letter : list) {
        if (letter != ' ') expression += letter == ',' ? '|' : letter;
    }
    const auto quotes = "\"'";
    expression.erase(0, std::min(expression.find_first_not_of(quotes), expression.size()));
    expression.erase(expression.find_last_not_of(quotes) + 1);
    return compile(expression);
}

bool pattern::matches(std::string_view text) const {
    return std::regex_match(text.begin(), text.end(), inside_->expression);
}

std::optional<pattern::place> pattern::find(std::string_view text) const {
    std::match_results<std::string_view::const_iterator> found;
    if (!std::regex_search(text.begin(), text.end(), found, inside_->expression)) {
        return std::nullopt;
    }
    return place{.at = static_cast<std::size_t>(found.position()),
                 .size = static_cast<std::size_t>(found.length())};
}

}  // namespace weir::cli::tools
