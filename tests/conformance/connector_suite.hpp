// connector_suite: what every connector must do, seen through the plugin ABI alone, as the host
// sees it. GoogleTest's expectations say what is wrong.
//
//   const subject ticks{.plugin = ".../ticks.so", .type = "ticks", .settings = {{"rate", "0"}}};
//   check_connector(ticks);
#pragma once

#include <cstdint>
#include <string>

#include "tests/conformance/typed_settings.hpp"

namespace weir::conformance {

enum class role : std::uint8_t { source, sink };

struct subject {
    std::string plugin = {};  // the shared object
    std::string type = {};
    role as = role::source;
    texts settings = {};  // of which the connector works
    std::string data_dir = {};
    // Of a source: what it must give, in a few seconds.
    std::size_t records_min = 1;
    // Of a source: from the same positions it gives the same records. Then positions are tried.
    bool deterministic = true;
};

// All of it, but what the role rules out.
void check_connector(const subject& of);

// The parts, for those who want one of them.
const weir_connector* find_connector(const subject& of);  // null, with a failure: there is none
void check_options(const weir_connector& connector);
void check_bad_settings(const subject& of, const weir_connector& connector);
void check_source(const subject& of, const weir_connector& connector);
void check_sink(const subject& of, const weir_connector& connector);

}  // namespace weir::conformance
