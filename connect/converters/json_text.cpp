#include "connect/converters/json_text.hpp"

namespace weir::connect::converters {
namespace {

constexpr std::string_view escapes = "\"\\/bfnrt";
constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";

std::optional<std::uint32_t> hex_digit(char of) {
    if (of >= '0' && of <= '9') return static_cast<std::uint32_t>(of - '0');
    if (of >= 'a' && of <= 'f') return static_cast<std::uint32_t>(of - 'a' + 10);
    if (of >= 'A' && of <= 'F') return static_cast<std::uint32_t>(of - 'A' + 10);
    return std::nullopt;
}

// Of \uXXXX at the front.
std::optional<std::uint32_t> code_unit(std::string_view raw) {
    if (raw.size() < 6 || raw[0] != '\\' || raw[1] != 'u') return std::nullopt;
    std::uint32_t out = 0;
    for (const char each : raw.substr(2, 4)) {
        const auto digit = hex_digit(each);
        if (!digit) return std::nullopt;
        out = out << 4U | *digit;
    }
    return out;
}

char* write_utf8(std::uint32_t point, char* out) {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0U | point >> 6U);
        put(0x80U | (point & 0x3fU));
    } else if (point < 0x10000) {
        put(0xe0U | point >> 12U);
        put(0x80U | (point >> 6U & 0x3fU));
        put(0x80U | (point & 0x3fU));
    } else {
        put(0xf0U | point >> 18U);
        put(0x80U | (point >> 12U & 0x3fU));
        put(0x80U | (point >> 6U & 0x3fU));
        put(0x80U | (point & 0x3fU));
    }
    return out;
}

// The character of \uXXXX[\uXXXX] at the front, and how long that is.
struct escaped_point {
    std::uint32_t point = 0;
    std::size_t size = 0;
};
std::optional<escaped_point> point_of(std::string_view raw) {
    const auto first = code_unit(raw);
    if (!first) return std::nullopt;
    const bool high = *first >= 0xd800 && *first < 0xdc00;
    const auto second = high ? code_unit(raw.substr(6)) : std::nullopt;
    if (second && *second >= 0xdc00 && *second < 0xe000)
        return escaped_point{0x10000 + ((*first - 0xd800) << 10U) + (*second - 0xdc00), 12};
    const bool half = *first >= 0xd800 && *first < 0xe000;
    return escaped_point{half ? 0xfffdU : *first, 6};
}

}  // namespace

std::size_t write_escape(unsigned char of, char* out) {
    static constexpr std::string_view hex = "0123456789ABCDEF";
    const auto known = meanings.find(static_cast<char>(of));
    out[0] = '\\';
    if (known != std::string_view::npos) {
        out[1] = escapes[known];
        return 2;
    }
    std::memcpy(out + 1, "u00", 3);
    out[4] = hex[of >> 4U];
    out[5] = hex[of & 15U];
    return 6;
}

std::optional<std::size_t> unescape_json(std::string_view raw, char* out) {
    char* const begin = out;
    std::size_t at = 0;
    while (at < raw.size()) {
        if (raw[at] != '\\') {
            *out++ = raw[at++];
            continue;
        }
        if (at + 1 == raw.size()) return std::nullopt;
        if (const auto known = escapes.find(raw[at + 1]); known != std::string_view::npos) {
            *out++ = meanings[known];
            at += 2;
            continue;
        }
        const auto escaped = point_of(raw.substr(at));
        if (!escaped) return std::nullopt;
        out = write_utf8(escaped->point, out);
        at += escaped->size;
    }
    return static_cast<std::size_t>(out - begin);
}

bool is_escaped_json(std::string_view raw) {
    for (std::size_t at = raw.find('\\'); at < raw.size(); at = raw.find('\\', at)) {
        if (at + 1 == raw.size()) return false;
        if (escapes.contains(raw[at + 1])) {
            at += 2;
        } else if (code_unit(raw.substr(at))) {
            at += 6;
        } else {
            return false;
        }
    }
    return true;
}

bool is_string_content(std::string_view raw) {
    std::size_t at = 0;
    while (at < raw.size()) {
        at += plain_size(raw.data() + at, raw.size() - at);
        if (at == raw.size()) break;
        if (raw[at] != '\\' || at + 1 == raw.size()) return false;
        at += 2;
    }
    return is_escaped_json(raw);
}

}  // namespace weir::connect::converters
