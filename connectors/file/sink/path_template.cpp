#include "connectors/file/sink/path_template.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <utility>

namespace weir::connectors::file::sink {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
// A name has at most 255 bytes on the file systems there are; ".NAME.inprogress" must fit.
constexpr std::size_t part_bytes_max = 255 - std::string_view("..inprogress").size();
constexpr std::size_t value_bytes_max = 128;
constexpr std::size_t offset_digits_max = 20;

bool is_control(char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
}

// The span of the smallest unit of a strftime format; 0: not one of ours.
std::int64_t unit_ms(char letter) {
    switch (letter) {
        case 'Y':
        case 'y':
        case 'm':
        case 'd':
        case 'j':
        case 'F':
        case '%':
            return day_ms;
        case 'H':
            return 3'600'000;
        case 'M':
            return 60'000;
        case 'S':
            return 1'000;
        default:
            return 0;
    }
}

void append_time(std::string& out, std::string_view format, std::int64_t timestamp_ms) {
    using namespace std::chrono;
    // Years that a calendar of std::chrono has not are cut to those it has.
    constexpr std::int64_t limit_ms = 9'000LL * 366 * day_ms;
    const sys_time<milliseconds> when(milliseconds(std::clamp(timestamp_ms, -limit_ms, limit_ms)));
    const auto day = floor<days>(when);
    const year_month_day date(day);
    const hh_mm_ss time(when - day);
    const auto number = [&out](const char* form, auto value) {
        std::array<char, 16> digits{};
        out += std::string_view(digits.data(), static_cast<std::size_t>(std::snprintf(
                                                   digits.data(), digits.size(), form, value)));
    };
    const int year = static_cast<int>(date.year());
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%' || at + 1 == format.size()) {
            out += format[at];
            continue;
        }
        const auto letter = format[++at];
        if (letter == 'Y' || letter == 'F') number("%04d", year);
        if (letter == 'F') out += '-';
        if (letter == 'y') number("%02d", ((year % 100) + 100) % 100);
        if (letter == 'm' || letter == 'F') number("%02u", static_cast<unsigned>(date.month()));
        if (letter == 'F') out += '-';
        if (letter == 'd' || letter == 'F') number("%02u", static_cast<unsigned>(date.day()));
        if (letter == 'j') {
            const auto first = sys_days(date.year() / January / 1);
            number("%03d", static_cast<int>((day - first).count()) + 1);
        }
        if (letter == 'H') number("%02d", static_cast<int>(time.hours().count()));
        if (letter == 'M') number("%02d", static_cast<int>(time.minutes().count()));
        if (letter == 'S') number("%02d", static_cast<int>(time.seconds().count()));
        if (letter == '%') out += '%';
    }
}

}  // namespace

std::string harmless(std::string_view text) {
    std::string out(text.substr(0, value_bytes_max));
    for (auto& letter : out) {
        const bool bad =
            letter == '/' || letter == '\\' || letter == '{' || letter == '}' || is_control(letter);
        if (bad) letter = '_';
    }
    if (out.empty()) return "_";
    for (auto& letter : out) {
        if (letter != '.') break;
        letter = '_';
    }
    return out;
}

bool is_safe(std::string_view name) {
    if (name.empty()) return false;
    if (std::ranges::any_of(name, is_control)) return false;
    while (true) {
        const auto slash = name.find('/');
        const auto part = name.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || part.size() > part_bytes_max)
            return false;
        if (slash == name.npos) return true;
        name.remove_prefix(slash + 1);
    }
}

std::string in_progress_name(std::string_view name) {
    const auto slash = name.rfind('/');
    const auto at = slash == name.npos ? 0 : slash + 1;
    std::string out(name.substr(0, at));
    out += '.';
    out += name.substr(at);
    out += ".inprogress";
    return out;
}

std::string name_of(std::string_view bucket, std::int64_t first_offset) {
    constexpr std::string_view opening = "{offset";
    std::string out;
    while (true) {
        const auto at = bucket.find(opening);
        out += bucket.substr(0, at);
        const auto end = at == bucket.npos ? at : bucket.find('}', at);
        if (end == bucket.npos) return out;
        std::size_t digits = 0;
        if (bucket[at + opening.size()] == ':')
            std::from_chars(bucket.data() + at + opening.size() + 1, bucket.data() + end, digits);
        const auto number = std::to_string(first_offset);
        if (digits <= offset_digits_max && number.size() < digits)
            out.append(digits - number.size(), '0');
        out += number;
        bucket.remove_prefix(end + 1);
    }
}

