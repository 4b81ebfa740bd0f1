// date_parser: reads a date letter by letter, as SimpleDateFormat.subParse does, and makes a moment
// of what it read. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::transforms::smt {

inline constexpr std::array<std::string_view, 12> month_names = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::array<std::string_view, 7> weekday_names = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

class date_parser {
  public:
    explicit date_parser(std::string_view text) : text_(text) {}

    bool take_literal(std::string_view literal);
    // What a letter of the pattern stands for; `counted`: at most `count` characters of a number.
    bool take(char letter, int count, bool counted);
    std::int64_t moment_ms() const;

  private:
    std::optional<std::int64_t> take_number(int count, bool counted);
    std::optional<std::size_t> take_name(std::span<const std::string_view> names);
    bool take_year(int count, bool counted);
    bool take_month(int count, bool counted);
    bool take_zone();
    bool take_iso_zone(int count);
    // hh:mm or hhmm after a sign; `colon`: whether there must be one.
    bool take_offset(bool needs_minutes, bool colon);
    char front() const { return text_.empty() ? '\0' : text_.front(); }

    std::string_view text_;
    std::int64_t year_ = 1970;
    bool before_christ_ = false;
    std::optional<std::int64_t> month_;  // from 1
    std::optional<std::int64_t> day_;
    std::optional<std::int64_t> day_of_year_;
    std::optional<std::int64_t> hour_;       // of the day
    std::optional<std::int64_t> half_hour_;  // of half a day
    bool afternoon_ = false;
    std::int64_t minute_ = 0;
    std::int64_t second_ = 0;
    std::int64_t millisecond_ = 0;
    std::int64_t offset_minutes_ = 0;
};

}  // namespace weir::transforms::smt
