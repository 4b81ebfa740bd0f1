// Big-endian loads and stores at any alignment (Kafka's byte order on wire and disk).
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace weir::base {

template <std::integral Int>
Int load_be(const std::byte* from) {
    std::make_unsigned_t<Int> raw;
    std::memcpy(&raw, from, sizeof raw);
    if constexpr (std::endian::native == std::endian::little) raw = std::byteswap(raw);
    return static_cast<Int>(raw);
}

template <std::integral Int>
void store_be(std::byte* to, Int value) {
    auto raw = static_cast<std::make_unsigned_t<Int>>(value);
    if constexpr (std::endian::native == std::endian::little) raw = std::byteswap(raw);
    std::memcpy(to, &raw, sizeof raw);
}

}  // namespace weir::base
