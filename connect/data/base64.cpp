#include "connect/data/base64.hpp"

#include <array>
#include <cstdint>

namespace weir::connect::data {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 255;

constexpr std::array<std::uint8_t, 256> make_digits() {
    std::array<std::uint8_t, 256> out{};
    out.fill(no_digit);
    for (std::size_t index = 0; index < alphabet.size(); ++index)
        out[static_cast<std::uint8_t>(alphabet[index])] = static_cast<std::uint8_t>(index);
    return out;
}
constexpr auto digits = make_digits();

std::uint8_t digit(char of) {
    return digits[static_cast<std::uint8_t>(of)];
}

}  // namespace

void write_base64(std::string_view data, char* out) {
    const auto byte = [&](std::size_t at) {
        return at < data.size() ? std::uint32_t{static_cast<std::uint8_t>(data[at])} : 0U;
    };
    for (std::size_t at = 0; at < data.size(); at += 3, out += 4) {
        const auto group = byte(at) << 16U | byte(at + 1) << 8U | byte(at + 2);
        out[0] = alphabet[group >> 18U];
        out[1] = alphabet[group >> 12U & 63U];
        out[2] = at + 1 < data.size() ? alphabet[group >> 6U & 63U] : '=';
        out[3] = at + 2 < data.size() ? alphabet[group & 63U] : '=';
    }
}

std::optional<std::string_view> read_base64(std::string_view text, arena& memory) {
    auto* const begin = static_cast<char*>(memory.take(text.size() / 4 * 3 + 3, 1));
    auto* out = begin;
    std::size_t at = 0;
    while (true) {
        while (at < text.size() && static_cast<std::uint8_t>(text[at]) <= ' ')
            ++at;
        if (at == text.size())
            return std::string_view(begin, static_cast<std::size_t>(out - begin));
        if (text.size() - at < 4) return std::nullopt;
        const auto group = text.substr(at, 4);
        at += 4;
        const std::size_t padding = group[3] != '=' ? 0U : group[2] != '=' ? 1U : 2U;
        std::uint32_t bits = 0;
        for (std::size_t index = 0; index < 4; ++index) {
            const auto value = index < 4 - padding ? digit(group[index]) : std::uint8_t{0};
            if (value == no_digit) return std::nullopt;
            bits = bits << 6U | value;
        }
        *out++ = static_cast<char>(bits >> 16U & 255U);
        if (padding < 2) *out++ = static_cast<char>(bits >> 8U & 255U);
        if (padding < 1) *out++ = static_cast<char>(bits & 255U);
    }
}

}  // namespace weir::connect::data
