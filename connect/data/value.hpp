// value: what is done with values: made, read, found by name, compared, copied. A value is 24 bytes
// (connect/abi/plugin.h) and views its text, items and schema; nothing here owns. Pure.
//
// Null with a schema is a value that is missing where the schema says what it would be. A struct
// has a value for each field of its schema, in the schema's order. Maps are keys and values in turn
// and keep their order; without a schema their keys are strings, as a JSON object's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "connect/abi/plugin.h"
#include "connect/data/arena.hpp"

namespace weir::connect::data {

using value = weir_value;
using schema = weir_schema;
using record = weir_record;
using header = weir_header;

inline std::string_view view(weir_text text) {
    return {text.data, text.data == nullptr ? 0 : static_cast<std::size_t>(text.size)};
}
inline weir_text text_of(std::string_view view) {
    return {view.data(), view.size()};
}

inline bool is_null(const value& of) {
    return of.kind == WEIR_NULL;
}
// The text of a string, bytes, decimal or json.
inline std::string_view text(const value& of) {
    return {of.of.data, of.count};
}
// The items of an array, the fields of a struct, keys and values of a map.
inline std::span<const value> items(const value& of) {
    return {of.of.items, of.kind == WEIR_MAP ? std::size_t{2} * of.count : of.count};
}

inline value make_null(const schema* with = nullptr) {
    return {WEIR_NULL, 0, 0, 0, {0}, with};
}
// boolean, int8 to int64, date, time, timestamp
inline value make_integer(weir_kind kind, std::int64_t integer, const schema* with = nullptr) {
    value out = {static_cast<std::uint8_t>(kind), 0, 0, 0, {0}, with};
    out.of.integer = integer;
    return out;
}
// float32, float64
inline value make_real(weir_kind kind, double real, const schema* with = nullptr) {
    value out = {static_cast<std::uint8_t>(kind), 0, 0, 0, {0}, with};
    out.of.real = real;
    return out;
}
// string, bytes, json: views `data`
inline value make_text(weir_kind kind, std::string_view data, const schema* with = nullptr) {
    value out = {static_cast<std::uint8_t>(kind),         0,   0,
                 static_cast<std::uint32_t>(data.size()), {0}, with};
    out.of.data = data.data() == nullptr ? "" : data.data();
    return out;
}
inline value make_string(std::string_view data, const schema* with = nullptr) {
    return make_text(WEIR_STRING, data, with);
}
inline value make_decimal(std::string_view unscaled, std::int16_t scale,
                          const schema* with = nullptr) {
    auto out = make_text(WEIR_DECIMAL, unscaled, with);
    out.scale = scale;
    return out;
}
inline value make_array(std::span<const value> of, const schema* with = nullptr) {
    value out = {WEIR_ARRAY, 0, 0, static_cast<std::uint32_t>(of.size()), {0}, with};
    out.of.items = of.data();
    return out;
}
// Keys and values in turn.
inline value make_map(std::span<const value> pairs, const schema* with = nullptr) {
    value out = {WEIR_MAP, 0, 0, static_cast<std::uint32_t>(pairs.size() / 2), {0}, with};
    out.of.items = pairs.data();
    return out;
}
inline value make_struct(std::span<const value> fields, const schema* with) {
    value out = {WEIR_STRUCT, 0, 0, static_cast<std::uint32_t>(fields.size()), {0}, with};
    out.of.items = fields.data();
    return out;
}

// The field of a struct or of a map with string keys; null when there is none, or when `of` is
// neither.
const value* find_field(const value& of, std::string_view name);
// The place of a struct's field; nothing when there is none.
std::optional<std::size_t> field_index(const schema& of, std::string_view name);

// Whether they are the same: kinds, contents and, where both have them, schemas.
bool equal(const value& left, const value& right);
// All of it in `into`, but for the schemas.
value deep_copy(const value& of, arena& into);

// "STRUCT", "INT32": as Kafka Connect's messages name types.
std::string_view kind_name(weir_kind kind);

}  // namespace weir::connect::data
