#include "cli/pipeline_tools/text_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "base/utf8.hpp"

namespace weir::cli::pipeline_tools {
namespace {

// Deeper than that, lines are not indented further: a document of nothing but brackets would make
// a text of the square of its size.
constexpr std::size_t indentation_max = 32;

void break_line(std::string& out, std::size_t depth) {
    out += '\n';
    out.append(2 * std::min(depth, indentation_max), ' ');
}

// The end of the string that begins at `at`, which a valid document has.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
}

std::size_t after_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

}  // namespace

bool is_text(std::string_view data) {
    while (!data.empty()) {
        const auto front = base::front_sequence(data);
        if (!front.valid) return false;
        data.remove_prefix(front.size);
    }
    return true;
}

std::string escaped(std::string_view data) {
    return base::log_line_of(data, base::log_format::text);
}

std::string hexadecimal(std::string_view data) {
    std::string out;
    out.reserve(2 * data.size());
    for (const char each : data)
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(each));
    return out;
}

std::string json_string(std::string_view text) {
    const auto content = base::log_line_of(text, base::log_format::json);
    std::string out = "\"";
    for (std::size_t at = 0; at < content.size(); ++at) {
        // Beyond what JSON demands: terminals obey DEL and U+0080 to U+009F, too.
        const auto code = static_cast<unsigned char>(content[at]);
        const auto after =
            at + 1 < content.size() ? static_cast<unsigned char>(content[at + 1]) : 0U;
        if (code == 0x7f) {
            out += "\\u007f";
        } else if (code == 0xc2 && after < 0xa0) {
            out += fmt::format("\\u{:04x}", after);
            ++at;
        } else {
            out += content[at];
        }
    }
    return out + '"';
}

std::string json_member(std::string_view name, std::string_view data) {
    if (is_text(data)) return fmt::format("\"{}\":{}", name, json_string(data));
    return fmt::format("\"{}_hex\":\"{}\"", name, hexadecimal(data));
}

std::string utc_text(std::int64_t milliseconds) {
    using namespace std::chrono;
    // Up to the year 9999; a record may claim any time.
    constexpr std::int64_t latest = 253'402'300'799'999;
    if (milliseconds < 0 || milliseconds > latest) return "-";
    const sys_time<std::chrono::milliseconds> when{std::chrono::milliseconds(milliseconds)};
    const auto day = floor<days>(when);
    const year_month_day date(day);
    const hh_mm_ss time(when - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

std::string indented_json(std::string_view text) {
    if (!nlohmann::json::accept(text)) return {};
    std::string out;
    std::size_t depth = 0;
    for (auto at = after_blanks(text, 0); at < text.size(); at = after_blanks(text, at)) {
        const char letter = text[at];
        if (letter == '"') {
            const auto end = string_end(text, at);
            out += text.substr(at, end - at);
            at = end;
            continue;
        }
        const bool opens = letter == '{' || letter == '[';
        const bool closes = letter == '}' || letter == ']';
        const auto next = after_blanks(text, at + 1);
        if (opens && next < text.size() && (text[next] == '}' || text[next] == ']')) {
            out += letter;
            out += text[next];
            at = next + 1;
            continue;
        }
        if (closes) break_line(out, --depth);
        out += letter;
        if (letter == ':') out += ' ';
        if (opens) break_line(out, ++depth);
        if (letter == ',') break_line(out, depth);
        ++at;
    }
    return out;
}

}  // namespace weir::cli::pipeline_tools
