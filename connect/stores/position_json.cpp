#include "connect/stores/position_json.hpp"

#include <nlohmann/json.hpp>

namespace weir::connect::stores {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t bytes_max = 1 << 20;
constexpr int depth_max = 32;

// The parser recurses into nothing, but what it makes is destroyed recursively.
std::optional<json> parse(std::string_view text) {
    if (text.size() > bytes_max) return std::nullopt;
    bool too_deep = false;
    const auto watch = [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > depth_max;
        return !too_deep;
    };
    auto parsed = json::parse(text.begin(), text.end(), watch, false);
    if (too_deep || parsed.is_discarded()) return std::nullopt;
    return parsed;
}

std::string dump(const json& of) {
    return of.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::optional<std::string> compact_object(std::string_view text) {
    const auto parsed = parse(text);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    return dump(*parsed);
}

std::string write_position_key(std::string_view component, std::string_view partition) {
    std::string out = "[";
    out += dump(json(component));
    out += ',';
    out += partition;
    out += ']';
    return out;
}

std::optional<position_key> read_position_key(std::string_view key) {
    const auto parsed = parse(key);
    if (!parsed || !parsed->is_array() || parsed->size() != 2) return std::nullopt;
    const auto& name = (*parsed)[0];
    const auto& partition = (*parsed)[1];
    if (!name.is_string() || !partition.is_object()) return std::nullopt;
    return position_key{.component = name.get<std::string>(), .partition = dump(partition)};
}

}  // namespace weir::connect::stores
