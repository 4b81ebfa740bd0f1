// json_values: JSON that was read (json_reader, numbers raw) as values of a schema, and as a schema
// itself: the two parts of the envelope {"schema": ..., "payload": ...}. Behaves as Kafka's
// JsonConverter, its error texts included. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "connect/converters/json_writer.hpp"
#include "connect/data/schema.hpp"
#include "connect/data/value.hpp"

namespace weir::connect::converters {

// `node` may be null: a member that is missing. The value views `node` and `memory`.
std::expected<data::value, std::string> value_of_json(const data::schema& with,
                                                      const data::value* node, data::arena& memory,
                                                      bool replace_null_with_default);
// The same without a schema: only the numbers change.
data::value value_of_json(const data::value& node, data::arena& memory);

// What the member "schema" says; kept in `schemas`. Null for JSON's null.
std::expected<const data::schema*, std::string> schema_of_json(const data::value& node,
                                                               data::arena& memory,
                                                               data::schema_store& schemas,
                                                               bool replace_null_with_default);
// Writes a schema as the member "schema"; `field` is its name in the struct around it.
std::expected<void, std::string> write_schema(json_writer& out, const data::schema& of,
                                              const std::string_view* field = nullptr);

}  // namespace weir::connect::converters
