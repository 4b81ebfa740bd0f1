#include "connect/data/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "connect/data/number_text.hpp"

namespace weir::connect::data {
namespace {

bool is_digit(char of) {
    return of >= '0' && of <= '9';
}

// A number taken apart: its digits without the point, leading zeros included.
struct number_parts {
    bool negative = false;
    std::string digits;
    std::int64_t scale = 0;
};

std::optional<number_parts> parts_of_number(std::string_view text) {
    number_parts out;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        out.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    bool point = false;
    std::size_t at = 0;
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        if (text[at] == '.' && !point) {
            point = true;
        } else if (is_digit(text[at]) && out.digits.size() < decimal_digits_max) {
            out.digits += text[at];
            if (point) ++out.scale;
        } else {
            return std::nullopt;
        }
    }
    if (out.digits.empty()) return std::nullopt;
    if (at == text.size()) return out;
    const auto exponent = parse_integer(text.substr(at + 1), -99'999'999'999, 99'999'999'999);
    if (!exponent) return std::nullopt;
    out.scale -= *exponent;
    return out;
}

// Two's complement of the magnitude in `words` (least significant first), in as few bytes as hold
// the sign.
std::string_view to_twos_complement(const std::vector<std::uint32_t>& words, bool negative,
                                    arena& memory) {
    const auto size = words.size() * 4 + 1;
    auto* const bytes = static_cast<char*>(memory.take(size, 1));
    std::uint32_t carry = negative ? 1 : 0;
    for (std::size_t index = 0; index < size; ++index) {
        const auto word = index / 4 < words.size() ? words[index / 4] : 0;
        auto byte = word >> (index % 4 * 8) & 0xffU;
        if (negative) {
            byte = (~byte & 0xffU) + carry;
            carry = byte >> 8U;
        }
        bytes[size - 1 - index] = static_cast<char>(byte & 0xffU);
    }
    std::size_t first = 0;
    const auto is_sign = [&](std::size_t at) {
        const auto high = static_cast<std::uint8_t>(bytes[at + 1]) >> 7U;
        return static_cast<std::uint8_t>(bytes[at]) == (high != 0 ? 0xffU : 0U);
    };
    while (first + 1 < size && is_sign(first))
        ++first;
    return {bytes + first, size - first};
}

std::vector<std::uint32_t> words_of_digits(std::string_view digits) {
    std::vector<std::uint32_t> words;
    while (!digits.empty()) {
        const auto part = digits.substr(0, std::min<std::size_t>(9, digits.size()));
        digits.remove_prefix(part.size());
        std::uint64_t carry = 0;
        std::uint64_t factor = 1;
        for (const char each : part) {
            carry = carry * 10 + static_cast<std::uint64_t>(each - '0');
            factor *= 10;
        }
        for (auto& word : words) {
            carry += word * factor;
            word = static_cast<std::uint32_t>(carry);
            carry >>= 32U;
        }
        if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
    }
    return words;
}

// The digits of the magnitude; `negative` is set.
std::string digits_of(std::string_view unscaled, bool& negative) {
    negative = !unscaled.empty() && static_cast<std::uint8_t>(unscaled.front()) >= 0x80;
    if (unscaled.size() <= 8) {
        std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
        for (const char each : unscaled)
            bits = bits << 8U | static_cast<std::uint8_t>(each);
        std::array<char, 24> text;
        const auto done =
            std::to_chars(text.data(), text.data() + text.size(), negative ? 0 - bits : bits);
        return {text.data(), done.ptr};
    }
    std::vector<std::uint32_t> words((unscaled.size() + 3) / 4, negative ? ~0U : 0U);
    for (std::size_t index = 0; index < unscaled.size(); ++index) {
        const std::uint32_t byte = static_cast<std::uint8_t>(unscaled[unscaled.size() - 1 - index]);
        const auto shift = index % 4 * 8;
        words[index / 4] = (words[index / 4] & ~(0xffU << shift)) | byte << shift;
    }
    std::uint64_t carry = 1;
    for (auto& word : words) {
        if (!negative) break;
        carry += static_cast<std::uint32_t>(~word);
        word = static_cast<std::uint32_t>(carry);
        carry >>= 32U;
    }
    std::string reversed;
    while (!words.empty()) {
        std::uint64_t rest = 0;
        for (auto word = words.rbegin(); word != words.rend(); ++word) {
            rest = rest << 32U | *word;
            *word = static_cast<std::uint32_t>(rest / 1'000'000'000);
            rest %= 1'000'000'000;
        }
        while (!words.empty() && words.back() == 0)
            words.pop_back();
        for (int digit = 0; digit < 9; ++digit, rest /= 10)
            reversed += static_cast<char>('0' + rest % 10);
    }
    while (reversed.size() > 1 && reversed.back() == '0')
        reversed.pop_back();
    return {reversed.rbegin(), reversed.rend()};
}

// The lowest 64 bits of digits * 10^exponent, whole digits only.
std::int64_t low_bits(std::string_view digits, bool negative, std::int64_t exponent) {
    if (exponent < 0) {
        const auto cut = static_cast<std::uint64_t>(-exponent);
        digits = cut >= digits.size() ? std::string_view{} : digits.substr(0, digits.size() - cut);
    }
    std::uint64_t out = 0;
    for (const char each : digits)
        out = out * 10 + static_cast<std::uint64_t>(each - '0');
    // 10^64 is 0 in 64 bits.
    for (std::int64_t step = 0; step < std::min<std::int64_t>(exponent, 64); ++step)
        out *= 10;
    return static_cast<std::int64_t>(negative ? 0 - out : out);
}

}  // namespace

std::optional<value> parse_decimal(std::string_view text, arena& memory) {
    const auto parts = parts_of_number(text);
    if (!parts) return std::nullopt;
    if (parts->scale < std::numeric_limits<std::int16_t>::min() ||
        parts->scale > std::numeric_limits<std::int16_t>::max())
        return std::nullopt;
    const auto words = words_of_digits(parts->digits);
    return make_decimal(to_twos_complement(words, parts->negative && !words.empty(), memory),
                        static_cast<std::int16_t>(parts->scale));
}

std::optional<std::string> decimal_text(const value& of) {
    if (of.count > decimal_bytes_max) return std::nullopt;
    bool negative = false;
    auto digits = digits_of(text(of), negative);
    std::string out = negative ? "-" : "";
    const std::int64_t scale = of.scale;
    const auto adjusted = -scale + static_cast<std::int64_t>(digits.size()) - 1;
    if (scale == 0) return out + digits;
    if (scale > 0 && adjusted >= -6) {
        const auto behind = static_cast<std::size_t>(scale);
        if (behind >= digits.size()) digits.insert(0, behind + 1 - digits.size(), '0');
        const auto whole = digits.size() - behind;
        return out.append(digits, 0, whole).append(".").append(digits, whole);
    }
    out += digits[0];
    if (digits.size() > 1) out.append(".").append(digits, 1);
    if (adjusted != 0) {
        out += 'E';
        if (adjusted > 0) out += '+';
        out += number_text::of_integer(adjusted).view();
    }
    return out;
}

std::int64_t decimal_to_long(const value& of) {
    if (of.count > decimal_bytes_max) return 0;
    bool negative = false;
    const auto digits = digits_of(text(of), negative);
    return low_bits(digits, negative, -std::int64_t{of.scale});
}

std::int64_t number_to_long(std::string_view number) {
    const auto parts = parts_of_number(number);
    return parts ? low_bits(parts->digits, parts->negative, -parts->scale) : 0;
}

}  // namespace weir::connect::data
