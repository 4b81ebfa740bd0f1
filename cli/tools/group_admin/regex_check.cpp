#include "cli/tools/group_admin/regex_check.hpp"

#include <re2/re2.h>

#include <set>

namespace weir::cli::tools::group_admin {

namespace {

// RE2/J also knows groups named as in Perl; RE2 knows them only in the way of Python.
std::string with_python_names(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto rest = text.substr(at);
        const bool named =
            rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!';
        if (named) {
            out += "(?P<";
            at += 2;
        } else {
            out += text[at];
        }
        if (text[at] == '\\' && at + 1 < text.size()) out += text[++at];
    }
    return out;
}

bool has_same_names(const RE2& expression) {
    std::set<std::string> names;
    for (const auto& [index, name] : expression.CapturingGroupNames()) {
        if (!names.insert(name).second) return true;
    }
    return false;
}

}  // namespace

std::optional<std::string> regex_problem(std::string_view text) {
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 expression(with_python_names(text), options);
    switch (expression.error_code()) {
        case RE2::NoError:
            if (has_same_names(expression)) return "duplicate capture group name";
            return std::nullopt;
        case RE2::ErrorBadEscape:
            return "invalid escape sequence";
        case RE2::ErrorBadCharClass:
            return "invalid character class";
        case RE2::ErrorBadCharRange:
            return "invalid character class range";
        case RE2::ErrorMissingBracket:
            return "missing closing ]";
        case RE2::ErrorMissingParen:
            return "missing closing )";
        case RE2::ErrorTrailingBackslash:
            return "trailing backslash at end of expression";
        case RE2::ErrorRepeatArgument:
            return "missing argument to repetition operator";
        case RE2::ErrorRepeatSize:
            return "invalid repeat count";
        case RE2::ErrorRepeatOp:
            return "invalid nested repetition operator";
        case RE2::ErrorBadPerlOp:
            return "invalid or unsupported Perl syntax";
        case RE2::ErrorBadNamedCapture:
            return "invalid named capture";
        default:
            return expression.error();
    }
}

}  // namespace weir::cli::tools::group_admin
