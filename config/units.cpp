#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <span>

namespace weir::config {
namespace {

struct unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr unit durations[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000},
};
constexpr unit sizes[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
    {"KiB", 1LL << 10},
    {"MiB", 1LL << 20},
    {"GiB", 1LL << 30},
    {"TiB", 1LL << 40},
};

bool is_digit(char each) {
    return each >= '0' && each <= '9';
}

// Takes "64MiB" off the front of `text`.
std::optional<std::int64_t> take(std::string_view& text, std::span<const unit> units) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || !is_digit(text.front()) || error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters]))
        ++letters;
    const auto name = text.substr(0, letters);
    text.remove_prefix(letters);
    for (const auto& each : units) {
        if (each.name != name) continue;
        if (number > std::numeric_limits<std::int64_t>::max() / each.factor) return std::nullopt;
        return number * each.factor;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
    if (text == "0") return 0;
    std::int64_t sum = 0;
    do {
        const auto part = take(text, durations);
        if (!part || *part > std::numeric_limits<std::int64_t>::max() - sum) return std::nullopt;
        sum += *part;
    } while (!text.empty());
    return sum;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    const auto taken = take(text, sizes);
    return text.empty() ? taken : std::nullopt;
}

}  // namespace weir::config
