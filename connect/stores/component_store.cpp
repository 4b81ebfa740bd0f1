#include "connect/stores/component_store.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>

#include "connect/data/value.hpp"
#include "connect/stores/bounded_json.hpp"

namespace weir::connect::stores {
namespace {

using json = nlohmann::ordered_json;
constexpr json_bounds bounds = {.bytes_max = std::size_t{16} << 20, .depth_max = 8};

std::string text_at(const json& of, const char* name) {
    const auto found = of.find(name);
    return found != of.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t integer_at(const json& of, const char* name) {
    const auto found = of.find(name);
    return found != of.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

json json_of(const plugin::component_setting& from) {
    json out = {{"name", from.name},
                {"type", static_cast<int>(from.type)},
                {"written", from.written},
                {"secret", from.secret}};
    if (from.secret) return out;
    out["integer"] = from.integer;
    out["real"] = from.real;
    out["text"] = from.text;
    out["items"] = from.items;
    return out;
}

std::optional<plugin::component_setting> setting_of(const json& from,
                                                    const resolve_function& resolve) {
    if (!from.is_object()) return std::nullopt;
    plugin::component_setting out;
    out.name = text_at(from, "name");
    const auto type = integer_at(from, "type");
    if (out.name.empty() || type < 0 || type > WEIR_OPTION_MAP) return std::nullopt;
    out.type = static_cast<weir_option_type>(type);
    out.written = text_at(from, "written");
    const auto secret = from.find("secret");
    out.secret = secret != from.end() && secret->is_boolean() && secret->get<bool>();
    if (out.secret) {
        const bool literal = !out.written.contains("${");
        std::optional<std::string> value;
        if (literal) value = out.written;
        if (!literal && resolve) value = resolve(out.written);
        if (!value) return std::nullopt;
        out.text = std::move(*value);
        (void)std::from_chars(out.text.data(), out.text.data() + out.text.size(), out.integer);
        return out;
    }
    out.integer = integer_at(from, "integer");
    const auto real = from.find("real");
    if (real != from.end() && real->is_number()) out.real = real->get<double>();
    out.text = text_at(from, "text");
    const auto items = from.find("items");
    if (items == from.end() || !items->is_array()) return out;
    for (const auto& each : *items) {
        if (each.is_string()) out.items.push_back(each.get<std::string>());
    }
    return out;
}

std::optional<seen_component> component_of(const json& from) {
    if (!from.is_object()) return std::nullopt;
    seen_component out;
    const auto kind = text_at(from, "kind");
    if (kind != "source" && kind != "sink") return std::nullopt;
    out.kind = kind == "source" ? pipeline::component_kind::source : pipeline::component_kind::sink;
    out.type = text_at(from, "type");
    out.data_dir = text_at(from, "data_dir");
    const auto settings = from.find("settings");
    if (settings == from.end() || !settings->is_array()) return std::nullopt;
    out.settings = dump_json(*settings);
    return out;
}

}  // namespace

std::string component_key(pipeline::component_kind kind, std::string_view name) {
    return fmt::format("{}.{}", kind == pipeline::component_kind::source ? "source" : "sink", name);
}

std::string to_text(const plugin::component_settings& settings) {
    auto out = json::array();
    for (const auto& each : settings.all())
        out.push_back(json_of(each));
    return dump_json(out);
}

plugin::component_settings from_text(const seen_component& of, const std::string& name,
                                     const resolve_function& resolve) {
    std::vector<plugin::component_setting> out;
    const auto parsed = parse_json(of.settings, bounds);
    if (parsed && parsed->is_array()) {
        for (const auto& each : *parsed) {
            if (auto setting = setting_of(each, resolve)) out.push_back(std::move(*setting));
        }
    }
    return {name, of.data_dir, std::move(out)};
}

seen_component seen_of(const pipeline::component& what) {
    return {.kind = what.kind,
            .type = what.type,
            .settings = to_text(what.settings),
            .data_dir = what.settings.with_abi(
                [](const weir_settings& abi) { return std::string(data::view(abi.data_dir)); })};
}

std::string write_components(const seen_components& all) {
    auto out = json::object();
    for (const auto& [key, of] : all) {
        const auto settings = parse_json(of.settings, bounds);
        out[key] = {
            {"kind", of.kind == pipeline::component_kind::source ? "source" : "sink"},
            {"type", of.type},
            {"data_dir", of.data_dir},
            {"settings", settings && settings->is_array() ? *settings : json::array()},
        };
    }
    return dump_json(out, 1) + "\n";
}

std::optional<seen_components> read_components(std::string_view text) {
    const auto parsed = parse_json(text, bounds);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    seen_components out;
    for (const auto& [key, of] : parsed->items()) {
        auto component = component_of(of);
        if (!component) return std::nullopt;
        out.insert_or_assign(key, std::move(*component));
    }
    return out;
}

std::expected<component_store, std::string> component_store::open(
    const std::filesystem::path& directory) {
    component_store made(directory / "components.json");
    std::error_code error;
    if (!std::filesystem::exists(made.file_, error)) return made;
    std::ifstream file(made.file_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto all = read_components(text);
    if (!file || !all) {
        return std::unexpected(fmt::format(
            "{}: it cannot be read; remove it, and connectors are set up again as if for the first "
            "time",
            made.file_.string()));
    }
    made.all_ = std::move(*all);
    return made;
}

std::expected<void, std::string> component_store::save() const {
    std::error_code error;
    std::filesystem::create_directories(file_.parent_path(), error);
    const auto part = std::filesystem::path(file_.string() + ".part");
    {
        std::ofstream file(part, std::ios::binary | std::ios::trunc);
        std::filesystem::permissions(
            part, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
        file << write_components(all_);
        file.flush();
        if (!file) return std::unexpected(fmt::format("{}: it cannot be written", part.string()));
    }
    std::filesystem::rename(part, file_, error);
    if (!error) return {};
    return std::unexpected(fmt::format("{}: {}", file_.string(), error.message()));
}

std::expected<void, std::string> component_store::put(const std::string& key, seen_component what) {
    all_.insert_or_assign(key, std::move(what));
    return save();
}

std::expected<void, std::string> component_store::remove(const std::string& key) {
    all_.erase(key);
    return save();
}

}  // namespace weir::connect::stores
