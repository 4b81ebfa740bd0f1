#include "connect/pipeline/topic_pattern.hpp"

#include <algorithm>

namespace weir::connect::pipeline {
namespace {

constexpr std::size_t name_size_max = 249;

bool is_letter(char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '.' || each == '_' || each == '-';
}

}  // namespace

bool is_topic_name(std::string_view text) {
    return !text.empty() && text.size() <= name_size_max && text != "." && text != ".." &&
           std::ranges::all_of(text, is_letter);
}

bool is_topic_pattern(std::string_view text) {
    return !text.empty() && text.size() <= name_size_max &&
           std::ranges::all_of(
               text, [](char each) { return is_letter(each) || each == '*' || each == '?'; });
}

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
}

bool patterns_meet(std::string_view left, std::string_view right) {
    // meet[j]: whether left[i..] and right[j..] meet, from the ends to the beginnings.
    std::vector<bool> below(right.size() + 1);
    std::vector<bool> meet(right.size() + 1);
    for (std::size_t i = left.size() + 1; i-- > 0;) {
        std::swap(below, meet);
        for (std::size_t j = right.size() + 1; j-- > 0;) {
            const bool left_ends = i == left.size();
            const bool right_ends = j == right.size();
            const bool left_any = !left_ends && left[i] == '*';
            const bool right_any = !right_ends && right[j] == '*';
            if (left_ends && right_ends) {
                meet[j] = true;
            } else if (left_any || right_any) {
                const bool skip_left = left_any && below[j];
                const bool skip_right = right_any && meet[j + 1];
                const bool take_right = left_any && !right_ends && meet[j + 1];
                const bool take_left = right_any && !left_ends && below[j];
                meet[j] = skip_left || skip_right || take_right || take_left;
            } else {
                const bool same = !left_ends && !right_ends &&
                                  (left[i] == right[j] || left[i] == '?' || right[j] == '?');
                meet[j] = same && below[j + 1];
            }
        }
    }
    return meet[0];
}

std::string pattern_of_template(std::string_view topic) {
    std::string out;
    while (!topic.empty()) {
        const auto brace = topic.find('{');
        out += topic.substr(0, brace);
        if (brace == std::string_view::npos) break;
        out += '*';
        const auto end = topic.find('}', brace);
        topic = end == std::string_view::npos ? std::string_view{} : topic.substr(end + 1);
    }
    return out;
}

std::expected<std::vector<std::string>, std::string> patterns_of_regex(std::string_view regex) {
    std::vector<std::string> out(1);
    const auto refuse = [] {
        return std::unexpected(
            "of regular expressions only names with \\. and .* and | are served; write them as "
            "from = [\"logs.*\"]");
    };
    for (std::size_t at = 0; at < regex.size(); ++at) {
        const char each = regex[at];
        const char next = at + 1 < regex.size() ? regex[at + 1] : '\0';
        if (each == '.' && next == '*') {
            out.back() += '*';
            ++at;
        } else if (each == '.') {
            out.back() += '?';
        } else if (each == '\\' && (next == '.' || next == '-' || next == '_')) {
            out.back() += next;
            ++at;
        } else if (each == '|') {
            out.emplace_back();
        } else if ((each == '^' && out.back().empty()) || (each == '$' && next == '\0')) {
            continue;
        } else if (is_letter(each)) {
            out.back() += each;
        } else {
            return refuse();
        }
    }
    const bool whole = std::ranges::all_of(out, [](const auto& one) { return !one.empty(); });
    if (!whole) return refuse();
    return out;
}

}  // namespace weir::connect::pipeline
