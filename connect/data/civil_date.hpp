// civil_date: days since 1970-01-01 as year, month and day, and back: Java's GregorianCalendar in
// UTC, which has the Julian calendar before 1582-10-15. Pure.
#pragma once

#include <cstdint>

namespace weir::connect::data {

inline constexpr std::int64_t day_ms = 86'400'000;
inline constexpr std::int64_t gregorian_begin_days = -141'427;  // 1582-10-15

struct civil_date {
    std::int64_t year = 1970;  // 0 is 1 BC
    int month = 1;
    int day = 1;
};

constexpr std::int64_t floor_divide(std::int64_t of, std::int64_t by) {
    return of / by - (of % by < 0 ? 1 : 0);
}
constexpr std::int64_t floor_modulo(std::int64_t of, std::int64_t by) {
    return of - floor_divide(of, by) * by;
}

// Wraps around, as Java's does, where there is no room: days may come from outside.
constexpr std::int64_t ms_of_days(std::int64_t days) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(days) *
                                     static_cast<std::uint64_t>(day_ms));
}

// Years begin with March here, so that the day that leap years add is the last one.
constexpr civil_date date_of_days(std::int64_t days) {
    std::int64_t year = 0;
    std::int64_t day = 0;  // of the year
    if (days >= gregorian_begin_days) {
        days += 719'468;
        const auto era = floor_divide(days, 146'097);
        const auto rest = days - era * 146'097;
        const auto years = (rest - rest / 1460 + rest / 36'524 - rest / 146'096) / 365;
        year = era * 400 + years;
        day = rest - (365 * years + years / 4 - years / 100);
    } else {
        days += 719'470;
        const auto era = floor_divide(days, 1461);
        const auto rest = days - era * 1461;
        const auto years = (rest - rest / 1460) / 365;
        year = era * 4 + years;
        day = rest - 365 * years;
    }
    const auto month = (5 * day + 2) / 153;
    return {.year = year + (month >= 10 ? 1 : 0),
            .month = static_cast<int>(month < 10 ? month + 3 : month - 9),
            .day = static_cast<int>(day - (153 * month + 2) / 5 + 1)};
}

// Month and day may be any numbers: month 13 is January of the next year, day 0 the last one of the
// month before.
constexpr std::int64_t days_of_date(std::int64_t year, std::int64_t month, std::int64_t day) {
    year += floor_divide(month - 1, 12);
    month = floor_modulo(month - 1, 12) + 1;
    if (month <= 2) --year;
    const auto day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const auto gregorian = year * 365 + floor_divide(year, 4) - floor_divide(year, 100) +
                           floor_divide(year, 400) + day_of_year - 719'468;
    if (gregorian >= gregorian_begin_days) return gregorian;
    return year * 365 + floor_divide(year, 4) + day_of_year - 719'470;
}

// 0 Sunday to 6 Saturday.
constexpr int weekday_of_days(std::int64_t days) {
    return static_cast<int>(floor_modulo(days + 4, 7));
}

}  // namespace weir::connect::data
