#include "transforms/smt/cast_value.hpp"

#include <cmath>
#include <limits>

#include "connect/data/base64.hpp"
#include "connect/data/civil_date.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"
#include "transforms/smt/date_format.hpp"

namespace weir::transforms::smt {
namespace {

using cast = std::expected<data::value, std::string>;

refusal out_of_range(std::string_view text) {
    return refusal(
        std::string("Value (").append(text).append(") was out of range for requested data type"));
}

refusal unexpected_type(const data::value& of) {
    return refusal("Unexpected type in Cast transformation: " + class_text(of));
}

bool is_date(const data::value& of) {
    return of.kind == WEIR_DATE || of.kind == WEIR_TIME || of.kind == WEIR_TIMESTAMP;
}

bool is_text(const data::value& of) {
    return of.kind == WEIR_STRING || of.kind == WEIR_JSON;
}

std::int64_t low_bits(std::int64_t of, weir_kind kind) {
    if (kind == WEIR_INT8) return static_cast<std::int8_t>(of);
    if (kind == WEIR_INT16) return static_cast<std::int16_t>(of);
    if (kind == WEIR_INT32) return static_cast<std::int32_t>(of);
    return of;
}

cast to_whole(const data::value& of, weir_kind to) {
    if (is_text(of)) {
        const auto bits = to == WEIR_INT8    ? 7U
                          : to == WEIR_INT16 ? 15U
                          : to == WEIR_INT32 ? 31U
                                             : 63U;
        const auto max = static_cast<std::int64_t>((std::uint64_t{1} << bits) - 1);
        const auto number = data::parse_integer(data::text(of), -max - 1, max);
        if (!number) return out_of_range(data::text(of));
        return data::make_integer(to, *number);
    }
    if (of.kind == WEIR_FLOAT32 || of.kind == WEIR_FLOAT64) {
        // Java goes by int to the smaller types.
        const auto number = to == WEIR_INT64 ? data::to_long(of.of.real) : data::to_int(of.of.real);
        return data::make_integer(to, low_bits(number, to));
    }
    if (of.kind == WEIR_BYTES) return unexpected_type(of);
    const auto number = of.kind == WEIR_DECIMAL ? data::decimal_to_long(of) : of.of.integer;
    return data::make_integer(to, low_bits(number, to));
}

cast to_real(const data::value& of, weir_kind to) {
    const bool single = to == WEIR_FLOAT32;
    if (is_text(of)) {
        const auto text = data::text(of);
        if (single) {
            const auto number = data::parse_float(text);
            if (!number) return out_of_range(text);
            return data::make_real(to, static_cast<double>(*number));
        }
        const auto number = data::parse_double(text);
        if (!number) return out_of_range(text);
        return data::make_real(to, *number);
    }
    if (of.kind == WEIR_BYTES) return unexpected_type(of);
    if (of.kind == WEIR_DECIMAL) {
        const auto text = data::decimal_text(of);
        if (!text) return out_of_range("a decimal with too many digits");
        return data::make_real(to, single ? static_cast<double>(data::decimal_to_float(*text))
                                          : data::decimal_to_double(*text));
    }
    if (of.kind == WEIR_FLOAT32 || of.kind == WEIR_FLOAT64)
        return data::make_real(
            to, single ? static_cast<double>(static_cast<float>(of.of.real)) : of.of.real);
    return data::make_real(to, single ? static_cast<double>(static_cast<float>(of.of.integer))
                                      : static_cast<double>(of.of.integer));
}

cast to_boolean(const data::value& of) {
    if (is_text(of)) {
        const auto text = data::text(of);
        bool same = text.size() == 4;
        for (std::size_t at = 0; same && at < 4; ++at)
            same = (text[at] | 0x20) == "true"[at];
        return data::make_integer(WEIR_BOOLEAN, same ? 1 : 0);
    }
    const auto number = to_whole(of, WEIR_INT64);
    if (!number) return number;
    return data::make_integer(WEIR_BOOLEAN, number->of.integer != 0 ? 1 : 0);
}

std::int64_t ms_of(const data::value& of) {
    return of.kind == WEIR_DATE ? of.of.integer * data::day_ms : of.of.integer;
}

// Values.dateFormatFor: a time before the second day of 1970, a date at midnight, else both.
std::string date_text(std::int64_t ms) {
    static const auto time = date_format::of_pattern("HH:mm:ss.SSS'Z'");
    static const auto date = date_format::of_pattern("yyyy-MM-dd");
    static const auto both = date_format::of_pattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
    const auto& format = ms < data::day_ms ? time : ms % data::day_ms == 0 ? date : both;
    std::string out;
    format->append(ms, out);
    return out;
}

cast to_text(const data::value& of, data::arena& memory) {
    const auto kept = [&](std::string_view text) { return data::make_string(memory.copy(text)); };
    switch (of.kind) {
        case WEIR_BOOLEAN:
            return data::make_string(of.of.integer != 0 ? "true" : "false");
        case WEIR_FLOAT32:
            return kept(data::number_text::of_float(static_cast<float>(of.of.real)));
        case WEIR_FLOAT64:
            return kept(data::number_text::of_double(of.of.real));
        case WEIR_STRING:
        case WEIR_JSON:
            return data::make_string(data::text(of));
        case WEIR_BYTES: {
            const auto size = data::base64_size(of.count);
            auto* const out = static_cast<char*>(memory.take(size, 1));
            data::write_base64(data::text(of), out);
            return data::make_string({out, size});
        }
        case WEIR_DECIMAL: {
            const auto text = data::decimal_text(of);
            if (!text) return out_of_range("a decimal with too many digits");
            return kept(*text);
        }
        case WEIR_DATE:
        case WEIR_TIME:
        case WEIR_TIMESTAMP:
            return kept(date_text(ms_of(of)));
        default:
            return kept(data::number_text::of_integer(of.of.integer));
    }
}

}  // namespace

cast cast_value(const data::value& of, const data::schema* with, weir_kind to,
                data::arena& memory) {
    if (data::is_null(of)) return data::make_null();
    const bool logical = of.kind == WEIR_DECIMAL || is_date(of);
    if (with == nullptr && logical)
        return refusal("Cast transformation was passed a value of type " + class_text(of) +
                       " which is not supported by Connect's data API");
    if (of.kind == WEIR_ARRAY || of.kind == WEIR_MAP || of.kind == WEIR_STRUCT)
        return refusal(std::string("Cast transformation does not support casting from ")
                           .append(data::kind_name(static_cast<weir_kind>(of.kind)))
                           .append("; supported types are [INT8, INT16, INT32, INT64, FLOAT32, "
                                   "FLOAT64, BOOLEAN, STRING, BYTES]"));
    switch (to) {
        case WEIR_BOOLEAN:
            return to_boolean(of);
        case WEIR_INT8:
        case WEIR_INT16:
        case WEIR_INT32:
        case WEIR_INT64:
            return to_whole(of, to);
        case WEIR_FLOAT32:
        case WEIR_FLOAT64:
            return to_real(of, to);
        case WEIR_STRING:
            return to_text(of, memory);
        default:
            return refusal(std::string(data::kind_name(to)) +
                           " is not supported in the Cast transformation.");
    }
}

}  // namespace weir::transforms::smt
