#include "transforms/smt/regex.hpp"

#include <re2/re2.h>

#include <vector>

namespace weir::transforms::smt {
namespace {

constexpr std::int64_t memory_max = std::int64_t{8} << 20;

bool is_digit(char of) {
    return of >= '0' && of <= '9';
}

// Java's pattern in RE2's words: (?<name> is (?P<name>. Refuses what RE2 would take for something
// else than Java does.
std::expected<std::string, std::string> translated(std::string_view pattern) {
    std::string out;
    bool in_class = false;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const auto rest = pattern.substr(at);
        if (rest.starts_with("\\Q")) {
            const auto end = std::min(rest.find("\\E"), rest.size());
            out += rest.substr(0, end);
            at += end - 1;
            continue;
        }
        if (rest.front() == '\\' && rest.size() > 1) {
            out += rest.substr(0, 2);
            ++at;
            continue;
        }
        if (in_class) {
            if (rest.starts_with("&&") || (rest.front() == '[' && !rest.starts_with("[:")))
                return std::unexpected("classes within classes are not supported");
            in_class = rest.front() != ']';
        } else if (rest.front() == '[') {
            in_class = true;
            // The first ] is a character of the class, also after ^.
            const std::size_t opening = rest.starts_with("[^") ? 2 : 1;
            out += rest.substr(0, opening);
            at += opening - 1;
            if (rest.substr(opening).starts_with(']')) {
                out += "\\]";
                ++at;
            }
            continue;
        } else if (rest.starts_with("(?<") && !rest.starts_with("(?<=") &&
                   !rest.starts_with("(?<!")) {
            out += "(?P<";
            at += 2;
            continue;
        }
        out += rest.front();
    }
    return out;
}

struct reference {
    int group = 0;
    std::size_t size = 0;  // of its text, $ included
};

// $1 takes as many digits as still name a group, ${name} a group by name.
std::expected<reference, std::string> reference_at(const re2::RE2& in, std::string_view text) {
    if (text.size() < 2) return std::unexpected("Illegal group reference: group index is missing");
    if (text[1] == '{') {
        const auto end = text.find('}');
        if (end == std::string_view::npos)
            return std::unexpected("named capturing group is missing trailing '}'");
        const std::string name(text.substr(2, end - 2));
        const auto found = in.NamedCapturingGroups().find(name);
        if (found == in.NamedCapturingGroups().end())
            return std::unexpected("No group with name {" + name + "}");
        return reference{found->second, end + 1};
    }
    if (!is_digit(text[1])) return std::unexpected("Illegal group reference");
    reference out{text[1] - '0', 2};
    const auto groups = in.NumberOfCapturingGroups();
    if (out.group > groups) return std::unexpected("No group " + std::to_string(out.group));
    while (out.size < text.size() && is_digit(text[out.size])) {
        const auto longer = out.group * 10 + (text[out.size] - '0');
        if (longer > groups) break;
        out.group = longer;
        ++out.size;
    }
    return out;
}

}  // namespace

struct regex::compiled {
    explicit compiled(const std::string& pattern, const re2::RE2::Options& options)
        : expression(pattern, options) {}
    re2::RE2 expression;
    std::vector<re2::StringPiece> groups;
};

regex::regex(std::unique_ptr<compiled> from) : compiled_(std::move(from)) {}
regex::regex(regex&&) noexcept = default;
regex& regex::operator=(regex&&) noexcept = default;
regex::~regex() = default;

std::expected<regex, std::string> regex::of_pattern(std::string_view pattern) {
    const auto text = translated(pattern);
    if (!text) return std::unexpected("Invalid regex: " + text.error());
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory_max);
    auto made = std::make_unique<compiled>(*text, options);
    if (!made->expression.ok())
        return std::unexpected("Invalid regex: " + made->expression.error() +
                               " (look-around, back-references and possessive quantifiers are not "
                               "supported)");
    made->groups.resize(static_cast<std::size_t>(made->expression.NumberOfCapturingGroups()) + 1);
    return regex(std::move(made));
}

bool regex::matches(std::string_view text) const {
    return re2::RE2::FullMatch({text.data(), text.size()}, compiled_->expression);
}

std::string regex::check_replacement(std::string_view replacement) const {
    for (std::size_t at = 0; at < replacement.size(); ++at) {
        if (replacement[at] == '\\') {
            if (++at == replacement.size()) return "character to be escaped is missing";
        } else if (replacement[at] == '$') {
            const auto found = reference_at(compiled_->expression, replacement.substr(at));
            if (!found) return found.error();
            at += found->size - 1;
        }
    }
    return {};
}

void regex::replace_first(std::string_view text, std::string_view replacement,
                          std::string& out) const {
    auto& groups = compiled_->groups;
    const re2::StringPiece whole(text.data(), text.size());
    if (!compiled_->expression.Match(whole, 0, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                     static_cast<int>(groups.size()))) {
        out += text;
        return;
    }
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    out += text.substr(0, begin);
    for (std::size_t at = 0; at < replacement.size(); ++at) {
        if (replacement[at] == '\\' && at + 1 < replacement.size()) {
            out += replacement[++at];
        } else if (replacement[at] == '$') {
            const auto found = reference_at(compiled_->expression, replacement.substr(at));
            if (!found) continue;
            const auto& group = groups[static_cast<std::size_t>(found->group)];
            out.append(group.data() == nullptr ? "" : group.data(), group.size());
            at += found->size - 1;
        } else {
            out += replacement[at];
        }
    }
    out += text.substr(begin + groups[0].size());
}

}  // namespace weir::transforms::smt
