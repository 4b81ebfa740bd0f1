#include "connectors/http/record_template.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "connectors/http/url.hpp"

namespace weir::connectors::http {

namespace {

constexpr std::string_view time_letters = "YmdHMSj%";

void append_number(std::int64_t number, std::string& into) {
    std::array<char, 24> digits;
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    into.append(digits.data(), written.ptr);
}

void append_padded(std::int64_t number, std::size_t width, std::string& into) {
    const auto begin = into.size();
    append_number(number, into);
    const auto size = into.size() - begin;
    if (size < width) into.insert(begin, width - size, '0');
}

void append_escaped(std::string_view text, escape how, std::string& into) {
    if (how == escape::url) return percent_encode(text, into);
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        if (how == escape::header && (code < 0x20 || code >= 0x7f)) {
            percent_encode({&letter, 1}, into);
        } else if (how == escape::index && letter >= 'A' && letter <= 'Z') {
            into += static_cast<char>(letter - 'A' + 'a');
        } else {
            into += letter;
        }
    }
}

bool is_time_format(std::string_view format) {
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%') continue;
        ++at;
        if (at == format.size() || time_letters.find(format[at]) == std::string_view::npos)
            return false;
    }
    return !format.empty();
}

}  // namespace

void format_time(std::int64_t timestamp_ms, std::string_view format, std::string& into) {
    using namespace std::chrono;
    // Within the years 0 to 9999, where the calendar of <chrono> holds.
    const auto ms = std::clamp<std::int64_t>(timestamp_ms, -62167219200000, 253402300799999);
    const sys_time<milliseconds> time{milliseconds(ms)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%' || at + 1 == format.size()) {
            into += format[at];
            continue;
        }
        switch (format[++at]) {
            case 'Y':
                append_padded(static_cast<int>(date.year()), 4, into);
                break;
            case 'm':
                append_padded(static_cast<unsigned>(date.month()), 2, into);
                break;
            case 'd':
                append_padded(static_cast<unsigned>(date.day()), 2, into);
                break;
            case 'H':
                append_padded(clock.hours().count(), 2, into);
                break;
            case 'M':
                append_padded(clock.minutes().count(), 2, into);
                break;
            case 'S':
                append_padded(clock.seconds().count(), 2, into);
                break;
            case 'j': {
                const sys_days first = date.year() / January / 1;
                append_padded((day - first).count() + 1, 3, into);
                break;
            }
            default:
                into += format[at];
        }
    }
}

std::expected<record_template, std::string> record_template::compile(std::string_view text) {
    record_template out;
    while (!text.empty()) {
        const auto brace = text.find_first_of("{}");
        out.add_literal(text.substr(0, brace));
        if (brace == std::string_view::npos) break;
        text.remove_prefix(brace);
        if (text.size() > 1 && text[1] == text[0]) {
            out.add_literal(text.substr(0, 1));
            text.remove_prefix(2);
            continue;
        }
        const auto end = text.find('}');
        if (text[0] == '}') return std::unexpected("a } without its {; }} stands for one");
        if (end == std::string_view::npos)
            return std::unexpected("a { without its }; {{ stands for one");
        const auto added = out.add_place(text.substr(1, end - 1));
        if (!added) return std::unexpected(added.error());
        text.remove_prefix(end + 1);
    }
    return out;
}

std::expected<void, std::string> record_template::add_place(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, place>, 4> names = {
        {{"topic", place::topic},
         {"partition", place::partition},
         {"key", place::key},
         {"offset", place::offset}}};
    const auto* found = std::ranges::find(names, name, [](const auto& each) { return each.first; });
    if (found != names.end()) {
        parts_.push_back({found->second, {}});
        return {};
    }
    if (name.starts_with("ts:")) {
        if (!is_time_format(name.substr(3)))
            return std::unexpected("{ts:...} takes %Y, %m, %d, %H, %M, %S, %j and %%");
        parts_.push_back({place::time, std::string(name.substr(3))});
        return {};
    }
    return std::unexpected("{" + std::string(name) +
                           "} is not known; there are {topic}, {partition}, {key}, {offset} and "
                           "{ts:%Y-%m-%d}");
}

void record_template::add_literal(std::string_view text) {
    if (text.empty()) return;
    if (parts_.empty() || parts_.back().what != place::literal)
        parts_.push_back({place::literal, {}});
    parts_.back().text += text;
}

bool record_template::has(place what) const {
    return std::ranges::any_of(parts_, [what](const part& each) { return each.what == what; });
}

std::string_view record_template::head() const {
    return parts_.empty() || is_place(0) ? std::string_view() : parts_.front().text;
}

std::expected<void, std::string> record_template::expand(const weir_record& of, escape how,
                                                         std::string& into) const {
    for (const auto& each : parts_) {
        switch (each.what) {
            case place::literal:
                into += each.text;
                break;
            case place::topic:
                append_escaped(sdk::view(of.topic), how, into);
                break;
            case place::partition:
                append_number(of.partition, into);
                break;
            case place::offset:
                append_number(of.offset, into);
                break;
            case place::key:
                if (of.key.kind == WEIR_NULL && how != escape::header)
                    return std::unexpected("{key}: the record has no key");
                append_escaped(bytes_of(of.key), how, into);
                break;
            case place::time:
                if (of.timestamp_ms < 0)
                    return std::unexpected("{ts}: the record has no timestamp");
                format_time(of.timestamp_ms, each.text, into);
                break;
        }
    }
    return {};
}

}  // namespace weir::connectors::http
