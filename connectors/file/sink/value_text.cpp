#include "connectors/file/sink/value_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>

namespace weir::connectors::file::sink {
namespace {

// Deeper values are cut: a schema may name itself.
constexpr int depth_max = 64;
// Turning a decimal into digits takes quadratic time; longer ones are written in base64.
constexpr std::size_t decimal_bytes_max = 512;

std::string_view text_of(const weir_value& from) {
    return {from.of.data, from.count};
}

void append_number(std::string& out, auto number) {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end.ptr);
}

void append_padded(std::string& out, const char* form, long long number) {
    std::array<char, 32> digits{};
    const int size = std::snprintf(digits.data(), digits.size(), form, number);
    out.append(digits.data(), static_cast<std::size_t>(size));
}

void append_base64(std::string& out, std::string_view data) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto byte = [&](std::size_t at) -> std::uint32_t {
        return at < data.size() ? static_cast<unsigned char>(data[at]) : 0;
    };
    for (std::size_t at = 0; at < data.size(); at += 3) {
        const auto three = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
        out += digits[three >> 18];
        out += digits[three >> 12 & 63];
        out += at + 1 < data.size() ? digits[three >> 6 & 63] : '=';
        out += at + 2 < data.size() ? digits[three & 63] : '=';
    }
}

// The digits of a big-endian magnitude, by dividing by ten again and again.
std::string digits_of(std::string magnitude) {
    std::string out;
    std::size_t from = 0;
    while (true) {
        while (from < magnitude.size() && magnitude[from] == 0)
            ++from;
        if (from == magnitude.size()) break;
        unsigned rest = 0;
        for (auto at = from; at < magnitude.size(); ++at) {
            const unsigned now = rest << 8 | static_cast<unsigned char>(magnitude[at]);
            magnitude[at] = static_cast<char>(now / 10);
            rest = now % 10;
        }
        out += static_cast<char>('0' + rest);
    }
    if (out.empty()) out = "0";
    std::ranges::reverse(out);
    return out;
}

void append_decimal(std::string& out, const weir_value& from) {
    std::string bytes(text_of(from));
    const bool negative = !bytes.empty() && (bytes[0] & 0x80) != 0;
    if (negative) {
        // Two's complement: all bits turned, and one more.
        unsigned carry = 1;
        for (auto at = bytes.size(); at-- > 0;) {
            const auto turned = static_cast<unsigned char>(~bytes[at]) + carry;
            bytes[at] = static_cast<char>(turned);
            carry = turned >> 8;
        }
        out += '-';
    }
    auto digits = digits_of(std::move(bytes));
    const auto scale = static_cast<std::size_t>(std::max<std::int16_t>(from.scale, 0));
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
    if (from.scale < 0 && digits != "0") digits.append(static_cast<std::size_t>(-from.scale), '0');
    out += digits;
}

void append_date(std::string& out, std::int64_t days) {
    using namespace std::chrono;
    constexpr std::int64_t limit = 9'000LL * 366;  // what a calendar of std::chrono has
    const year_month_day date(sys_days(std::chrono::days(std::clamp(days, -limit, limit))));
    append_padded(out, "%04lld", static_cast<int>(date.year()));
    append_padded(out, "-%02lld", static_cast<unsigned>(date.month()));
    append_padded(out, "-%02lld", static_cast<unsigned>(date.day()));
}

