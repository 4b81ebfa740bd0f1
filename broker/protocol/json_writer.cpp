#include "broker/protocol/json_writer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <concepts>

#include "base/utf8.hpp"

namespace weir::broker::protocol {
namespace {

void append_escaped(std::string& out, char letter) {
    switch (letter) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (static_cast<unsigned char>(letter) < 0x20) {
        out += fmt::format("\\u{:04X}", static_cast<unsigned>(letter));
    } else {
        out += letter;
    }
}

// Double.toString: plain from 10^-3 up to 10^7, else with an exponent; always a fraction.
template <std::floating_point Float>
std::string java_text_of(Float value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    const auto size = std::fabs(value);
    const bool plain = value == 0 || (size >= Float(1e-3) && size < Float(1e7));
    char buffer[64];
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
    std::string text(buffer, end);
    const auto exponent = plain ? text.size() : text.find('e');
    std::string mantissa = text.substr(0, exponent);
    if (mantissa.find('.') == std::string::npos) mantissa += ".0";
    if (plain) return mantissa;
    return fmt::format("{}E{}", mantissa, std::stoi(text.substr(exponent + 1)));
}

}  // namespace

std::string to_java_text(double value) {
    return java_text_of(value);
}

std::string to_java_text(float value) {
    return java_text_of(value);
}

void json_writer::separate() {
    if (!first_) text_ += ',';
    first_ = false;
}

void json_writer::open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
}

void json_writer::close(char bracket) {
    text_ += bracket;
    first_ = false;
}

void json_writer::key(std::string_view name) {
    put_text(name);
    text_ += ':';
    first_ = true;
}

void json_writer::put_text(std::string_view value) {
    separate();
    text_ += '"';
    for (const char letter : base::to_valid_utf8(value))
        append_escaped(text_, letter);
    text_ += '"';
}

void json_writer::put_number(std::int64_t value) {
    put_raw(fmt::format_int(value).c_str());
}

void json_writer::put_number(double value) {
    // JSON has no such numbers: Jackson writes them as text.
    if (!std::isfinite(value)) return put_text(to_java_text(value));
    put_raw(to_java_text(value));
}

void json_writer::put_base64(base::bytes_view value) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    separate();
    text_ += '"';
    for (std::size_t at = 0; at < value.size(); at += 3) {
        unsigned word = 0;
        for (std::size_t index = 0; index < 3; ++index) {
            const bool inside = at + index < value.size();
            word = word << 8 | (inside ? static_cast<unsigned>(value[at + index]) : 0U);
        }
        for (std::size_t index = 0; index < 4; ++index) {
            const bool padding = at + index > value.size();
            text_ += padding ? '=' : alphabet[word >> (18 - 6 * index) & 63];
        }
    }
    text_ += '"';
}

void json_writer::put_raw(std::string_view json) {
    separate();
    text_ += json;
}

}  // namespace weir::broker::protocol
