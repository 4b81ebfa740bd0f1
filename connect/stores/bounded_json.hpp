// bounded_json: JSON out of files and topics, within bounds; part of the gateway to nlohmann-json,
// for the stores alone. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace weir::connect::stores {

struct json_bounds {
    std::size_t bytes_max = 0;
    int depth_max = 0;
};

// Nothing for what is no JSON or is beyond the bounds: the parser recurses into nothing, but what
// it makes is destroyed recursively.
inline std::optional<nlohmann::ordered_json> parse_json(std::string_view text,
                                                        const json_bounds& bounds) {
    using json = nlohmann::ordered_json;
    if (text.size() > bounds.bytes_max) return std::nullopt;
    bool too_deep = false;
    const auto watch = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > bounds.depth_max;
        return !too_deep;
    };
    auto parsed = json::parse(text.begin(), text.end(), watch, false);
    if (too_deep || parsed.is_discarded()) return std::nullopt;
    return parsed;
}

// Bytes that are not UTF-8 are replaced.
inline std::string dump_json(const nlohmann::ordered_json& of, int indent = -1) {
    return of.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace weir::connect::stores
