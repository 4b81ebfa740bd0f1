#include "connect/stores/position_json.hpp"

#include "connect/stores/bounded_json.hpp"

namespace weir::connect::stores {
namespace {

using json = nlohmann::ordered_json;

constexpr json_bounds bounds = {.bytes_max = 1 << 20, .depth_max = 32};

}  // namespace

std::optional<std::string> compact_object(std::string_view text) {
    const auto parsed = parse_json(text, bounds);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    return dump_json(*parsed);
}

std::string write_position_key(std::string_view component, std::string_view partition) {
    std::string out = "[";
    out += dump_json(json(component));
    out += ',';
    out += partition;
    out += ']';
    return out;
}

std::optional<position_key> read_position_key(std::string_view key) {
    const auto parsed = parse_json(key, bounds);
    if (!parsed || !parsed->is_array() || parsed->size() != 2) return std::nullopt;
    const auto& name = (*parsed)[0];
    const auto& partition = (*parsed)[1];
    if (!name.is_string() || !partition.is_object()) return std::nullopt;
    return position_key{.component = name.get<std::string>(), .partition = dump_json(partition)};
}

}  // namespace weir::connect::stores
