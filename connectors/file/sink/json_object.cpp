// The part of value_text.hpp that reads: it finds the fields of one JSON object, with as little
// looking as that takes. Pure; any bytes, no recursion.
#include <algorithm>
#include <charconv>
#include <cstdint>

#include "connectors/file/sink/value_text.hpp"

namespace weir::connectors::file::sink {
namespace {

constexpr bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
    while (at < text.size() && is_space(text[at]))
        ++at;
    return at;
}

// Behind the string that begins at `at`; npos when it does not end.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.npos;
}

// Behind the value that begins at `at`; npos when it does not end.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    const auto begin = at;
    while (at < text.size()) {
        const auto letter = text[at];
        if (letter == '"') {
            at = end_of_string(text, at);
            if (at == text.npos || depth == 0) return at;
            continue;
        }
        if (letter == '{' || letter == '[') ++depth;
        const bool closes = letter == '}' || letter == ']';
        if (closes && depth > 0 && --depth == 0) return at + 1;
        const bool ends = depth == 0 && (closes || letter == ',' || is_space(letter));
        if (ends) return at == begin ? text.npos : at;
        ++at;
    }
    return text.npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    if (code >= 0x10000) {
        out += static_cast<char>(0xf0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    } else if (code >= 0x800) {
        out += static_cast<char>(0xe0 | code >> 12);
    } else {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3f));
        return;
    }
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
}

// The four digits at `at`; 0xfffd for what is none.
std::uint32_t code_unit(std::string_view text, std::size_t at) {
    std::uint32_t out = 0;
    if (at > text.size() || text.size() - at < 4) return 0xfffd;
    const auto* end = text.data() + at + 4;
    const auto read = std::from_chars(text.data() + at, end, out, 16);
    return read.ptr == end ? out : 0xfffd;
}

// The character of \uXXXX, whose digits begin at `at`; goes behind the second half of a pair.
std::uint32_t take_code_point(std::string_view text, std::size_t& at) {
    const auto first = code_unit(text, at);
    at += 4;
    if (first < 0xd800 || first > 0xdfff) return first;
    const bool pair = first < 0xdc00 && text.substr(std::min(at, text.size())).starts_with("\\u");
    const auto second = pair ? code_unit(text, at + 2) : 0;
    if (second < 0xdc00 || second > 0xdfff) return 0xfffd;
    at += 6;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

// The inside of a string, without escapes.
void append_unescaped(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto letter = text[at++];
        if (letter != '\\' || at == text.size()) {
            out += letter;
            continue;
        }
        const auto escaped = text[at++];
        switch (escaped) {
            case 'n':
                out += '\n';
                break;
            case 't':
                out += '\t';
                break;
            case 'r':
                out += '\r';
                break;
            case 'b':
                out += '\b';
                break;
            case 'f':
                out += '\f';
                break;
            case 'u':
                append_utf8(out, take_code_point(text, at));
                break;
            default:
                out += escaped;
        }
    }
}

}  // namespace

bool read_json_object(std::string_view text, std::vector<json_field>& out) {
    out.clear();
    auto at = skip_spaces(text, 0);
    if (at == text.size() || text[at] != '{') return false;
    at = skip_spaces(text, at + 1);
    if (at < text.size() && text[at] == '}') return skip_spaces(text, at + 1) == text.size();
    while (at < text.size() && text[at] == '"') {
        const auto name_end = end_of_string(text, at);
        if (name_end == text.npos) return false;
        auto& field = out.emplace_back();
        append_unescaped(field.name, text.substr(at + 1, name_end - at - 2));
        at = skip_spaces(text, name_end);
        if (at == text.size() || text[at] != ':') return false;
        at = skip_spaces(text, at + 1);
        const auto end = end_of_value(text, at);
        if (end == text.npos) return false;
        field.value = text.substr(at, end - at);
        at = skip_spaces(text, end);
        if (at == text.size()) return false;
        if (text[at] == '}') return skip_spaces(text, at + 1) == text.size();
        if (text[at] != ',') return false;
        at = skip_spaces(text, at + 1);
    }
    return false;
}

void append_json_text(std::string& out, std::string_view value) {
    if (value == "null") return;
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    if (quoted)
        append_unescaped(out, value.substr(1, value.size() - 2));
    else
        out += value;
}

}  // namespace weir::connectors::file::sink
