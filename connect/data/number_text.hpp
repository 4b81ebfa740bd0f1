// number_text: numbers as Java writes and reads them: Double.toString, Float.toString,
// Double.parseDouble and the rest, so that what Kafka's classes print is what we print. Of the
// digits that mean the same number the shortest are chosen, as by JDK 19 and later. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::connect::data {

class number_text {
  public:
    static number_text of_integer(std::int64_t number);
    static number_text of_double(double number);
    static number_text of_float(float number);

    std::string_view view() const { return {text_.data(), size_}; }
    operator std::string_view() const { return view(); }

  private:
    void append(std::string_view text);

    std::array<char, 40> text_;
    std::size_t size_ = 0;
};

// Long.parseLong and, with other bounds, Byte.parseByte ...; nothing where Java throws.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t min,
                                          std::int64_t max);
// Double.parseDouble and Float.parseFloat.
std::optional<double> parse_double(std::string_view text);
std::optional<float> parse_float(std::string_view text);

// A decimal number "digits[.digits][e[+-]digits]" as the nearest double or float; too large ones
// are infinite, too small ones zero. Zero has no sign, as a BigDecimal's has none.
double decimal_to_double(std::string_view number);
float decimal_to_float(std::string_view number);

// Java's conversion of a floating point number to long or int: towards zero, the nearest end of the
// range when it is outside, zero for NaN.
std::int64_t to_long(double number);
std::int32_t to_int(double number);

}  // namespace weir::connect::data
