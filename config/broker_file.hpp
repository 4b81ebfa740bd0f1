// broker_file: the tables [node] and [broker] of a TOML file, as settings of a broker. Pure.
#pragma once

#include <string_view>

#include "config/document.hpp"
#include "config/settings.hpp"

namespace weir::config {

// `name` is "node" or "broker", whose short names are known; other keys are Kafka's. What is
// unknown becomes an error.
void read_broker_table(std::string_view name, const document_value& table, settings& into);

}  // namespace weir::config
