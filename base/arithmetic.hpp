// Sums and differences of numbers that came from outside, where plain ones could overflow.
#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

namespace weir::base {

// As Java's: past the largest number comes the smallest.
template <std::signed_integral Int>
constexpr Int wrapping_add(Int a, std::type_identity_t<Int> b) {
    using bits = std::make_unsigned_t<Int>;
    return static_cast<Int>(static_cast<bits>(a) + static_cast<bits>(b));
}

template <std::signed_integral Int>
constexpr Int wrapping_subtract(Int a, std::type_identity_t<Int> b) {
    using bits = std::make_unsigned_t<Int>;
    return static_cast<Int>(static_cast<bits>(a) - static_cast<bits>(b));
}

// These stop at the smallest and the largest number.
template <std::signed_integral Int>
constexpr Int saturating_add(Int a, std::type_identity_t<Int> b) {
    Int sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b < 0 ? std::numeric_limits<Int>::min() : std::numeric_limits<Int>::max();
}

template <std::signed_integral Int>
constexpr Int saturating_subtract(Int a, std::type_identity_t<Int> b) {
    Int difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? std::numeric_limits<Int>::max() : std::numeric_limits<Int>::min();
}

}  // namespace weir::base
