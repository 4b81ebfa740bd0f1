#include "connectors/http/retry_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace weir::connectors::http {

namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end || number < 0) return {};
    return number;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units = {
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
    for (const auto& [unit, ms] : units) {
        if (!text.ends_with(unit)) continue;
        const auto number = parse_number(text.substr(0, text.size() - unit.size()));
        if (number && *number <= std::numeric_limits<std::int32_t>::max()) return *number * ms;
        if (number) return {};
    }
    return {};
}

struct date_parts {
    std::optional<std::int64_t> day, year, seconds;
    std::optional<unsigned> month;
};

std::optional<std::int64_t> parse_clock(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
    const auto hours = parse_number(text.substr(0, 2));
    const auto minutes = parse_number(text.substr(3, 2));
    const auto seconds = parse_number(text.substr(6, 2));
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return {};
    return *hours * 3600 + *minutes * 60 + *seconds;
}

// Whether the word fits in: numbers are the day first, then the year.
bool take_word(std::string_view word, date_parts& into) {
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (word == "GMT") return true;
    if (word.find(':') != std::string_view::npos) {
        into.seconds = parse_clock(word);
        return into.seconds.has_value();
    }
    if (const auto number = parse_number(word)) {
        if (!into.day) {
            into.day = number;
        } else if (!into.year) {
            // Two digits are of the obsolete form: "more than 50 years in the future" is past.
            into.year = word.size() == 2 ? *number + (*number < 70 ? 2000 : 1900) : *number;
        } else {
            return false;
        }
        return true;
    }
    const auto* found = std::ranges::find(months, word);
    if (found == months.end() || into.month) return false;
    into.month = static_cast<unsigned>(found - months.begin()) + 1;
    return true;
}

}  // namespace

bool retry_policy::covers(int status) const {
    return std::ranges::any_of(statuses, [status](const status_rule& each) {
        return status >= each.first && status <= each.last;
    });
}

std::int64_t retry_policy::backoff_ms(std::uint32_t failures, std::uint64_t random) const {
    const auto doublings = std::min<std::uint32_t>(failures == 0 ? 0 : failures - 1, 32);
    auto wait = backoff_min_ms;
    for (std::uint32_t count = 0; count < doublings && wait < backoff_max_ms; ++count)
        wait *= 2;
    wait = std::min(wait, backoff_max_ms);
    const auto half = wait / 2;
    const auto spread = static_cast<std::uint64_t>(wait - half) + 1;
    return half + static_cast<std::int64_t>(random % spread);
}

std::expected<status_rule, std::string> parse_status_rule(std::string_view text) {
    const bool is_class = text.size() == 3 && text.substr(1) == "xx";
    const auto number = parse_number(is_class ? text.substr(0, 1) : text);
    const auto first = number ? *number * (is_class ? 100 : 1) : 0;
    if (first < 300 || first > 599 || (text.size() != 3))
        return std::unexpected(std::string(text) + " is no status such as 429 or 5xx, from 300 on");
    const int begin = static_cast<int>(first);
    return status_rule{begin, is_class ? begin + 99 : begin};
}

std::expected<std::pair<std::int64_t, std::int64_t>, std::string> parse_backoff(
    std::string_view text) {
    const auto dots = text.find("..");
    const auto first = parse_duration_ms(text.substr(0, dots));
    const auto last =
        dots == std::string_view::npos ? first : parse_duration_ms(text.substr(dots + 2));
    if (!first || !last || *first == 0 || *first > *last)
        return std::unexpected("is no range such as \"200ms..30s\"");
    return std::pair(*first, *last);
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    using namespace std::chrono;
    if (text.size() > 40) return {};
    date_parts parts;
    bool is_first = true;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" ,-"), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        // The day of the week says nothing that the date does not.
        if (!is_first && !take_word(word, parts)) return {};
        is_first = false;
    }
    if (!parts.day || !parts.month || !parts.year || !parts.seconds) return {};
    if (*parts.year < 1900 || *parts.year > 9999 || *parts.day > 31) return {};
    const year_month_day date(year(static_cast<int>(*parts.year)), month(*parts.month),
                              day(static_cast<unsigned>(*parts.day)));
    if (!date.ok()) return {};
    return sys_days(date).time_since_epoch() / seconds(1) + *parts.seconds;
}

std::optional<std::int64_t> parse_retry_after(std::string_view text, std::int64_t now_unix_ms) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    if (const auto seconds = parse_number(text))
        return std::min(*seconds, retry_after_ms_max / 1000) * 1000;
    const auto date = parse_http_date(text);
    if (!date) return {};
    return std::clamp<std::int64_t>(*date * 1000 - now_unix_ms, 0, retry_after_ms_max);
}

}  // namespace weir::connectors::http
