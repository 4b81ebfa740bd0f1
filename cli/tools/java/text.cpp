#include "cli/tools/java/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/utf8.hpp"

namespace weir::cli::tools::java {
namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}

char upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
}

template <std::signed_integral Int>
std::optional<Int> parse(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return std::nullopt;
    }
    Int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> pieces;
    std::size_t from = 0;
    for (auto at = text.find(separator); at != std::string_view::npos;
         at = text.find(separator, from)) {
        pieces.emplace_back(text.substr(from, at - from));
        from = at + separator.size();
    }
    if (from == 0) return {std::string(text)};
    pieces.emplace_back(text.substr(from));
    while (!pieces.empty() && pieces.back().empty())
        pieces.pop_back();
    return pieces;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
        text.remove_suffix(1);
    return text;
}

bool equals_ignoring_case(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

std::string to_upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), upper);
    return out;
}

std::vector<std::uint16_t> utf16_units(std::string_view text) {
    const auto valid = base::to_valid_utf8(text);
    std::vector<std::uint16_t> units;
    units.reserve(valid.size());
    for (std::size_t at = 0; at < valid.size();) {
        const auto first = static_cast<unsigned char>(valid[at]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
        for (std::size_t index = 1; index < length; ++index) {
            point = point << 6 | (static_cast<unsigned char>(valid[at + index]) & 0x3fU);
        }
        at += length;
        if (point < 0x10000) {
            units.push_back(static_cast<std::uint16_t>(point));
        } else {
            units.push_back(static_cast<std::uint16_t>(0xd800 + ((point - 0x10000) >> 10)));
            units.push_back(static_cast<std::uint16_t>(0xdc00 + ((point - 0x10000) & 0x3ff)));
        }
    }
    return units;
}

std::optional<std::int64_t> parse_long(std::string_view text) {
    return parse<std::int64_t>(text);
}

std::optional<std::int32_t> parse_int(std::string_view text) {
    return parse<std::int32_t>(text);
}

std::string double_text(double value) {
    const auto size = std::abs(value);
    if (value == 0 || (size >= 1e-3 && size < 1e7)) {
        auto text = fmt::format("{}", value);
        return text.contains('.') ? text : text + ".0";
    }
    // The shortest digits that stand for it: "1.5e+08" becomes "1.5E8".
    char digits[32];
    const auto end = std::to_chars(digits, std::end(digits), value, std::chars_format::scientific);
    const std::string_view text(digits, static_cast<std::size_t>(end.ptr - digits));
    const auto exponent = text.find('e');
    auto mantissa = std::string(text.substr(0, exponent));
    if (!mantissa.contains('.')) mantissa += ".0";
    return fmt::format("{}E{}", mantissa, parse_int(text.substr(exponent + 1)).value_or(0));
}

tool_error number_format(std::string_view text) {
    return {.exception = "java.lang.NumberFormatException",
            .message = fmt::format("For input string: \"{}\"", text)};
}

std::string file_text(std::string_view path) {
    std::string out;
    for (const char letter : path) {
        if (letter == '/' && out.ends_with('/')) continue;
        out += letter;
    }
    if (out.size() > 1 && out.ends_with('/')) out.pop_back();
    return out;
}

std::string absolute_path(std::string_view path) {
    const auto text = file_text(path);
    if (text.starts_with('/')) return text;
    std::error_code ignored;
    return file_text(std::filesystem::current_path(ignored).string() + "/" + text);
}

}  // namespace weir::cli::tools::java
