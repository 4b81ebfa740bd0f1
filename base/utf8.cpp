#include "base/utf8.hpp"

namespace weir::base {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

bool is_continuation(unsigned char byte) {
    return (byte & 0xc0) == 0x80;
}

// The bounds of the second byte after `first` (Unicode, table 3-7). Surrogates are let through
// here, as Java replaces such a triple by one U+FFFD and not byte by byte.
bool second_fits(unsigned char first, unsigned char second) {
    if (first == 0xe0) return second >= 0xa0 && second <= 0xbf;
    if (first == 0xf0) return second >= 0x90 && second <= 0xbf;
    if (first == 0xf4) return second >= 0x80 && second <= 0x8f;
    return is_continuation(second);
}

std::size_t length_after(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

}  // namespace

utf8_sequence front_sequence(std::string_view data) {
    const auto at = [&](std::size_t index) { return static_cast<unsigned char>(data[index]); };
    const auto length = length_after(at(0));
    if (length == 0) return {.size = 1, .valid = false};
    for (std::size_t index = 1; index < length; ++index) {
        const bool fits = index < data.size() &&
                          (index == 1 ? second_fits(at(0), at(1)) : is_continuation(at(index)));
        if (!fits) return {.size = index, .valid = false};
    }
    const bool surrogate = length == 3 && at(0) == 0xed && at(1) >= 0xa0;
    return {.size = length, .valid = !surrogate};
}

std::string to_valid_utf8(std::string_view data) {
    std::string out;
    out.reserve(data.size());
    while (!data.empty()) {
        const auto found = front_sequence(data);
        out += found.valid ? data.substr(0, found.size) : replacement;
        data.remove_prefix(found.size);
    }
    return out;
}

}  // namespace weir::base
