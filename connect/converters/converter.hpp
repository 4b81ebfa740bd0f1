// converter: between the bytes of a topic and values. The names are those of Kafka Connect's
// converters, in short:
//
//   auto         bytes to values: an object or array in JSON is WEIR_JSON, other UTF-8 a string,
//                the rest bytes. Values to bytes: text and bytes as they are, all else as JSON.
//   json         JSON without schema (JsonConverter, schemas.enable=false)
//   json_schema  the envelope {"schema": ..., "payload": ...} (JsonConverter, schemas.enable=true)
//   string, bytes
//
// The names of Kafka's classes stand for them, too; JsonConverter is json_schema, as it is without
// options.
//
// Pure; one thread at a time. A schema that to_bytes() was given lives as long as the converter.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "connect/data/schema.hpp"
#include "connect/data/value.hpp"

namespace weir::connect::converters {

// How JSON is to write decimals: Connect's decimal.format, BASE64 (its default) or NUMERIC; and
// whether null stands for a missing field that has a default (replace.null.with.default).
struct converter_options {
    std::string_view name = "auto";
    std::string_view decimal_format = "BASE64";
    bool replace_null_with_default = true;
    // auto: an object or array in JSON is taken apart to a map or array instead of WEIR_JSON, for
    // those who look into it (a chain of transforms).
    bool expand_json = false;
};

// Why bytes are no value, or a value has no bytes: a sentence.
template <class T>
using converted = std::expected<T, std::string>;

class converter {
  public:
    virtual ~converter() = default;
    // The value views `data` and what is taken from `memory`; its schema lives as long as
    // `schemas`.
    virtual converted<data::value> to_value(std::optional<base::bytes_view> data,
                                            data::arena& memory, data::schema_store& schemas) = 0;
    // Views the value or `memory`; nothing for null (a tombstone).
    virtual converted<std::optional<base::bytes_view>> to_bytes(const data::value& from,
                                                                data::arena& memory) = 0;
};

// The error is a sentence that names the converters there are.
std::expected<std::unique_ptr<converter>, std::string> make_converter(
    const converter_options& options);

// The value in another form, for those who want JSON whatever the converter made (WEIR_FORM_JSON):
// WEIR_JSON or null. Decimals are numbers: who asks for JSON knows nothing of Connect's.
converted<data::value> to_json(const data::value& from, data::arena& memory);

}  // namespace weir::connect::converters
