#include "connect/converters/json_converter.hpp"

#include "connect/converters/json_values.hpp"

namespace weir::connect::converters {
namespace {

// Texts are kept for so many schemas, then all are made again (schemas.cache.size).
constexpr std::size_t texts_max = 1000;

base::bytes_view kept(std::string_view text, data::arena& memory) {
    return base::as_bytes(memory.copy(text));
}

}  // namespace

converted<data::value> json_converter::to_value(std::optional<base::bytes_view> data,
                                                data::arena& memory, data::schema_store&) {
    if (!data) return data::make_null();
    return reader_.read(base::as_text(*data), memory);
}

converted<std::optional<base::bytes_view>> json_converter::to_bytes(const data::value& from,
                                                                    data::arena& memory) {
    if (data::is_null(from) && from.schema == nullptr) return std::nullopt;
    writer_.clear();
    if (auto written = writer_.write(from.schema, from); !written)
        return std::unexpected(std::move(written.error()));
    return kept(writer_.view(), memory);
}

converted<data::value> json_schema_converter::to_value(std::optional<base::bytes_view> data,
                                                       data::arena& memory,
                                                       data::schema_store& schemas) {
    if (!data) return data::make_null();
    auto envelope = reader_.read_envelope(base::as_text(*data), memory);
    if (!envelope) return std::unexpected(std::move(envelope.error()));
    const auto schema = schema_of(envelope->schema, memory, schemas);
    if (!schema) return std::unexpected(schema.error());
    if (*schema == nullptr) return value_of_json(envelope->payload, memory);
    return value_of_json(**schema, &envelope->payload, memory, rules_.replace_null_with_default);
}

converted<const data::schema*> json_schema_converter::schema_of(std::string_view text,
                                                                data::arena& memory,
                                                                data::schema_store& schemas) {
    if (store_ != &schemas) {
        by_text_.clear();
        last_text_ = {};
        store_ = &schemas;
    }
    if (text == last_text_) return last_;
    auto found = by_text_.find(text);
    if (found == by_text_.end()) {
        if (schemas.count() >= json_schemas_max)
            return std::unexpected("The topic has more different schemas than can be kept.");
        const auto node = reader_.read(text, memory, json_numbers::raw);
        if (!node) return std::unexpected(node.error());
        const auto schema =
            schema_of_json(*node, memory, schemas, rules_.replace_null_with_default);
        if (!schema) return std::unexpected(schema.error());
        if (by_text_.size() >= texts_max) by_text_.clear();
        found = by_text_.emplace(text, *schema).first;
    }
    last_text_ = found->first;
    last_ = found->second;
    return last_;
}

converted<std::string_view> json_schema_converter::text_of(const data::schema* schema) {
    if (schema == nullptr) return "null";
    auto found = texts_.find(schema);
    if (found == texts_.end()) {
        schema_writer_.clear();
        if (auto written = write_schema(schema_writer_, *schema); !written)
            return std::unexpected(std::move(written.error()));
        if (texts_.size() >= texts_max) texts_.clear();
        found = texts_.emplace(schema, schema_writer_.view()).first;
    }
    return found->second;
}

converted<std::optional<base::bytes_view>> json_schema_converter::to_bytes(const data::value& from,
                                                                           data::arena& memory) {
    if (data::is_null(from) && from.schema == nullptr) return std::nullopt;
    const auto schema = text_of(from.schema);
    if (!schema) return std::unexpected(schema.error());
    writer_.clear();
    writer_.append("{\"schema\":");
    writer_.append(*schema);
    writer_.append(",\"payload\":");
    if (auto written = writer_.write(from.schema, from); !written)
        return std::unexpected(std::move(written.error()));
    writer_.append("}");
    return kept(writer_.view(), memory);
}

}  // namespace weir::connect::converters
