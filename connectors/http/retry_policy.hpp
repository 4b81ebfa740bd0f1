// retry_policy: which answers are tried again, and when. Pure; times are passed in.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::http {

// "429" or "5xx".
struct status_rule {
    int first = 0;
    int last = 0;
};

struct retry_policy {
    std::int64_t for_ms = 600'000;  // how long a request is tried again
    std::int64_t backoff_min_ms = 200;
    std::int64_t backoff_max_ms = 30'000;
    std::vector<status_rule> statuses = {{408, 408}, {429, 429}, {500, 599}};

    bool covers(int status) const;
    // How long to wait after failure number `failures` (from 1): doubles up to the maximum, then
    // between half of it and all of it, by `random`.
    std::int64_t backoff_ms(std::uint32_t failures, std::uint64_t random) const;
};

std::expected<status_rule, std::string> parse_status_rule(std::string_view text);
// "200ms..30s", or one duration for both: first and last, in milliseconds.
std::expected<std::pair<std::int64_t, std::int64_t>, std::string> parse_backoff(
    std::string_view text);

// A server may not hold a sink for longer than this.
inline constexpr std::int64_t retry_after_ms_max = 3'600'000;

// Retry-After (RFC 9110, 10.2.3): "the user agent ought to wait", in seconds or as a date;
// milliseconds from now, bounded. Nothing when it is neither.
std::optional<std::int64_t> parse_retry_after(std::string_view text, std::int64_t now_unix_ms);
// The three forms of HTTP's dates (RFC 9110, 5.6.7), as seconds since 1970.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace weir::connectors::http
