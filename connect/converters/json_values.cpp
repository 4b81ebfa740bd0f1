#include "connect/converters/json_values.hpp"

#include <charconv>

#include "connect/converters/json_reader.hpp"
#include "connect/data/base64.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"

namespace weir::connect::converters {
namespace {

using data::schema;
using data::value;
using made = std::expected<value, std::string>;

bool is_number(const value& node) {
    return node.kind == WEIR_JSON;
}
bool is_whole(const value& node) {
    return is_number(node) && kind_of_number(data::text(node)) == json_number::whole;
}

// Jackson's names of what was found.
std::string_view node_type(const value& node) {
    switch (node.kind) {
        case WEIR_NULL:
            return "NULL";
        case WEIR_BOOLEAN:
            return "BOOLEAN";
        case WEIR_STRING:
            return "STRING";
        case WEIR_ARRAY:
            return "ARRAY";
        case WEIR_MAP:
            return "OBJECT";
        default:
            return "NUMBER";
    }
}

// JsonNode.longValue(): 0 for what is no number.
std::int64_t long_of(const value& node) {
    if (!is_number(node)) return 0;
    const auto text = data::text(node);
    std::int64_t out = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc() && at == text.data() + text.size()) return out;
    return data::number_to_long(text);
}

class reading {
  public:
    reading(data::arena& memory, bool replace_null)
        : memory_(memory), replace_null_(replace_null) {}

    made read(const schema& with, const value* node) {
        if (node == nullptr || node->kind == WEIR_NULL) return read_null(with);
        const auto kind = data::value_kind(with);
        switch (kind) {
            case WEIR_BOOLEAN:
                return data::make_integer(kind, node->kind == WEIR_BOOLEAN ? node->of.integer : 0,
                                          &with);
            case WEIR_INT8:
                return data::make_integer(kind, static_cast<std::int8_t>(long_of(*node)), &with);
            case WEIR_INT16:
                return data::make_integer(kind, static_cast<std::int16_t>(long_of(*node)), &with);
            case WEIR_INT32:
                return data::make_integer(kind, static_cast<std::int32_t>(long_of(*node)), &with);
            case WEIR_INT64:
                return data::make_integer(kind, long_of(*node), &with);
            case WEIR_FLOAT32:
                return data::make_real(
                    kind, is_number(*node) ? data::decimal_to_float(data::text(*node)) : 0, &with);
            case WEIR_FLOAT64:
                return data::make_real(
                    kind, is_number(*node) ? data::decimal_to_double(data::text(*node)) : 0, &with);
            case WEIR_STRING:
                return node->kind == WEIR_STRING ? data::make_string(data::text(*node), &with)
                                                 : data::make_null(&with);
            case WEIR_BYTES:
                return read_bytes(with, *node);
            case WEIR_ARRAY:
                return read_array(with, *node);
            case WEIR_MAP:
                return with.key->type == WEIR_STRING ? read_object(with, *node)
                                                     : read_pairs(with, *node);
            case WEIR_STRUCT:
                return read_struct(with, *node);
            default:
                return read_logical(kind, with, *node);
        }
    }

  private:
    static std::unexpected<std::string> refused(std::string_view why, std::string_view what = {}) {
        return std::unexpected(std::string(why).append(what));
    }

    made read_null(const schema& with) const {
        if (with.initial != nullptr && with.initial->kind != WEIR_NULL && replace_null_) {
            auto out = *with.initial;
            out.schema = &with;
            return out;
        }
        if (with.optional != 0) return data::make_null(&with);
        return refused("Invalid null value for required ",
                       std::string(data::kind_name(static_cast<weir_kind>(with.type))) + " field");
    }

    made read_bytes(const schema& with, const value& node) {
        if (node.kind != WEIR_STRING) return data::make_null(&with);
        const auto bytes = data::read_base64(data::text(node), memory_);
        if (!bytes) return refused("Invalid bytes field");
        return data::make_text(WEIR_BYTES, *bytes, &with);
    }

    made read_array(const schema& with, const value& node) {
        // What is neither array nor object has no elements.
        if (node.kind != WEIR_ARRAY && node.kind != WEIR_MAP) return data::make_array({}, &with);
        const std::size_t step = node.kind == WEIR_MAP ? 2 : 1;
        const auto from = data::items(node);
        const auto to = memory_.take_array<value>(node.count);
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto item = read(*with.item, &from[index * step + step - 1]);
            if (!item) return item;
            to[index] = *item;
        }
        return data::make_array(to, &with);
    }

    made read_object(const schema& with, const value& node) {
        if (node.kind != WEIR_MAP)
            return refused("Maps with string fields should be encoded as JSON objects, but found ",
                           node_type(node));
        const auto from = data::items(node);
        const auto to = memory_.take_array<value>(from.size());
        for (std::size_t index = 0; index < from.size(); index += 2) {
            to[index] = data::make_string(data::text(from[index]), with.key);
            const auto item = read(*with.item, &from[index + 1]);
            if (!item) return item;
            to[index + 1] = *item;
        }
        return data::make_map(to, &with);
    }

