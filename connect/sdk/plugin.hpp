// plugin: declares what a shared object offers. A whole connector:
//
//   using namespace weir::sdk;
//   constexpr option options[] = {
//       {.name = "rate", .type = WEIR_OPTION_INTEGER, .initial = "10", .valid = "1..",
//        .text = "Records per second."},
//   };
//   class ticks : public source { ... static outcome create(...); outcome poll(...) override; };
//   WEIR_PLUGIN("ticks", source_of<ticks>("ticks", "1.0", "Counts.", options))
#pragma once

#include <array>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "connect/sdk/sink.hpp"
#include "connect/sdk/source.hpp"

namespace weir::sdk {

struct option {
    std::string_view name;
    weir_option_type type = WEIR_OPTION_STRING;
    std::string_view initial = {};  // without data: no default
    std::string_view valid = {};
    bool required = false;
    bool accepted = false;  // known, without effect
    std::string_view text = {};
};

// The tables of one connector; lives as long as the shared object.
class connector {
  public:
    connector(std::string_view type, std::string_view version, std::string_view about,
              std::span<const option> options, const weir_source* source, const weir_sink* sink) {
        for (const auto& each : options) {
            options_.push_back({sizeof(weir_option), static_cast<uint32_t>(each.type),
                                (each.required ? WEIR_OPTION_REQUIRED : 0U) |
                                    (each.accepted ? WEIR_OPTION_ACCEPTED : 0U),
                                0, text(each.name), text(each.initial), text(each.valid),
                                text(each.text)});
            flat_.push_back(&options_.back());
        }
        table_ = {sizeof(weir_connector),
                  static_cast<uint32_t>(flat_.size()),
                  text(type),
                  text(version),
                  text(about),
                  flat_.data(),
                  source,
                  sink};
    }
    connector(const connector&) = delete;
    connector& operator=(const connector&) = delete;

    const weir_connector* table() const { return &table_; }

  private:
    std::deque<weir_option> options_;  // whose elements stay where they are
    std::vector<const weir_option*> flat_;
    weir_connector table_ = {};
};

template <class Source>
const weir_connector* source_of(std::string_view type, std::string_view version,
                                std::string_view about, std::span<const option> options) {
    static const connector made(type, version, about, options,
                                &detail::source_functions<Source>::table, nullptr);
    return made.table();
}
template <class Sink>
const weir_connector* sink_of(std::string_view type, std::string_view version,
                              std::string_view about, std::span<const option> options) {
    static const connector made(type, version, about, options, nullptr,
                                &detail::sink_functions<Sink>::table);
    return made.table();
}

}  // namespace weir::sdk

// The entry symbol: the plugin's name, then its connectors.
#define WEIR_PLUGIN(plugin_name, ...)                                                       \
    extern "C" __attribute__((visibility("default"))) const weir_plugin* weir_plugin_entry( \
        uint32_t host_abi_version) {                                                        \
        if (host_abi_version < WEIR_ABI_VERSION) return nullptr;                            \
        static const weir_connector* const connectors[] = {__VA_ARGS__};                    \
        static const weir_plugin plugin = {sizeof(weir_plugin),                             \
                                           WEIR_ABI_VERSION,                                \
                                           ::weir::sdk::text(plugin_name),                  \
                                           sizeof(connectors) / sizeof(connectors[0]),      \
                                           0,                                               \
                                           connectors};                                     \
        return &plugin;                                                                     \
    }
