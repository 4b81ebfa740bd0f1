#include "tests/conformance/typed_settings.hpp"

#include <algorithm>
#include <charconv>

#include "connect/sdk/outcome.hpp"

namespace weir::conformance {
namespace {

using connect::plugin::component_setting;
using connect::plugin::component_settings;

struct unit {
    std::string_view name;
    std::int64_t factor;
};
constexpr unit durations[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr unit sizes[] = {{"", 1},
                          {"B", 1},
                          {"kB", 1000},
                          {"MB", 1'000'000},
                          {"GB", 1'000'000'000},
                          {"KiB", 1LL << 10},
                          {"MiB", 1LL << 20},
                          {"GiB", 1LL << 30}};

template <class Units>
bool read_measure(std::string_view text, const Units& units, std::int64_t& into) {
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, into);
    const std::string_view rest(read.ptr, static_cast<std::size_t>(end - read.ptr));
    const auto found = std::ranges::find(units, rest, &unit::name);
    if (read.ec != std::errc() || found == std::end(units)) return false;
    into *= found->factor;
    return true;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto at = text.find(separator);
        out.emplace_back(text.substr(0, at));
        text.remove_prefix(at == text.npos ? text.size() : at + 1);
    }
    return out;
}

bool read_value(component_setting& into) {
    const std::string_view text = into.text;
    const auto* end = text.data() + text.size();
    switch (into.type) {
        case WEIR_OPTION_BOOLEAN:
            into.integer = text == "true" ? 1 : 0;
            return text == "true" || text == "false";
        case WEIR_OPTION_INTEGER: {
            const auto read = std::from_chars(text.data(), end, into.integer);
            return read.ec == std::errc() && read.ptr == end;
        }
        case WEIR_OPTION_REAL: {
            const auto read = std::from_chars(text.data(), end, into.real);
            return read.ec == std::errc() && read.ptr == end;
        }
        case WEIR_OPTION_DURATION:
            return read_measure(text, durations, into.integer);
        case WEIR_OPTION_BYTES:
            return read_measure(text, sizes, into.integer);
        case WEIR_OPTION_LIST:
            into.items = split(text, ',');
            return true;
        case WEIR_OPTION_MAP:
            for (const auto& pair : split(text, ';')) {
                const auto equals = pair.find('=');
                if (equals == pair.npos) return false;
                into.items.push_back(pair.substr(0, equals));
                into.items.push_back(pair.substr(equals + 1));
            }
            return true;
        default:
            return true;
    }
}

}  // namespace

std::optional<component_setting> typed(const weir_option& option, std::string_view text) {
    component_setting out;
    out.name = sdk::view(option.name);
    out.type = static_cast<weir_option_type>(option.type);
    out.text = text;
    out.written = text;
    if (!read_value(out)) return std::nullopt;
    return out;
}

component_settings settings_of(const weir_connector& connector, const texts& written,
                               const std::string& data_dir) {
    std::vector<component_setting> all;
    for (std::uint32_t index = 0; index < connector.option_count; ++index) {
        const auto& option = *connector.options[index];
        const auto found =
            std::ranges::find(written, sdk::view(option.name), &texts::value_type::first);
        if (found == written.end() && option.initial.data == nullptr) continue;
        const auto text =
            found == written.end() ? sdk::view(option.initial) : std::string_view(found->second);
        if (auto made = typed(option, text)) all.push_back(std::move(*made));
    }
    return {"conformance", data_dir, std::move(all)};
}

}  // namespace weir::conformance
