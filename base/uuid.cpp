#include "base/uuid.hpp"

namespace weir::base {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t text_size = 22;

// Bits [at, at+6) of the 132-bit string: 128 bits of the id followed by four zero bits.
unsigned sextet(const uuid& id, unsigned at) {
    unsigned value = 0;
    for (unsigned bit = at; bit < at + 6; ++bit) {
        const std::uint64_t word = bit < 64 ? id.high : id.low;
        const unsigned set = bit < 128 ? (word >> (63 - bit % 64)) & 1U : 0U;
        value = value << 1 | set;
    }
    return value;
}

}  // namespace

std::string uuid::to_text() const {
    std::string text;
    for (unsigned index = 0; index < text_size; ++index) {
        text += alphabet[sextet(*this, index * 6)];
    }
    return text;
}

std::optional<uuid> uuid::from_text(std::string_view text) {
    if (text.size() != text_size) return std::nullopt;
    uuid id;
    unsigned bit = 0;
    for (const char letter : text) {
        const auto value = alphabet.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        for (int shift = 5; shift >= 0; --shift, ++bit) {
            const std::uint64_t set = value >> shift & 1U;
            if (bit >= 128 && set != 0) return std::nullopt;
            if (bit < 64) id.high |= set << (63 - bit);
            if (bit >= 64 && bit < 128) id.low |= set << (127 - bit);
        }
    }
    return id;
}

uuid uuid::from_random(std::uint64_t high, std::uint64_t low) {
    constexpr std::uint64_t version_mask = 0xf000;
    constexpr std::uint64_t variant_mask = 0xc000000000000000;
    return {.high = (high & ~version_mask) | 0x4000,
            .low = (low & ~variant_mask) | 0x8000000000000000};
}

}  // namespace weir::base
