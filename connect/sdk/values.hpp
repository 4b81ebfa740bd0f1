// values: makes values and schemas of Connect's data model. A value views what it was made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "connect/sdk/outcome.hpp"

namespace weir::sdk {

inline weir_value null_value(const weir_schema* schema = nullptr) {
    return {WEIR_NULL, 0, 0, 0, {0}, schema};
}
// boolean, int8 to int64, date, time, timestamp
inline weir_value integer_value(weir_kind kind, std::int64_t integer,
                                const weir_schema* schema = nullptr) {
    weir_value out = {static_cast<uint8_t>(kind), 0, 0, 0, {0}, schema};
    out.of.integer = integer;
    return out;
}
// float32, float64
inline weir_value real_value(weir_kind kind, double real, const weir_schema* schema = nullptr) {
    weir_value out = {static_cast<uint8_t>(kind), 0, 0, 0, {0}, schema};
    out.of.real = real;
    return out;
}
// string, bytes, json
inline weir_value text_value(weir_kind kind, std::string_view data,
                             const weir_schema* schema = nullptr) {
    weir_value out = {static_cast<uint8_t>(kind),         0,   0,
                      static_cast<uint32_t>(data.size()), {0}, schema};
    out.of.data = data.data() == nullptr ? "" : data.data();
    return out;
}
inline weir_value string_value(std::string_view data, const weir_schema* schema = nullptr) {
    return text_value(WEIR_STRING, data, schema);
}
inline weir_value decimal_value(std::string_view unscaled, std::int16_t scale,
                                const weir_schema* schema = nullptr) {
    auto out = text_value(WEIR_DECIMAL, unscaled, schema);
    out.scale = scale;
    return out;
}
inline weir_value array_value(std::span<const weir_value> items,
                              const weir_schema* schema = nullptr) {
    weir_value out = {WEIR_ARRAY, 0, 0, static_cast<uint32_t>(items.size()), {0}, schema};
    out.of.items = items.data();
    return out;
}
// Keys and values in turn.
inline weir_value map_value(std::span<const weir_value> pairs,
                            const weir_schema* schema = nullptr) {
    weir_value out = {WEIR_MAP, 0, 0, static_cast<uint32_t>(pairs.size() / 2), {0}, schema};
    out.of.items = pairs.data();
    return out;
}
// A value for each field of the schema, in its order.
inline weir_value struct_value(std::span<const weir_value> fields, const weir_schema* schema) {
    weir_value out = {WEIR_STRUCT, 0, 0, static_cast<uint32_t>(fields.size()), {0}, schema};
    out.of.items = fields.data();
    return out;
}

inline weir_schema plain_schema(weir_kind type, bool optional = false) {
    weir_schema out = {};
    out.size = sizeof(weir_schema);
    out.type = static_cast<uint8_t>(type);
    out.optional = optional ? 1 : 0;
    return out;
}
inline weir_schema struct_schema(std::span<const weir_field> fields, std::string_view name = {},
                                 bool optional = false) {
    auto out = plain_schema(WEIR_STRUCT, optional);
    out.name = text(name);
    out.fields = fields.data();
    out.field_count = static_cast<uint32_t>(fields.size());
    return out;
}

}  // namespace weir::sdk