std::expected<void, std::string> path_template::add(std::string_view placeholder) {
    const auto colon = placeholder.find(':');
    const auto name = placeholder.substr(0, colon);
    const auto format =
        colon == placeholder.npos ? std::string_view() : placeholder.substr(colon + 1);
    const auto wrong = [&](std::string_view why) {
        return std::unexpected("{" + std::string(placeholder) + "}: " + std::string(why));
    };
    if (name == "ts") {
        if (format.empty()) return wrong("needs a format, such as {ts:%Y-%m-%d}");
        span_ms_ = span_ms_ == 0 ? day_ms : span_ms_;
        for (std::size_t at = 0; at < format.size(); ++at) {
            if (format[at] != '%') continue;
            const auto unit = at + 1 < format.size() ? unit_ms(format[++at]) : 0;
            if (unit == 0) return wrong("only %Y %y %m %d %j %F %H %M %S %% are known");
            span_ms_ = std::min(span_ms_, unit);
        }
        parts_.push_back({part_kind::time, std::string(format)});
        return {};
    }
    if (name == "offset") {
        std::size_t digits = 0;
        const auto* end = format.data() + format.size();
        const auto read = std::from_chars(format.data(), end, digits);
        if (!format.empty() && (read.ptr != end || digits < 1 || digits > offset_digits_max))
            return wrong("the number of digits is 1 to 20");
        has_offset_ = true;
        parts_.push_back({part_kind::offset, "{" + std::string(placeholder) + "}"});
        return {};
    }
    if (!format.empty()) return wrong("has no format");
    const bool known = name == "topic" || name == "partition" || name == "key";
    if (!known) return wrong("known are topic, partition, offset, ts:FORMAT and key");
    has_topic_ |= name == "topic";
    has_partition_ |= name == "partition";
    has_key_ |= name == "key";
    const auto kind = name == "topic"       ? part_kind::topic
                      : name == "partition" ? part_kind::partition
                                            : part_kind::key;
    parts_.push_back({kind, {}});
    return {};
}

std::expected<path_template, std::string> path_template::parse(std::string_view text) {
    path_template out;
    if (std::ranges::any_of(text, is_control))
        return std::unexpected("has a control character in it");
    if (text.empty() || text.ends_with('/')) return std::unexpected("has no file name at its end");
    const auto slash = text.substr(0, text.find('{')).rfind('/');
    const auto fixed = slash == text.npos ? 0 : slash + 1;
    out.directory_ = fixed == 0 ? "./" : std::string(text.substr(0, fixed));
    auto rest = text.substr(fixed);
    while (!rest.empty()) {
        const auto open = rest.find('{');
        const auto literal = rest.substr(0, open);
        if (literal.contains('}')) return std::unexpected("has a } without a {");
        if (!literal.empty()) out.parts_.push_back({part_kind::literal, std::string(literal)});
        if (open == rest.npos) break;
        const auto close = rest.find('}', open);
        if (close == rest.npos) return std::unexpected("has a { without a }");
        const auto added = out.add(rest.substr(open + 1, close - open - 1));
        if (!added) return std::unexpected(added.error());
        rest.remove_prefix(close + 1);
    }
    if (!out.bucket({.topic = "t", .key = "k"}))
        return std::unexpected("has an empty part, or a part . or .., after its first placeholder");
    return out;
}

std::expected<std::string, std::string> path_template::bucket(const path_facts& facts) const {
    std::string out;
    for (const auto& each : parts_) {
        switch (each.kind) {
            case part_kind::literal:
            case part_kind::offset:
                out += each.text;
                break;
            case part_kind::topic:
                out += harmless(facts.topic);
                break;
            case part_kind::partition:
                out += std::to_string(facts.partition);
                break;
            case part_kind::time:
                append_time(out, each.text, facts.timestamp_ms);
                break;
            case part_kind::key:
                out += harmless(facts.key);
                break;
        }
    }
    if (!is_safe(out) || !is_safe(name_of(out, INT64_MAX)))
        return std::unexpected("the record's file would have the impossible name " + out);
    return out;
}

time_span path_template::span(std::int64_t timestamp_ms) const {
    if (span_ms_ == 0) return {INT64_MIN, INT64_MAX};
    auto from = timestamp_ms / span_ms_ * span_ms_;
    // Towards the past, also before 1970.
    if (from > timestamp_ms) from = from < INT64_MIN + span_ms_ ? INT64_MIN : from - span_ms_;
    return {from, from > INT64_MAX - span_ms_ ? INT64_MAX : from + span_ms_};
}

}  // namespace weir::connectors::file::sink
