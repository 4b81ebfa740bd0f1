// How single values stand in the golden JSON: bytes in base64, ids as numbers, uuids as their text.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "broker/protocol/wire.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::broker::protocol {

using nlohmann::json;

template <class T>
json show(const T& value, int version);

template <class Tag, class Rep>
json show(const base::strong<Tag, Rep>& value, int) {
    return value.value();
}
inline json show(const base::uuid& value, int) {
    return value.to_text();
}
inline json show(const base::bytes& value, int) {
    return golden::to_base64(value);
}
inline json show(const records& value, int) {
    return value.present ? json(golden::to_base64(value.memory)) : json(nullptr);
}
inline json show(error_code value, int) {
    return static_cast<int>(value);
}
inline json show(const std::string& value, int) {
    return value;
}
template <class T>
json show(const std::vector<T>& list, int version) {
    json out = json::array();
    for (const auto& each : list)
        out.push_back(show(each, version));
    return out;
}
template <class T>
json show(const std::optional<T>& value, int version) {
    return value ? show(*value, version) : json(nullptr);
}
template <class T>
json show(const T& value, int version) {
    if constexpr (std::is_arithmetic_v<T>) {
        return value;
    } else {
        return to_json(value, version);
    }
}

}  // namespace weir::broker::protocol
