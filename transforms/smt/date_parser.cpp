#include "transforms/smt/date_parser.hpp"

#include <algorithm>

#include "connect/data/civil_date.hpp"

namespace weir::transforms::smt {
namespace {

namespace data = connect::data;

bool is_digit(char of) {
    return of >= '0' && of <= '9';
}

char lower(char of) {
    return of >= 'A' && of <= 'Z' ? static_cast<char>(of - 'A' + 'a') : of;
}

bool begins_with(std::string_view text, std::string_view name) {
    return text.size() >= name.size() &&
           std::ranges::equal(text.substr(0, name.size()), name, {}, lower, lower);
}

struct zone {
    std::string_view name;
    int minutes;
};
constexpr std::array zones = {
    zone{"UTC", 0},    zone{"GMT", 0},    zone{"UT", 0},     zone{"Coordinated Universal Time", 0},
    zone{"EST", -300}, zone{"EDT", -240}, zone{"CST", -360}, zone{"CDT", -300},
    zone{"MST", -420}, zone{"MDT", -360}, zone{"PST", -480}, zone{"PDT", -420}};

}  // namespace

bool date_parser::take_literal(std::string_view literal) {
    if (!text_.starts_with(literal)) return false;
    text_.remove_prefix(literal.size());
    return true;
}

// NumberFormat.parse of a whole number, at most 32 bits as intValue() has them.
std::optional<std::int64_t> date_parser::take_number(int count, bool counted) {
    if (counted && text_.size() < static_cast<std::size_t>(count)) return std::nullopt;
    auto limited = counted ? text_.substr(0, static_cast<std::size_t>(count)) : text_;
    const auto before = limited.size();
    const bool negative = limited.starts_with('-');
    if (negative) limited.remove_prefix(1);
    if (limited.empty() || !is_digit(limited.front())) return std::nullopt;
    std::int64_t out = 0;
    for (; !limited.empty() && is_digit(limited.front()); limited.remove_prefix(1)) {
        if (out < 100'000'000'000'000'000) out = out * 10 + (limited.front() - '0');
    }
    text_.remove_prefix(before - limited.size());
    return static_cast<std::int32_t>(negative ? -out : out);
}

// The number of the longest name that the text begins with: full names, then the first three
// letters.
std::optional<std::size_t> date_parser::take_name(std::span<const std::string_view> names) {
    for (const std::size_t size : {std::string_view::npos, std::size_t{3}}) {
        for (std::size_t index = 0; index < names.size(); ++index) {
            const auto name = names[index].substr(0, size);
            if (!begins_with(text_, name)) continue;
            text_.remove_prefix(name.size());
            return index;
        }
    }
    return std::nullopt;
}

bool date_parser::take_year(int count, bool counted) {
    const auto before = text_;
    const auto number = take_number(count, counted);
    if (!number) return false;
    const bool two =
        before.size() - text_.size() == 2 && is_digit(before[0]) && is_digit(before[1]);
    year_ = count <= 2 && two ? (*number < 50 ? 2000 : 1900) + *number : *number;
    return true;
}

bool date_parser::take_month(int count, bool counted) {
    if (count <= 2) {
        month_ = take_number(count, counted);
    } else if (const auto index = take_name(month_names)) {
        month_ = static_cast<std::int64_t>(*index) + 1;
    }
    return month_.has_value();
}

bool date_parser::take_offset(bool needs_minutes, bool colon) {
    const bool negative = front() == '-';
    if (!negative && front() != '+') return false;
    auto rest = text_.substr(1);
    const auto two = [&](std::size_t at) -> std::optional<std::int64_t> {
        if (rest.size() < at + 2 || !is_digit(rest[at]) || !is_digit(rest[at + 1]))
            return std::nullopt;
        return (rest[at] - '0') * 10 + (rest[at + 1] - '0');
    };
    const auto hours = two(0);
    if (!hours || *hours > 23) return false;
    rest.remove_prefix(2);
    std::int64_t minutes = 0;
    if (needs_minutes) {
        if (colon != rest.starts_with(':')) return false;
        if (colon) rest.remove_prefix(1);
        const auto found = two(0);
        if (!found || *found > 59) return false;
        minutes = *found;
        rest.remove_prefix(2);
    }
    text_ = rest;
    offset_minutes_ = (*hours * 60 + minutes) * (negative ? -1 : 1);
    return true;
}

bool date_parser::take_zone() {
    if (front() == '+' || front() == '-') return take_offset(true, false);
    for (const auto& each : zones) {
        if (!begins_with(text_, each.name)) continue;
        text_.remove_prefix(each.name.size());
        offset_minutes_ = each.minutes;
        const bool signed_offset = front() == '+' || front() == '-';
        if (each.name == "GMT" && signed_offset) return take_offset(true, true);
        return true;
    }
    return false;
}

bool date_parser::take_iso_zone(int count) {
    if (front() == 'Z') {
        text_.remove_prefix(1);
        offset_minutes_ = 0;
        return true;
    }
    return take_offset(count > 1, count == 3);
}

bool date_parser::take(char letter, int count, bool counted) {
    while (front() == ' ' || front() == '\t')
        text_.remove_prefix(1);
    if (text_.empty()) return false;
    switch (letter) {
        case 'G':
            before_christ_ = begins_with(text_, "BC");
            if (!before_christ_ && !begins_with(text_, "AD")) return false;
            text_.remove_prefix(2);
            return true;
        case 'y':
            return take_year(count, counted);
        case 'M':
        case 'L':
            return take_month(count, counted);
        case 'E':
            return take_name(weekday_names).has_value();
        case 'a':
            afternoon_ = begins_with(text_, "PM");
            if (!afternoon_ && !begins_with(text_, "AM")) return false;
            text_.remove_prefix(2);
            return true;
        case 'z':
        case 'Z':
            return take_zone();
        case 'X':
            return take_iso_zone(count);
        default:
            break;
    }
    const auto number = take_number(count, counted);
    if (!number) return false;
    switch (letter) {
        case 'd':
            day_ = number;
            break;
        case 'D':
            day_of_year_ = number;
            break;
        case 'H':
            hour_ = number;
            break;
        case 'k':
            hour_ = *number == 24 ? 0 : *number;
            break;
        case 'K':
            half_hour_ = number;
            break;
        case 'h':
            half_hour_ = *number == 12 ? 0 : *number;
            break;
        case 'm':
            minute_ = *number;
            break;
        case 's':
            second_ = *number;
            break;
        case 'S':
            millisecond_ = *number;
            break;
        default:  // F and u say nothing of the date
            break;
    }
    return true;
}

std::int64_t date_parser::moment_ms() const {
    const auto year = before_christ_ ? 1 - year_ : year_;
    const bool by_year = day_of_year_ && !month_ && !day_;
    const auto days = by_year ? data::days_of_date(year, 1, 1) + *day_of_year_ - 1
                              : data::days_of_date(year, month_.value_or(1), day_.value_or(1));
    const auto hour = hour_ ? *hour_ : half_hour_.value_or(0) + (afternoon_ ? 12 : 0);
    return days * data::day_ms + ((hour * 60 + minute_ - offset_minutes_) * 60 + second_) * 1000 +
           millisecond_;
}

}  // namespace weir::transforms::smt
