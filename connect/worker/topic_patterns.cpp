#include "connect/worker/topic_patterns.hpp"

#include <algorithm>

#include "connect/stores/position_store.hpp"

namespace weir::connect::worker {
namespace {

bool is_pattern(std::string_view name) {
    return name.find_first_of("*?") != std::string_view::npos;
}

std::string regex_of(std::string_view pattern) {
    std::string out = "^";
    for (const char c : pattern) {
        if (c == '*') {
            out += ".*";
        } else if (c == '?') {
            out += '.';
        } else if (c == '.') {
            // The only character of topic names that means something else.
            out += "\\.";
        } else {
            out += c;
        }
    }
    out += '$';
    return out;
}

}  // namespace

subscription subscription_of(const std::vector<std::string>& from, std::string_view dead_letters) {
    subscription out;
    bool patterns = false;
    for (const auto& each : from) {
        patterns = patterns || is_pattern(each);
        out.topics.push_back(is_pattern(each) ? regex_of(each) : each);
    }
    if (!patterns) return out;
    const auto hide = [&](std::string_view name, std::string regex) {
        if (name.empty() || std::ranges::find(from, name) != from.end()) return;
        if (!out.hidden.empty()) out.hidden += ',';
        out.hidden += regex;
    };
    const bool named = std::ranges::any_of(
        from, [](const auto& each) { return each.starts_with("__") && !is_pattern(each); });
    if (!named) hide("__", "^__");
    hide(stores::positions_topic, regex_of(stores::positions_topic));
    hide(dead_letters, regex_of(dead_letters));
    return out;
}

}  // namespace weir::connect::worker
