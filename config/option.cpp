#include "config/option.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "config/nearest_name.hpp"

namespace weir::config {
namespace {

using enum option_type;
using enum standing;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number value{};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

struct range {
    std::optional<double> low;
    std::optional<double> high;
    std::string_view low_text;
    std::string_view high_text;
};

std::optional<range> parse_range(std::string_view text) {
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) return std::nullopt;
    const auto low = text.substr(0, dots);
    const auto high = text.substr(dots + 2);
    return range{
        .low = parse<double>(low), .high = parse<double>(high), .low_text = low, .high_text = high};
}

// The reason, in Kafka's words, why a number is outside of "1..", "1..17" or "1..9|-1".
std::optional<std::string> check_number(std::string_view valid, std::string_view value,
                                        double number) {
    if (valid.empty()) return std::nullopt;
    const auto bar = valid.find('|');
    const auto bounds = parse_range(valid.substr(0, bar));
    if (!bounds) return std::nullopt;
    const bool too_low = bounds->low && number < *bounds->low;
    const bool too_high = bounds->high && number > *bounds->high;
    if (!too_low && !too_high) return std::nullopt;
    if (bar != std::string_view::npos) {
        const auto other = valid.substr(bar + 1);
        if (value == other) return std::nullopt;
        return fmt::format("Value must be between {} and {} or equal to {}", bounds->low_text,
                           bounds->high_text, other);
    }
    if (too_low) return fmt::format("Value must be at least {}", bounds->low_text);
    return fmt::format("Value must be no more than {}", bounds->high_text);
}

// The same for one of the words "a|b|c".
std::optional<std::string> check_word(std::string_view valid, std::string_view value) {
    if (valid.empty()) return std::nullopt;
    std::string words;
    while (!valid.empty()) {
        const auto bar = valid.find('|');
        const auto each = valid.substr(0, bar);
        valid = bar == std::string_view::npos ? std::string_view{} : valid.substr(bar + 1);
        if (each == value) return std::nullopt;
        words += words.empty() ? each : fmt::format(", {}", each);
    }
    return fmt::format("String must be one of: {}", words);
}

std::optional<std::string> check_list(std::string_view valid, std::string_view value) {
    while (!value.empty()) {
        const auto comma = value.find(',');
        const auto each = trimmed(value.substr(0, comma));
        value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
        if (each.empty()) continue;
        if (auto reason = check_word(valid, each)) return reason;
    }
    return std::nullopt;
}

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            const auto replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above + 1, row[j - 1] + 1, replace});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::span<const option> broker_options() {
    static constexpr option rows[] = {
#define X(name, type, initial, valid, use, text) {name, type, initial, valid, use, "", text},
#include "config/options/broker.tbl"
#undef X
    };
    return rows;
}

std::span<const option> topic_options() {
    static constexpr option rows[] = {
#define X(name, type, initial, valid, synonym, text) \
    {name, type, initial, valid, served, synonym, text},
#include "config/options/topic.tbl"
#undef X
    };
    return rows;
}

std::span<const option> group_options() {
    static constexpr option rows[] = {
#define X(name, type, initial, valid, synonym, text) \
    {name, type, initial, valid, served, synonym, text},
#include "config/options/group.tbl"
#undef X
    };
    return rows;
}

const option* find_option(std::span<const option> table, std::string_view name) {
    const auto found = std::ranges::find(table, name, &option::name);
    return found == table.end() ? nullptr : &*found;
}

std::optional<std::string> check_value(const option& of, std::string_view value) {
    switch (of.type) {
        case boolean:
            if (value == "true" || value == "false") return std::nullopt;
            return "Expected value to be either true or false";
        case integer:
        case integer64: {
            const bool wide = of.type == integer64;
            const auto parsed = parse<std::int64_t>(value);
            const bool fits = parsed && (wide || (*parsed >= INT32_MIN && *parsed <= INT32_MAX));
            if (!fits) return fmt::format("Not a number of type {}", wide ? "LONG" : "INT");
            return check_number(of.valid, value, static_cast<double>(*parsed));
        }
        case number: {
            const auto parsed = parse<double>(value);
            if (!parsed || !std::isfinite(*parsed)) return "Not a number of type DOUBLE";
            return check_number(of.valid, value, *parsed);
        }
        case list:
            return check_list(of.valid, value);
        case string:
            return check_word(of.valid, value);
        case password:
            return std::nullopt;
    }
    return std::nullopt;
}

std::string_view nearest_of(std::span<const std::string_view> names, std::string_view name) {
    // Short names are near to everything.
    const auto near = std::clamp<std::size_t>(name.size() / 2, 1, 3);
    std::string_view nearest;
    std::size_t least = near + 1;
    for (const auto& each : names) {
        // A length that differs by more is farther away than that: no need to compare.
        const auto [shorter, longer] = std::minmax({each.size(), name.size()});
        if (longer - shorter > near) continue;
        const auto away = distance(each, name);
        if (away >= least) continue;
        least = away;
        nearest = each;
    }
    return nearest;
}

std::string_view nearest_name(std::span<const option> table, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& each : table)
        names.push_back(each.name);
    return nearest_of(names, name);
}

std::int64_t to_integer(std::string_view value) {
    return parse<std::int64_t>(value).value_or(0);
}

double to_real(std::string_view value) {
    return parse<double>(value).value_or(0);
}

bool to_boolean(std::string_view value) {
    return value == "true";
}

}  // namespace weir::config
