#include "connect/data/number_text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace weir::connect::data {
namespace {

template <class Real>
std::optional<Real> parsed(std::string_view text, std::chars_format format) {
    Real out = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out, format);
    if (at != end || text.empty()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        // Which end it is beyond: its exponent says so, or, without one, that it has digits enough.
        const auto exponent = text.find_last_of(format == std::chars_format::hex ? "pP" : "eE");
        const bool small = exponent != std::string_view::npos
                               ? text.substr(exponent + 1).starts_with('-')
                               : text.starts_with("0.") || text.starts_with('.');
        return small ? Real{0} : std::numeric_limits<Real>::infinity();
    }
    if (error != std::errc()) return std::nullopt;
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
        text.remove_suffix(1);
    return text;
}

template <class Real>
std::optional<Real> parse_java_real(std::string_view text) {
    text = trimmed(text);
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const auto sign = [&](Real of) { return negative ? -of : of; };
    if (text == "NaN") return std::numeric_limits<Real>::quiet_NaN();
    if (text == "Infinity") return sign(std::numeric_limits<Real>::infinity());
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex && text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
    if (!text.empty() && std::string_view("fFdD").contains(text.back())) text.remove_suffix(1);
    if (hex) text.remove_prefix(2);
    // from_chars would take inf and nan in any case, and a sign.
    if (text.empty() || std::string_view("-+iInN").contains(text.front())) return std::nullopt;
    const auto out = parsed<Real>(text, hex ? std::chars_format::hex : std::chars_format::general);
    return out ? std::optional(sign(*out)) : std::nullopt;
}

template <class Real>
Real decimal_to(std::string_view number) {
    bool negative = false;
    if (!number.empty() && (number.front() == '-' || number.front() == '+')) {
        negative = number.front() == '-';
        number.remove_prefix(1);
    }
    const auto out = parsed<Real>(number, std::chars_format::general).value_or(Real{0});
    return negative && out != Real{0} ? -out : out;
}

}  // namespace

void number_text::append(std::string_view text) {
    std::memcpy(text_.data() + size_, text.data(), text.size());
    size_ += text.size();
}

number_text number_text::of_integer(std::int64_t number) {
    number_text out;
    auto* const begin = out.text_.data();
    out.size_ = static_cast<std::size_t>(
        std::to_chars(begin, begin + out.text_.size(), number).ptr - begin);
    return out;
}

namespace {

// The digits and the exponent of the first one.
struct scientific {
    std::array<char, 40> digits;
    std::size_t count = 0;
    int exponent = 0;
};

template <class Real>
scientific shortest(Real number) {
    std::array<char, 48> text;
    auto* const end = text.data() + text.size();
    auto done = std::to_chars(text.data(), end, number, std::chars_format::scientific);
    if (text[1] == 'e') {
        // Java looks at two digits at least, and takes those that are nearest.
        std::array<char, 48> other;
        const auto two = std::to_chars(other.data(), other.data() + other.size(), number,
                                       std::chars_format::scientific, 1);
        Real back = 0;
        std::from_chars(other.data(), two.ptr, back);
        if (back == number) {
            text = other;
            done.ptr = text.data() + (two.ptr - other.data());
        }
    }
    scientific out;
    const auto* at = text.data();
    for (; at != done.ptr && *at != 'e'; ++at) {
        if (*at != '.') out.digits[out.count++] = *at;
    }
    while (out.count > 1 && out.digits[out.count - 1] == '0')
        --out.count;
    ++at;
    if (at != done.ptr && *at == '+') ++at;
    std::from_chars(at, done.ptr, out.exponent);
    return out;
}

}  // namespace

template <class Real>
static void write_real(Real number, auto&& append) {
    if (std::isnan(number)) return append("NaN");
    if (std::signbit(number)) {
        append("-");
        number = -number;
    }
    if (std::isinf(number)) return append("Infinity");
    if (number == Real{0}) return append("0.0");
    const auto parts = shortest(number);
    const std::string_view digits(parts.digits.data(), parts.count);
    static constexpr std::string_view zeros = "00000000";
    if (parts.exponent >= 7 || parts.exponent < -3) {
        append(digits.substr(0, 1));
        append(".");
        append(digits.size() > 1 ? digits.substr(1) : "0");
        append("E");
        append(number_text::of_integer(parts.exponent).view());
    } else if (parts.exponent < 0) {
        append("0.");
        append(zeros.substr(0, static_cast<std::size_t>(-parts.exponent - 1)));
        append(digits);
    } else {
        const auto whole = static_cast<std::size_t>(parts.exponent) + 1;
        append(digits.substr(0, whole));
        if (digits.size() <= whole) {
            append(zeros.substr(0, whole - digits.size()));
            append(".0");
        } else {
            append(".");
            append(digits.substr(whole));
        }
    }
}

number_text number_text::of_double(double number) {
    if (number > -1e7 && number < 1e7 && number != 0 &&
        number == static_cast<double>(static_cast<std::int64_t>(number))) {
        auto out = of_integer(static_cast<std::int64_t>(number));
        out.append(".0");
        return out;
    }
    number_text out;
    write_real(number, [&](std::string_view text) { out.append(text); });
    return out;
}

number_text number_text::of_float(float number) {
    number_text out;
    write_real(number, [&](std::string_view text) { out.append(text); });
    return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t min,
                                          std::int64_t max) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return std::nullopt;
    }
    std::int64_t out = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out);
    if (error != std::errc() || at != end || out < min || out > max) return std::nullopt;
    return out;
}

std::optional<double> parse_double(std::string_view text) {
    return parse_java_real<double>(text);
}

std::optional<float> parse_float(std::string_view text) {
    return parse_java_real<float>(text);
}

double decimal_to_double(std::string_view number) {
    return decimal_to<double>(number);
}

float decimal_to_float(std::string_view number) {
    return decimal_to<float>(number);
}

std::int64_t to_long(double number) {
    if (std::isnan(number)) return 0;
    if (number >= 9223372036854775808.0) return std::numeric_limits<std::int64_t>::max();
    if (number <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(number);
}

std::int32_t to_int(double number) {
    if (std::isnan(number)) return 0;
    if (number >= 2147483647.0) return std::numeric_limits<std::int32_t>::max();
    if (number <= -2147483648.0) return std::numeric_limits<std::int32_t>::min();
    return static_cast<std::int32_t>(number);
}

}  // namespace weir::connect::data
