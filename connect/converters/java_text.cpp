#include "connect/converters/java_text.hpp"

#include <fmt/format.h>

#include <array>

#include "connect/data/civil_date.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"

namespace weir::connect::converters {
namespace {

using data::value;

// "Thu Jan 01 00:00:00 UTC 1970"
void append_date(std::string& out, std::int64_t ms) {
    static constexpr std::array weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto days = data::floor_divide(ms, data::day_ms);
    const auto second = data::floor_modulo(ms, data::day_ms) / 1000;
    const auto date = data::date_of_days(days);
    out += fmt::format("{} {} {:02} {:02}:{:02}:{:02} UTC {}",
                       weekdays[static_cast<std::size_t>(data::weekday_of_days(days))],
                       months[static_cast<std::size_t>(date.month - 1)], date.day, second / 3600,
                       second / 60 % 60, second % 60, date.year);
}

void append_list(std::string& out, const value& of) {
    out += '[';
    const auto items = data::items(of);
    for (std::size_t index = 0; index < items.size(); ++index) {
        if (index != 0) out += ", ";
        append_java_text(out, items[index]);
    }
    out += ']';
}

void append_map(std::string& out, const value& of) {
    out += '{';
    const auto items = data::items(of);
    for (std::size_t index = 0; index < items.size(); index += 2) {
        if (index != 0) out += ", ";
        append_java_text(out, items[index]);
        out += '=';
        append_java_text(out, items[index + 1]);
    }
    out += '}';
}

void append_struct(std::string& out, const value& of) {
    out += "Struct{";
    bool first = true;
    for (std::size_t index = 0; index < of.count; ++index) {
        if (data::is_null(of.of.items[index])) continue;
        if (!first) out += ',';
        first = false;
        out.append(data::view(of.schema->fields[index].name)).append("=");
        append_java_text(out, of.of.items[index]);
    }
    out += '}';
}

}  // namespace

void append_java_text(std::string& out, const value& of) {
    switch (of.kind) {
        case WEIR_NULL:
            out += "null";
            return;
        case WEIR_BOOLEAN:
            out += of.of.integer != 0 ? "true" : "false";
            return;
        case WEIR_FLOAT32:
            out += data::number_text::of_float(static_cast<float>(of.of.real)).view();
            return;
        case WEIR_FLOAT64:
            out += data::number_text::of_double(of.of.real).view();
            return;
        case WEIR_STRING:
        case WEIR_BYTES:
        case WEIR_JSON:
            out += data::text(of);
            return;
        case WEIR_DECIMAL:
            out += data::decimal_text(of).value_or("(a decimal with too many digits)");
            return;
        case WEIR_ARRAY:
            return append_list(out, of);
        case WEIR_MAP:
            return append_map(out, of);
        case WEIR_STRUCT:
            return append_struct(out, of);
        case WEIR_DATE:
            return append_date(out, data::ms_of_days(of.of.integer));
        case WEIR_TIME:
        case WEIR_TIMESTAMP:
            return append_date(out, of.of.integer);
        default:
            out += data::number_text::of_integer(of.of.integer).view();
    }
}

}  // namespace weir::connect::converters