    made read_pairs(const schema& with, const value& node) {
        if (node.kind != WEIR_ARRAY)
            return refused(
                "Maps with non-string fields should be encoded as JSON array of tuples, but found ",
                node_type(node));
        const auto from = data::items(node);
        const auto to = memory_.take_array<value>(from.size() * 2);
        for (std::size_t index = 0; index < from.size(); ++index) {
            if (from[index].kind != WEIR_ARRAY)
                return refused("Found invalid map entry instead of array tuple: ",
                               node_type(from[index]));
            if (from[index].count != 2)
                return refused("Found invalid map entry, expected length 2 but found :",
                               data::number_text::of_integer(from[index].count).view());
            const auto pair = data::items(from[index]);
            const auto key = read(*with.key, &pair[0]);
            if (!key) return key;
            const auto item = read(*with.item, &pair[1]);
            if (!item) return item;
            to[index * 2] = *key;
            to[index * 2 + 1] = *item;
        }
        return data::make_map(to, &with);
    }

    made read_struct(const schema& with, const value& node) {
        if (node.kind != WEIR_MAP)
            return refused("Structs should be encoded as JSON objects, but found ",
                           node_type(node));
        const auto pairs = data::items(node);
        const auto to = memory_.take_array<value>(with.field_count);
        std::size_t next = 0;  // members come in the schema's order, mostly
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto& field = with.fields[index];
            const auto name = data::view(field.name);
            const value* member = nullptr;
            if (next < pairs.size() && data::text(pairs[next]) == name) {
                member = &pairs[next + 1];
                next += 2;
            } else {
                member = data::find_field(node, name);
            }
            const auto item = read(*field.schema, member);
            if (!item) return item;
            // Java's value that is null although it must not be: a string that was no string.
            if (item->kind == WEIR_NULL && field.schema->optional == 0)
                return refused(
                    "Invalid value: null used for required field: \"",
                    std::string(name) + "\", schema type: " +
                        std::string(data::kind_name(static_cast<weir_kind>(field.schema->type))));
            to[index] = *item;
        }
        return data::make_struct(to, &with);
    }

    made read_logical(weir_kind kind, const schema& with, const value& node) {
        if (kind == WEIR_DECIMAL) return read_decimal(with, node);
        if (kind == WEIR_TIMESTAMP) {
            if (!is_whole(node))
                return refused(
                    "Invalid type for Timestamp, underlying representation should be integral but "
                    "was ",
                    node_type(node));
            return data::make_integer(kind, long_of(node), &with);
        }
        const auto number = long_of(node);
        if (!is_whole(node) || number != static_cast<std::int32_t>(number))
            return refused(kind == WEIR_DATE ? "Invalid type for Date" : "Invalid type for Time",
                           std::string(", underlying representation should be integer but was ")
                               .append(node_type(node)));
        if (kind == WEIR_TIME && (number < 0 || number > 86'400'000))
            return refused(
                "Time values must use number of milliseconds greater than 0 and less than "
                "86400000");
        return data::make_integer(kind, number, &with);
    }

    made read_decimal(const schema& with, const value& node) {
        if (is_number(node)) {
            auto out = data::parse_decimal(data::text(node), memory_);
            if (!out) return refused("Invalid bytes for Decimal field");
            out->schema = &with;
            return *out;
        }
        if (node.kind != WEIR_STRING)
            return refused(
                "Invalid type for Decimal, underlying representation should be numeric or bytes "
                "but was ",
                node_type(node));
        const auto bytes = data::read_base64(data::text(node), memory_);
        for (std::size_t index = 0; bytes && index < with.parameter_count; ++index) {
            if (data::view(with.parameters[index].key) != "scale") continue;
            const auto scale =
                data::parse_integer(data::view(with.parameters[index].value), -32768, 32767);
            if (scale && !bytes->empty())
                return data::make_decimal(*bytes, static_cast<std::int16_t>(*scale), &with);
        }
        return refused("Invalid bytes for Decimal field");
    }

    data::arena& memory_;
    bool replace_null_;
};

}  // namespace

std::expected<value, std::string> value_of_json(const schema& with, const value* node,
                                                data::arena& memory,
                                                bool replace_null_with_default) {
    return reading(memory, replace_null_with_default).read(with, node);
}

value value_of_json(const value& node, data::arena& memory) {
    if (is_number(node)) {
        if (is_whole(node)) return data::make_integer(WEIR_INT64, long_of(node));
        return data::make_real(WEIR_FLOAT64, data::decimal_to_double(data::text(node)));
    }
    if (node.kind != WEIR_ARRAY && node.kind != WEIR_MAP) return node;
    const auto from = data::items(node);
    const auto to = memory.take_array<value>(from.size());
    for (std::size_t index = 0; index < from.size(); ++index)
        to[index] = value_of_json(from[index], memory);
    auto out = node;
    out.of.items = to.data();
    return out;
}

}  // namespace weir::connect::converters
