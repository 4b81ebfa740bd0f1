// literal: a text of the configuration as the value it looks like: null, a boolean, a number of the
// smallest type that holds it, a date, time or timestamp, an array, a map, else a string; as
// Kafka's Values.parseString does it. Pure.
#pragma once

#include <string_view>

#include "transforms/smt/step.hpp"

namespace weir::transforms::smt {

// With its schema; null has none. Views `memory`.
data::value parse_literal(std::string_view text, data::arena& memory, data::schema_store& schemas);

}  // namespace weir::transforms::smt
