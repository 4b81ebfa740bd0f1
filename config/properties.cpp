// Java's properties syntax, as server.properties has it.
#include <algorithm>
#include <charconv>
#include <cstdint>

#include "config/settings.hpp"

namespace weir::config {
namespace {

constexpr std::string_view blanks = " \t\f";

bool is_continued(std::string_view line) {
    std::size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\')
        ++backslashes;
    return backslashes % 2 == 1;
}

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | point >> 6);
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    }
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char letter = text[++at];
        if (letter == 'u' && at + 4 < text.size()) {
            std::uint32_t point = 0;
            const auto* digits = text.data() + at + 1;
            const auto [end, error] = std::from_chars(digits, digits + 4, point, 16);
            if (error == std::errc{} && end == digits + 4) {
                append_utf8(out, point);
                at += 4;
                continue;
            }
        }
        out += letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : letter;
    }
    return out;
}

// The key ends at the first '=', ':' or blank that is not escaped.
std::size_t end_of_key(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '=' || line[at] == ':' ||
                   blanks.find(line[at]) != std::string_view::npos) {
            return at;
        }
    }
    return line.size();
}

void take_entry(std::string_view line, const std::string& place, settings& into) {
    const auto key_end = end_of_key(line);
    auto value = line.substr(key_end);
    value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
    if (!value.empty() && (value[0] == '=' || value[0] == ':')) {
        value.remove_prefix(1);
        value.remove_prefix(std::min(value.find_first_not_of(blanks), value.size()));
    }
    // Kafka trims what people leave behind a value.
    const auto end = value.find_last_not_of(blanks);
    value = value.substr(0, end == std::string_view::npos ? 0 : end + 1);
    into.values[unescaped(line.substr(0, key_end))] = {.value = unescaped(value), .place = place};
}

}  // namespace

void read_properties(std::string_view text, const std::string& file, settings& into) {
    std::size_t number = 0;
    std::string logical;
    std::size_t begun_at = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        ++number;
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (logical.empty()) {
            if (line.empty() || line[0] == '#' || line[0] == '!') continue;
            begun_at = number;
        }
        const bool more = is_continued(line) && !text.empty();
        logical += more ? line.substr(0, line.size() - 1) : line;
        if (more) continue;
        if (!logical.empty()) take_entry(logical, file + ":" + std::to_string(begun_at), into);
        logical.clear();
    }
}

}  // namespace weir::config
