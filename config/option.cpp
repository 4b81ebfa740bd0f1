#include "config/option.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

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

// "1..9|-1" as alternatives: a range, or a single word.
bool is_allowed(std::string_view valid, std::string_view value, std::optional<double> number) {
    while (!valid.empty()) {
        const auto bar = valid.find('|');
        const auto each = valid.substr(0, bar);
        valid = bar == std::string_view::npos ? std::string_view{} : valid.substr(bar + 1);
        const auto dots = each.find("..");
        if (dots == std::string_view::npos) {
            if (each == value) return true;
            continue;
        }
        if (!number) continue;
        const auto low = parse<double>(each.substr(0, dots));
        const auto high = parse<double>(each.substr(dots + 2));
        if ((!low || *number >= *low) && (!high || *number <= *high)) return true;
    }
    return false;
}

std::optional<std::string> check_list(const option& of, std::string_view value) {
    if (of.valid.empty()) return std::nullopt;
    while (!value.empty()) {
        const auto comma = value.find(',');
        const auto each = trimmed(value.substr(0, comma));
        value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
        if (!each.empty() && !is_allowed(of.valid, each, std::nullopt)) {
            return fmt::format("'{}' is none of {}", each, of.valid);
        }
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

const option* find_option(std::span<const option> table, std::string_view name) {
    const auto found = std::ranges::find(table, name, &option::name);
    return found == table.end() ? nullptr : &*found;
}

std::optional<std::string> check_value(const option& of, std::string_view value) {
    switch (of.type) {
        case boolean:
            if (value == "true" || value == "false") return std::nullopt;
            return fmt::format("'{}' is neither true nor false", value);
        case integer:
        case integer64: {
            const bool wide = of.type == integer64;
            const auto parsed = parse<std::int64_t>(value);
            const bool fits = parsed && (wide || (*parsed >= INT32_MIN && *parsed <= INT32_MAX));
            if (!fits) return fmt::format("'{}' is not a {}-bit number", value, wide ? 64 : 32);
            if (of.valid.empty() || is_allowed(of.valid, value, static_cast<double>(*parsed))) {
                return std::nullopt;
            }
            return fmt::format("{} is outside of {}", value, of.valid);
        }
        case number: {
            const auto parsed = parse<double>(value);
            if (!parsed) return fmt::format("'{}' is not a number", value);
            if (of.valid.empty() || is_allowed(of.valid, value, parsed)) return std::nullopt;
            return fmt::format("{} is outside of {}", value, of.valid);
        }
        case list:
            return check_list(of, value);
        case string:
            if (of.valid.empty() || is_allowed(of.valid, value, std::nullopt)) return std::nullopt;
            return fmt::format("'{}' is none of {}", value, of.valid);
        case password:
            return std::nullopt;
    }
    return std::nullopt;
}

std::string_view nearest_name(std::span<const option> table, std::string_view name) {
    const auto nearest = std::ranges::min_element(
        table, {}, [name](const option& each) { return distance(each.name, name); });
    const bool near = nearest != table.end() && distance(nearest->name, name) <= 3;
    return near ? nearest->name : std::string_view{};
}

std::int64_t to_integer(std::string_view value) {
    return parse<std::int64_t>(value).value_or(0);
}

bool to_boolean(std::string_view value) {
    return value == "true";
}

}  // namespace weir::config
