// A 128-bit id as Kafka uses it: 16 bytes on the wire, 22 characters of base64url in text.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::base {

struct uuid {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    constexpr auto operator<=>(const uuid&) const = default;
    // Kafka's ZERO_UUID: "no id".
    constexpr bool is_zero() const { return high == 0 && low == 0; }

    // 22 characters of base64url without padding.
    std::string to_text() const;
    // Nothing when the text is not such an id.
    static std::optional<uuid> from_text(std::string_view text);
    // A version 4 id out of 128 random bits.
    static uuid from_random(std::uint64_t high, std::uint64_t low);
};

}  // namespace weir::base

template <>
struct std::hash<weir::base::uuid> {
    std::size_t operator()(const weir::base::uuid& id) const noexcept {
        return id.high ^ (id.low * 0x9e3779b97f4a7c15ULL);
    }
};
