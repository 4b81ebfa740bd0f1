// decimal: what is done with decimals: a whole number in two's complement, big-endian, of which
// `scale` digits stand behind the point; Java's BigDecimal. Sizes are bounded, since digits cost
// the square of their number. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connect/data/value.hpp"

namespace weir::connect::data {

inline constexpr std::size_t decimal_digits_max = 4096;
inline constexpr std::size_t decimal_bytes_max = 2048;

// new BigDecimal(text): nothing where Java throws, or beyond the bounds above (or a scale beyond 16
// bits). The value lives in `memory`; its bytes are as few as BigInteger.toByteArray has.
std::optional<value> parse_decimal(std::string_view text, arena& memory);
// BigDecimal.toString; nothing beyond the bound.
std::optional<std::string> decimal_text(const value& of);
// longValue(): towards zero, the lowest 64 bits.
std::int64_t decimal_to_long(const value& of);
// A number as JSON has it, as longValue() of a BigDecimal or BigInteger.
std::int64_t number_to_long(std::string_view number);

}  // namespace weir::connect::data
