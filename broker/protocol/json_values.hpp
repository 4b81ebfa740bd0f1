// How single values stand in the JSON of a message: ids as numbers, uuids as their text, bytes in
// base64. Included by the generated json.cpp only.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/json_writer.hpp"
#include "broker/protocol/wire.hpp"

namespace weir::broker::protocol {

template <class T>
void put_value(json_writer& out, const T& value, int version);

inline void put_value(json_writer& out, bool value, int) {
    out.put_bool(value);
}
inline void put_value(json_writer& out, double value, int) {
    out.put_number(value);
}
template <class Tag, class Rep>
void put_value(json_writer& out, const base::strong<Tag, Rep>& value, int) {
    out.put_number(std::int64_t{value.value()});
}
inline void put_value(json_writer& out, const base::uuid& value, int) {
    out.put_text(value.to_text());
}
inline void put_value(json_writer& out, const base::bytes& value, int) {
    out.put_base64(value);
}
inline void put_value(json_writer& out, const records& value, int) {
    value.present ? out.put_base64(value.memory) : out.put_null();
}
inline void put_value(json_writer& out, error_code value, int) {
    out.put_number(std::int64_t{static_cast<std::int16_t>(value)});
}
inline void put_value(json_writer& out, const std::string& value, int) {
    out.put_text(value);
}
template <class T>
void put_value(json_writer& out, const std::vector<T>& list, int version) {
    out.begin_array();
    for (const auto& each : list)
        put_value(out, each, version);
    out.end_array();
}
template <class T>
void put_value(json_writer& out, const std::optional<T>& value, int version) {
    value ? put_value(out, *value, version) : out.put_null();
}
template <class T>
void put_value(json_writer& out, const T& value, int version) {
    if constexpr (std::is_integral_v<T>) {
        out.put_number(static_cast<std::int64_t>(value));
    } else {
        write_json(out, value, version);
    }
}

}  // namespace weir::broker::protocol
