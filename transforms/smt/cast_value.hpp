// cast_value: one value as another type, as Kafka's Cast does it with Java's conversions. Pure.
#pragma once

#include <expected>
#include <string>

#include "transforms/smt/step.hpp"

namespace weir::transforms::smt {

// `with` may be null: a value without a schema. To boolean, int8 to int64, float32, float64 or
// string; another target is refused, as Kafka refuses it for a struct's default. Its schema is
// null.
std::expected<data::value, std::string> cast_value(const data::value& of, const data::schema* with,
                                                   weir_kind to, data::arena& memory);

}  // namespace weir::transforms::smt