void append_time_of_day(std::string& out, std::int64_t milliseconds) {
    append_padded(out, "%02lld", milliseconds / 3'600'000);
    append_padded(out, ":%02lld", milliseconds / 60'000 % 60);
    append_padded(out, ":%02lld", milliseconds / 1000 % 60);
    append_padded(out, ".%03lld", milliseconds % 1000);
}

void append_timestamp(std::string& out, std::int64_t milliseconds) {
    constexpr std::int64_t day_ms = 86'400'000;
    auto days = milliseconds / day_ms;
    auto rest = milliseconds % day_ms;
    if (rest < 0) {
        rest += day_ms;
        --days;
    }
    append_date(out, days);
    out += 'T';
    append_time_of_day(out, rest);
    out += 'Z';
}

// What is neither text nor has parts.
void append_scalar(std::string& out, const weir_value& from) {
    switch (from.kind) {
        case WEIR_BOOLEAN:
            out += from.of.integer != 0 ? "true" : "false";
            break;
        case WEIR_FLOAT32:
            append_number(out, static_cast<float>(from.of.real));
            break;
        case WEIR_FLOAT64:
            append_number(out, from.of.real);
            break;
        case WEIR_BYTES:
            append_base64(out, text_of(from));
            break;
        case WEIR_DECIMAL:
            if (from.count > decimal_bytes_max)
                append_base64(out, text_of(from));
            else
                append_decimal(out, from);
            break;
        case WEIR_DATE:
            append_date(out, from.of.integer);
            break;
        case WEIR_TIME:
            append_time_of_day(out, from.of.integer);
            break;
        case WEIR_TIMESTAMP:
            append_timestamp(out, from.of.integer);
            break;
        default:
            append_number(out, from.of.integer);
    }
}

bool is_quoted(const weir_value& from) {
    const bool real = from.kind == WEIR_FLOAT32 || from.kind == WEIR_FLOAT64;
    if (real) return !std::isfinite(from.of.real);
    return from.kind == WEIR_BYTES || from.kind == WEIR_DATE || from.kind == WEIR_TIME ||
           from.kind == WEIR_TIMESTAMP ||
           (from.kind == WEIR_DECIMAL && from.count > decimal_bytes_max);
}

void append_json_at(std::string& out, const weir_value& from, int depth);

// A struct's or map's pairs.
void append_object(std::string& out, const weir_value& from, int depth) {
    out += '{';
    for (std::uint32_t index = 0; index < from.count; ++index) {
        if (index > 0) out += ',';
        if (from.kind == WEIR_STRUCT) {
            const auto& name = from.schema->fields[index].name;
            append_json_string(out, {name.data, name.size});
            out += ':';
            append_json_at(out, from.of.items[index], depth + 1);
            continue;
        }
        std::string key;
        append_text(key, from.of.items[2 * index]);
        append_json_string(out, key);
        out += ':';
        append_json_at(out, from.of.items[2 * index + 1], depth + 1);
    }
    out += '}';
}

void append_json_at(std::string& out, const weir_value& from, int depth) {
    const bool is_nothing = from.kind == WEIR_NULL || depth > depth_max ||
                            (from.kind == WEIR_STRUCT && from.schema == nullptr);
    if (is_nothing) {
        out += "null";
        return;
    }
    switch (from.kind) {
        case WEIR_JSON:
            out += text_of(from);
            return;
        case WEIR_STRING:
            append_json_string(out, text_of(from));
            return;
        case WEIR_STRUCT:
        case WEIR_MAP:
            append_object(out, from, depth);
            return;
        case WEIR_ARRAY:
            out += '[';
            for (std::uint32_t index = 0; index < from.count; ++index) {
                if (index > 0) out += ',';
                append_json_at(out, from.of.items[index], depth + 1);
            }
            out += ']';
            return;
        default:
            break;
    }
    const bool quoted = is_quoted(from);
    if (quoted) out += '"';
    append_scalar(out, from);
    if (quoted) out += '"';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (const auto letter : text) {
        if (letter == '"' || letter == '\\') out += '\\';
        if (static_cast<unsigned char>(letter) >= 0x20)
            out += letter;
        else if (letter == '\n')
            out += "\\n";
        else if (letter == '\t')
            out += "\\t";
        else if (letter == '\r')
            out += "\\r";
        else
            append_padded(out, "\\u%04llx", letter);
    }
    out += '"';
}

void append_json(std::string& out, const weir_value& from) {
    append_json_at(out, from, 0);
}

void append_text(std::string& out, const weir_value& from) {
    switch (from.kind) {
        case WEIR_NULL:
            return;
        case WEIR_STRING:
            out += text_of(from);
            return;
        case WEIR_JSON:
            append_json_text(out, text_of(from));
            return;
        case WEIR_ARRAY:
        case WEIR_MAP:
        case WEIR_STRUCT:
            append_json(out, from);
            return;
        default:
            append_scalar(out, from);
    }
}

}  // namespace weir::connectors::file::sink
