#include "cli/pipeline_tools/replay_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace weir::cli::pipeline_tools {
namespace {

constexpr std::string_view mark = "weir:";
constexpr auto offset_max = std::numeric_limits<std::int64_t>::max() - 1;

std::optional<std::int64_t> offset_of(std::string_view text) {
    std::int64_t out = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, out);
    if (parsed.ec != std::errc() || parsed.ptr != end || out < 0 || out > offset_max) {
        return std::nullopt;
    }
    return out;
}

}  // namespace

std::optional<replay_progress> replay_progress::parse(std::int64_t next, std::string_view text) {
    if (next < 0 || next > offset_max) return std::nullopt;
    replay_progress out(next);
    if (text.empty()) return out;
    if (!text.starts_with(mark)) return std::nullopt;
    text.remove_prefix(mark.size());
    std::int64_t lowest = next + 1;
    while (!text.empty()) {
        const auto range = text.substr(0, text.find(','));
        text.remove_prefix(std::min(range.size() + 1, text.size()));
        const auto dash = range.find('-');
        if (dash == std::string_view::npos) return std::nullopt;
        const auto first = offset_of(range.substr(0, dash));
        const auto last = offset_of(range.substr(dash + 1));
        if (!first || !last || *first < lowest || *last < *first) return std::nullopt;
        out.ranges_.emplace(*first, *last);
        lowest = *last + 2;
    }
    return out;
}

bool replay_progress::has(std::int64_t offset) const {
    if (offset < next_) return true;
    const auto after = ranges_.upper_bound(offset);
    return after != ranges_.begin() && std::prev(after)->second >= offset;
}

void replay_progress::add(std::int64_t first, std::int64_t last) {
    first = std::max(first, next_);
    last = std::min(last, offset_max);
    if (last < first) return;
    // What touches the range from below, then all that it reaches.
    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin() && std::prev(at)->second + 1 >= first) --at;
    while (at != ranges_.end() && at->first <= last + 1) {
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        at = ranges_.erase(at);
    }
    ranges_.emplace(first, last);
    absorb();
}

void replay_progress::begins_at(std::int64_t offset) {
    next_ = std::max(next_, offset);
    absorb();
}

void replay_progress::absorb() {
    while (!ranges_.empty() && ranges_.begin()->first <= next_) {
        next_ = std::max(next_, ranges_.begin()->second + 1);
        ranges_.erase(ranges_.begin());
    }
}

std::string replay_progress::text() const {
    if (ranges_.empty()) return {};
    std::string out(mark);
    for (const auto& [first, last] : ranges_) {
        if (first != ranges_.begin()->first) out += ',';
        out += fmt::format("{}-{}", first, last);
    }
    return out;
}

}  // namespace weir::cli::pipeline_tools
