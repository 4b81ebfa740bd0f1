#include "transforms/smt/date_format.hpp"

#include <array>

#include "connect/data/civil_date.hpp"
#include "connect/data/number_text.hpp"
#include "transforms/smt/date_parser.hpp"

namespace weir::transforms::smt {
namespace {

namespace data = connect::data;

constexpr std::string_view known_letters = "GyMLdDFEuaHkKhmsSzZX";

void append_number(std::string& out, std::int64_t number, int width) {
    if (number < 0) out += '-';
    const auto text = data::number_text::of_integer(number < 0 ? -number : number);
    for (auto size = static_cast<int>(text.view().size()); size < width; ++size)
        out += '0';
    out += text.view();
}

// The parts of a moment that letters stand for.
struct moment {
    explicit moment(std::int64_t ms)
        : days(data::floor_divide(ms, data::day_ms)),
          of_day(static_cast<int>(data::floor_modulo(ms, data::day_ms))),
          date(data::date_of_days(days)),
          weekday(data::weekday_of_days(days)) {}

    std::int64_t days;
    int of_day;
    data::civil_date date;
    int weekday;
};

void append_year(std::string& out, const moment& of, int count) {
    const auto year = of.date.year > 0 ? of.date.year : 1 - of.date.year;
    if (count == 2) return append_number(out, year % 100, 2);
    append_number(out, year, count);
}

void append_name(std::string& out, std::string_view name, int count) {
    out += count >= 4 ? name : name.substr(0, 3);
}

void append_letter(std::string& out, char letter, int count, const moment& of) {
    const auto hour = of.of_day / 3'600'000;
    switch (letter) {
        case 'G':
            out += of.date.year > 0 ? "AD" : "BC";
            return;
        case 'y':
            return append_year(out, of, count);
        case 'M':
        case 'L':
            if (count < 3) return append_number(out, of.date.month, count);
            return append_name(out, month_names[static_cast<std::size_t>(of.date.month - 1)],
                               count);
        case 'd':
            return append_number(out, of.date.day, count);
        case 'D':
            return append_number(out, of.days - data::days_of_date(of.date.year, 1, 1) + 1, count);
        case 'F':
            return append_number(out, (of.date.day - 1) / 7 + 1, count);
        case 'E':
            return append_name(out, weekday_names[static_cast<std::size_t>(of.weekday)], count);
        case 'u':
            return append_number(out, of.weekday == 0 ? 7 : of.weekday, count);
        case 'a':
            out += hour < 12 ? "AM" : "PM";
            return;
        case 'H':
            return append_number(out, hour, count);
        case 'k':
            return append_number(out, hour == 0 ? 24 : hour, count);
        case 'K':
            return append_number(out, hour % 12, count);
        case 'h':
            return append_number(out, hour % 12 == 0 ? 12 : hour % 12, count);
        case 'm':
            return append_number(out, of.of_day / 60'000 % 60, count);
        case 's':
            return append_number(out, of.of_day / 1000 % 60, count);
        case 'S':
            return append_number(out, of.of_day % 1000, count);
        case 'z':
            out += count >= 4 ? "Coordinated Universal Time" : "UTC";
            return;
        case 'Z':
            out += "+0000";
            return;
        default:
            out += 'Z';
    }
}

}  // namespace

std::expected<date_format, std::string> date_format::of_pattern(std::string_view pattern) {
    date_format out;
    auto& elements = out.elements_;
    const auto add_literal = [&](char of) {
        if (elements.empty() || elements.back().letter != 0) elements.push_back({});
        elements.back().literal += of;
    };
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const auto letter = pattern[at];
        if (letter == '\'') {
            if (pattern.substr(at + 1).starts_with('\'')) {
                add_literal('\'');
                ++at;
                continue;
            }
            for (++at; at < pattern.size(); ++at) {
                const bool quote = pattern[at] == '\'';
                if (quote && !pattern.substr(at + 1).starts_with('\'')) break;
                if (quote) ++at;
                add_literal(pattern[at]);
            }
            if (at >= pattern.size()) return std::unexpected("Unterminated quote");
            continue;
        }
        const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        if (!is_letter) {
            add_literal(letter);
            continue;
        }
        if (!known_letters.contains(letter))
            return std::unexpected(std::string("Illegal pattern character '") + letter +
                                   "'; there are " + std::string(known_letters));
        const bool goes_on = !elements.empty() && elements.back().letter == letter && at > 0 &&
                             pattern[at - 1] == letter;
        if (!goes_on) elements.push_back({.letter = letter});
        auto& count = elements.back().count;
        if (++count > 100) return std::unexpected("a letter is repeated too often");
        if (letter == 'X' && count > 3)
            return std::unexpected("invalid ISO 8601 format: length=" + std::to_string(count));
    }
    return out;
}

void date_format::append(std::int64_t ms, std::string& out) const {
    const moment of(ms);
    for (const auto& each : elements_) {
        if (each.letter == 0) {
            out += each.literal;
        } else {
            append_letter(out, each.letter, each.count, of);
        }
    }
}

std::optional<std::int64_t> date_format::parse(std::string_view text) const {
    date_parser parser(text);
    for (std::size_t index = 0; index < elements_.size(); ++index) {
        const auto& each = elements_[index];
        if (each.letter == 0) {
            if (!parser.take_literal(each.literal)) return std::nullopt;
            continue;
        }
        // Digits that belong to the next letter are not taken: "yyyyMMdd".
        const bool counted = index + 1 < elements_.size() && elements_[index + 1].letter != 0;
        if (!parser.take(each.letter, each.count, counted)) return std::nullopt;
    }
    return parser.moment_ms();
}

}  // namespace weir::transforms::smt
