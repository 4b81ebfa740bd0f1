// json_text: the strings of JSON: escapes written and resolved. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace weir::connect::converters {

// How many bytes at the front of `text` need no escape in a string of JSON. Eight are looked at at
// once.
inline std::size_t plain_size(const char* text, std::size_t size) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    constexpr std::uint64_t highs = ones * 0x80;
    const auto has_zero = [](std::uint64_t of) { return (of - ones) & ~of & highs; };
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text + at, 8);
        const auto control = (word - ones * 0x20) & ~word & highs;
        if ((control | has_zero(word ^ ones * '"') | has_zero(word ^ ones * '\\')) != 0) break;
    }
    for (; at < size; ++at) {
        const auto each = static_cast<unsigned char>(text[at]);
        if (each < 0x20 || each == '"' || each == '\\') break;
    }
    return at;
}

// The escape of a byte that needs one: \" \\ \n ... or \u001F. Writes at most 6 characters.
std::size_t write_escape(unsigned char of, char* out);

// Resolves the escapes of what is between the quotes; `out` has room for raw.size(). Half of a
// surrogate pair alone becomes U+FFFD. Nothing when an escape is wrong.
std::optional<std::size_t> unescape_json(std::string_view raw, char* out);
// Whether its escapes are right.
bool is_escaped_json(std::string_view raw);
// Whether it can stand between quotes: right escapes, no quote and no control character.
bool is_string_content(std::string_view raw);

}  // namespace weir::connect::converters
