#include "connect/plugin/plugin_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "connect/plugin/option_row.hpp"

namespace weir::connect::plugin {
namespace {

constexpr std::uint32_t connectors_max = 256;
constexpr std::uint32_t options_max = 4096;
constexpr std::uint64_t name_size_max = 200;
constexpr std::uint64_t text_size_max = 64UL * 1024;

std::string_view view(weir_text text) {
    return {text.data, static_cast<std::size_t>(text.size)};
}

bool is_text(weir_text text, std::uint64_t most) {
    return text.size <= most && (text.data != nullptr || text.size == 0);
}

bool is_name(weir_text text) {
    if (!is_text(text, name_size_max) || text.size == 0) return false;
    return std::ranges::all_of(view(text), [](unsigned char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
               (each >= '0' && each <= '9') || each == '_' || each == '-' || each == '.';
    });
}

std::optional<std::string> check_option(const weir_option* given,
                                        std::set<std::string_view>& names) {
    if (given == nullptr) return "is null";
    if (given->size < sizeof(weir_option)) return fmt::format("has the size {}", given->size);
    if (!is_name(given->name)) return "has no proper name";
    const auto name = view(given->name);
    if (!names.insert(name).second) return fmt::format("{} is there twice", name);
    if (given->type > WEIR_OPTION_MAP) return fmt::format("{} has type {}", name, given->type);
    const bool texts = is_text(given->initial, text_size_max) &&
                       is_text(given->valid, text_size_max) && is_text(given->text, text_size_max);
    if (!texts) return fmt::format("{} has a text without data or too long", name);
    const option_row row{.name = name,
                         .type = static_cast<weir_option_type>(given->type),
                         .initial = given->initial.data == nullptr
                                        ? std::optional<std::string_view>()
                                        : view(given->initial)};
    if (const auto initial = read_initial(row); !initial) {
        return fmt::format("{} has a default that it cannot have: {}", name, initial.error());
    }
    return std::nullopt;
}

std::optional<std::string> check_functions(const weir_connector& given) {
    if ((given.source == nullptr) == (given.sink == nullptr)) {
        return "is neither a source nor a sink, or both";
    }
    if (given.source != nullptr) {
        const auto& table = *given.source;
        if (table.size < sizeof(weir_source)) return "has a source table that is too short";
        const bool whole = table.create != nullptr && table.poll != nullptr &&
                           table.request_stop != nullptr && table.destroy != nullptr;
        if (!whole) return "lacks one of create, poll, request_stop and destroy";
        return std::nullopt;
    }
    const auto& table = *given.sink;
    if (table.size < sizeof(weir_sink)) return "has a sink table that is too short";
    const bool whole = table.create != nullptr && table.put != nullptr &&
                       table.request_stop != nullptr && table.destroy != nullptr;
    if (!whole) return "lacks one of create, put, request_stop and destroy";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> check_connector(const weir_connector* given) {
    if (given == nullptr) return "a connector is null";
    if (given->size < sizeof(weir_connector)) {
        return fmt::format("a connector's table has the size {}", given->size);
    }
    if (!is_name(given->type)) return "a connector has no proper type";
    const auto type = view(given->type);
    if (!is_text(given->version, name_size_max) || !is_text(given->text, text_size_max)) {
        return fmt::format("connector {}: a text has no data or is too long", type);
    }
    if (given->option_count > options_max) {
        return fmt::format("connector {} has {} options", type, given->option_count);
    }
    if (given->options == nullptr && given->option_count > 0) {
        return fmt::format("connector {}: its options are null", type);
    }
    std::set<std::string_view> names;
    for (std::uint32_t index = 0; index < given->option_count; ++index) {
        if (const auto reason = check_option(given->options[index], names)) {
            return fmt::format("connector {}: option {} {}", type, index + 1, *reason);
        }
    }
    if (const auto reason = check_functions(*given)) {
        return fmt::format("connector {} {}", type, *reason);
    }
    return std::nullopt;
}

std::optional<std::string> check_plugin(const weir_plugin* given) {
    if (given == nullptr) {
        return fmt::format("it cannot work with ABI version {}; it needs another version of weir",
                           WEIR_ABI_VERSION);
    }
    if (given->size < sizeof(weir_plugin)) {
        return fmt::format("its table has the size {}", given->size);
    }
    if (given->abi_version != WEIR_ABI_VERSION) {
        return fmt::format("it was built for ABI version {}, this weir has {}; build it anew",
                           given->abi_version, WEIR_ABI_VERSION);
    }
    if (!is_name(given->name)) return "it has no proper name";
    if (given->connector_count == 0 || given->connector_count > connectors_max) {
        return fmt::format("it has {} connectors", given->connector_count);
    }
    if (given->connectors == nullptr) return "its connectors are null";
    std::set<std::string> seen;
    for (std::uint32_t index = 0; index < given->connector_count; ++index) {
        const auto* each = given->connectors[index];
        if (auto reason = check_connector(each)) return reason;
        const auto key =
            fmt::format("{} {}", each->source != nullptr ? "source" : "sink", view(each->type));
        if (!seen.insert(key).second) return fmt::format("it has the {} twice", key);
    }
    return std::nullopt;
}

}  // namespace weir::connect::plugin
