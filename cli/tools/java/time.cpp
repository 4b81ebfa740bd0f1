#include "cli/tools/java/time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::java {
namespace {

using std::chrono::milliseconds;

// Takes what matches off the front of `text`.
bool take(std::string_view& text, char letter) {
    if (!text.starts_with(letter)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_digits(std::string_view& text) {
    std::int64_t value = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
    if (take(text, 'Z')) return std::chrono::minutes(0);
    const bool west = text.starts_with('-');
    if (!take(text, west ? '-' : '+') || text.size() < 2) return std::nullopt;
    auto hours_text = text.substr(0, 2);
    const auto hours = take_digits(hours_text);
    if (!hours || !hours_text.empty()) return std::nullopt;
    text.remove_prefix(2);
    std::int64_t minutes = 0;
    if (text.starts_with(':')) {
        auto rest = text.substr(1);
        const auto found = take_digits(rest);
        if (found) {
            minutes = *found;
            text = rest;
        }
    }
    const std::chrono::minutes offset(*hours * 60 + minutes);
    return west ? -offset : offset;
}

// A SimpleDateFormat that is not lenient; what is behind the zone does not matter to it.
std::optional<milliseconds> read_datetime(std::string_view text) {
    namespace chrono = std::chrono;
    const auto year = take_digits(text);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_digits(text);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_digits(text);
    if (!day || !take(text, 'T')) return std::nullopt;
    const auto hour = take_digits(text);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text);
    if (!minute || !take(text, ':')) return std::nullopt;
    const auto second = take_digits(text);
    if (!second || !take(text, '.')) return std::nullopt;
    const auto millisecond = take_digits(text);
    if (!millisecond) return std::nullopt;
    const auto zone = take_zone(text);
    if (!zone) return std::nullopt;
    const chrono::year_month_day date(chrono::year(static_cast<int>(*year)),
                                      chrono::month(static_cast<unsigned>(*month)),
                                      chrono::day(static_cast<unsigned>(*day)));
    const bool sound =
        date.ok() && *hour < 24 && *minute < 60 && *second < 60 && *millisecond < 1000;
    if (!sound) return std::nullopt;
    const auto time = chrono::sys_days(date).time_since_epoch() + chrono::hours(*hour) +
                      chrono::minutes(*minute) + chrono::seconds(*second) - *zone;
    return time + milliseconds(*millisecond);
}

std::optional<std::int64_t> take_signed(std::string_view& text) {
    auto rest = text;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    const auto value = take_digits(rest);
    if (!value) return std::nullopt;
    text = rest;
    return negative ? -*value : *value;
}

// A number with `unit` behind it, when it is the next part; false when the text is spoiled.
bool take_part(std::string_view& text, char unit, std::int64_t milliseconds_each, std::int64_t& sum,
               bool& any) {
    auto rest = text;
    const bool negative = rest.starts_with('-');
    const auto value = take_signed(rest);
    if (!value) return text.empty() || text.front() == 'T';
    std::int64_t fraction = 0;
    if (unit == 'S' && (rest.starts_with('.') || rest.starts_with(','))) {
        rest.remove_prefix(1);
        std::string digits;
        while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9' && digits.size() < 9) {
            digits += rest.front();
            rest.remove_prefix(1);
        }
        digits.resize(3, '0');
        fraction = std::stoll(digits);
    }
    if (!take(rest, unit)) return true;  // the number is of a later part
    sum += *value * milliseconds_each + (negative ? -fraction : fraction);
    any = true;
    text = rest;
    return true;
}

std::optional<milliseconds> read_duration(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (!take(text, 'P')) return std::nullopt;
    std::int64_t sum = 0;
    bool any = false;
    if (!take_part(text, 'D', 86'400'000, sum, any)) return std::nullopt;
    if (take(text, 'T')) {
        any = false;
        const bool sound = take_part(text, 'H', 3'600'000, sum, any) &&
                           take_part(text, 'M', 60'000, sum, any) &&
                           take_part(text, 'S', 1000, sum, any);
        if (!sound) return std::nullopt;
    }
    if (!any || !text.empty()) return std::nullopt;
    return milliseconds(negative ? -sum : sum);
}

}  // namespace

tool_result<milliseconds> parse_datetime(std::string_view text) {
    const auto at = text.find('T');
    const auto parse_error = [](std::string message) {
        return std::unexpected(
            tool_error{.exception = "java.text.ParseException", .message = std::move(message)});
    };
    if (at == std::string_view::npos || at + 1 == text.size()) {
        return parse_error(
            "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
    }
    auto second = text.substr(at + 1);
    second = second.substr(0, second.find('T'));
    const bool has_zone = second.find_first_of("+-Z") != std::string_view::npos;
    const std::string whole = fmt::format("{}{}", text, has_zone ? "" : "Z");
    const auto time = read_datetime(whole);
    if (!time) return parse_error(fmt::format("Unparseable date: \"{}\"", whole));
    return *time;
}

tool_result<milliseconds> parse_duration(std::string_view text) {
    const auto duration = read_duration(to_upper(text));
    if (duration) return *duration;
    return std::unexpected(tool_error{.exception = "java.time.format.DateTimeParseException",
                                      .message = "Text cannot be parsed to a Duration"});
}

}  // namespace weir::cli::tools::java
