#include "broker/coordinator/group/core/topic_regex.hpp"

#include <re2/re2.h>

namespace weir::broker::coordinator::group {
namespace {

// What one pattern may take: a client chooses it.
constexpr std::int64_t memory_max = 1024 * 1024;
constexpr std::size_t pattern_bytes_max = 16UL * 1024;

// As RE2 for Java, which Kafka uses, says it.
const char* words_for(re2::RE2::ErrorCode code) {
    switch (code) {
        case re2::RE2::ErrorBadEscape:
            return "invalid escape sequence";
        case re2::RE2::ErrorBadCharClass:
            return "invalid character class";
        case re2::RE2::ErrorBadCharRange:
            return "invalid character class range";
        case re2::RE2::ErrorMissingBracket:
            return "missing closing ]";
        case re2::RE2::ErrorMissingParen:
            return "missing closing )";
        case re2::RE2::ErrorTrailingBackslash:
            return "trailing backslash at end of expression";
        case re2::RE2::ErrorRepeatArgument:
            return "missing argument to repetition operator";
        case re2::RE2::ErrorRepeatSize:
            return "invalid repeat count";
        case re2::RE2::ErrorRepeatOp:
            return "invalid nested repetition operator";
        case re2::RE2::ErrorBadPerlOp:
            return "invalid or unsupported Perl syntax";
        case re2::RE2::ErrorBadNamedCapture:
            return "invalid named capture";
        case re2::RE2::ErrorPatternTooLarge:
            return "expression too large";
        default:
            return "regexp/syntax: internal error";
    }
}

re2::RE2::Options options() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory_max);
    return options;
}

// (?<name>...) is written (?P<name>...) here.
std::string with_named_groups(const std::string& pattern) {
    std::string out;
    bool in_class = false;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        out += pattern[at];
        if (pattern[at] == '\\' && at + 1 < pattern.size()) {
            out += pattern[++at];
        } else if (pattern[at] == '[' || pattern[at] == ']') {
            in_class = pattern[at] == '[';
        } else if (!in_class && pattern.compare(at, 3, "(?<") == 0) {
            out += "?P<";
            at += 2;
        }
    }
    return out;
}

}  // namespace

struct topic_regex::compiled {
    explicit compiled(const std::string& pattern) : regex(with_named_groups(pattern), options()) {}
    re2::RE2 regex;
};

topic_regex::topic_regex(const std::string& pattern) {
    if (pattern.size() <= pattern_bytes_max) inside_ = std::make_unique<compiled>(pattern);
}

topic_regex::~topic_regex() = default;

std::optional<std::string> topic_regex::problem() const {
    if (!inside_) return words_for(re2::RE2::ErrorPatternTooLarge);
    if (inside_->regex.ok()) return std::nullopt;
    return words_for(inside_->regex.error_code());
}

bool topic_regex::matches(const std::string& name) const {
    return re2::RE2::FullMatch(name, inside_->regex);
}

}  // namespace weir::broker::coordinator::group
