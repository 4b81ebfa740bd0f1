// The member "schema" of the envelope: read and written as Kafka's JsonConverter does
// (JsonSchema.java names its members). Pure. Declared in json_values.hpp.
#include <array>
#include <unordered_set>

#include "connect/converters/json_reader.hpp"
#include "connect/converters/json_values.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"

namespace weir::connect::converters {
namespace {

using data::schema;
using data::value;
using kept = std::expected<const schema*, std::string>;

struct type_name {
    std::string_view name;
    weir_kind kind;
};
constexpr std::array type_names = {
    type_name{"boolean", WEIR_BOOLEAN}, type_name{"int8", WEIR_INT8},
    type_name{"int16", WEIR_INT16},     type_name{"int32", WEIR_INT32},
    type_name{"int64", WEIR_INT64},     type_name{"float", WEIR_FLOAT32},
    type_name{"double", WEIR_FLOAT64},  type_name{"bytes", WEIR_BYTES},
    type_name{"string", WEIR_STRING},   type_name{"array", WEIR_ARRAY},
    type_name{"map", WEIR_MAP},         type_name{"struct", WEIR_STRUCT}};

bool is_string(const value* node) {
    return node != nullptr && node->kind == WEIR_STRING;
}

class schema_reading {
  public:
    schema_reading(data::arena& memory, data::schema_store& schemas, bool replace_null)
        : memory_(memory), schemas_(schemas), replace_null_(replace_null) {}

    kept read(const value& node) {
        if (node.kind == WEIR_NULL) return nullptr;
        data::schema_parts parts;
        if (const auto wrong = read_type(node, parts); !wrong.empty())
            return std::unexpected(wrong);
        if (const auto* optional = data::find_field(node, "optional"))
            parts.optional = optional->kind == WEIR_BOOLEAN && optional->of.integer != 0;
        if (const auto* name = data::find_field(node, "name"); is_string(name))
            parts.name = data::text(*name);
        if (const auto* doc = data::find_field(node, "doc"); is_string(doc))
            parts.doc = data::text(*doc);
        if (const auto* version = data::find_field(node, "version");
            version != nullptr && version->kind == WEIR_JSON &&
            kind_of_number(data::text(*version)) == json_number::whole)
            parts.version = static_cast<std::int32_t>(data::number_to_long(data::text(*version)));
        if (const auto wrong = read_parameters(node, parts); !wrong.empty())
            return std::unexpected(wrong);
        const auto* const initial = data::find_field(node, "default");
        if (initial == nullptr) return schemas_.keep(parts);
        const auto* const without = schemas_.keep(parts);
        const auto made = value_of_json(*without, initial, memory_, replace_null_);
        if (!made) return std::unexpected(made.error());
        // A default of null is none.
        if (made->kind == WEIR_NULL) return without;
        parts.initial = &*made;
        return schemas_.keep(parts);
    }

  private:
    // Empty, or what is wrong.
    std::string read_type(const value& node, data::schema_parts& parts) {
        const auto* const type = data::find_field(node, "type");
        if (!is_string(type)) return "Schema must contain 'type' field";
        for (const auto& each : type_names) {
            if (each.name != data::text(*type)) continue;
            parts.type = each.kind;
            if (each.kind == WEIR_STRUCT) return read_fields(node, parts);
            if (each.kind == WEIR_ARRAY)
                return read_part(node, "items", "Array schema did not specify the element type",
                                 parts.item);
            if (each.kind != WEIR_MAP) return {};
            auto wrong =
                read_part(node, "keys", "Map schema did not specify the key type", parts.key);
            if (wrong.empty())
                wrong = read_part(node, "values", "Map schema did not specify the value type",
                                  parts.item);
            return wrong;
        }
        return std::string("Unknown schema type: ").append(data::text(*type));
    }

    std::string read_part(const value& node, std::string_view name, std::string_view missing,
                          const schema*& out) {
        const auto* const part = data::find_field(node, name);
        if (part == nullptr || part->kind == WEIR_NULL) return std::string(missing);
        const auto made = read(*part);
        if (!made) return made.error();
        out = *made;
        return {};
    }

    std::string read_fields(const value& node, data::schema_parts& parts) {
        const auto* const fields = data::find_field(node, "fields");
        if (fields == nullptr || fields->kind != WEIR_ARRAY)
            return "Struct schema's \"fields\" argument is not an array.";
        std::unordered_set<std::string_view> seen;
        for (const auto& each : data::items(*fields)) {
            const auto* const name = data::find_field(each, "field");
            if (!is_string(name)) return "Struct schema's field name not specified properly";
            if (name->count == 0) return "fieldName cannot be null.";
            const auto made = read(each);
            if (!made) return made.error();
            if (!seen.insert(data::text(*name)).second)
                return std::string("Cannot create field because of field name duplication ")
                    .append(data::text(*name));
            parts.fields.push_back({data::text_of(data::text(*name)), *made});
        }
        return {};
    }

    static std::string read_parameters(const value& node, data::schema_parts& parts) {
        const auto* const parameters = data::find_field(node, "parameters");
        if (parameters == nullptr || parameters->kind != WEIR_MAP) return {};
        const auto pairs = data::items(*parameters);
        for (std::size_t index = 0; index < pairs.size(); index += 2) {
            if (!is_string(&pairs[index + 1])) return "Schema parameters must have string values.";
            parts.parameters.push_back({data::text_of(data::text(pairs[index])),
                                        data::text_of(data::text(pairs[index + 1]))});
        }
        return {};
    }

    data::arena& memory_;
    data::schema_store& schemas_;
    bool replace_null_;
};

void write_member(json_writer& out, std::string_view before, std::string_view text) {
    out.append(before);
    out.write_string(text);
}

using written = std::expected<void, std::string>;

written write_fields(json_writer& out, const schema& of) {
    out.append(",\"fields\":[");
    for (std::size_t index = 0; index < of.field_count; ++index) {
        if (index != 0) out.append(",");
        const auto name = data::view(of.fields[index].name);
        if (auto done = write_schema(out, *of.fields[index].schema, &name); !done) return done;
    }
    out.append("]");
    return {};
}

written write_parts(json_writer& out, const schema& of) {
    if (of.type == WEIR_STRUCT) return write_fields(out, of);
    if (of.key != nullptr) {
        out.append(",\"keys\":");
        if (auto done = write_schema(out, *of.key); !done) return done;
    }
    if (of.item != nullptr) {
        out.append(of.type == WEIR_MAP ? ",\"values\":" : ",\"items\":");
        if (auto done = write_schema(out, *of.item); !done) return done;
    }
    return {};
}

}  // namespace

kept schema_of_json(const value& node, data::arena& memory, data::schema_store& schemas,
                    bool replace_null_with_default) {
    return schema_reading(memory, schemas, replace_null_with_default).read(node);
}

written write_schema(json_writer& out, const schema& of, const std::string_view* field) {
    const auto* type = type_names.data();
    while (type != type_names.data() + type_names.size() && type->kind != of.type)
        ++type;
    if (type == type_names.data() + type_names.size())
        return std::unexpected("Couldn't translate unsupported schema type.");
    write_member(out, "{\"type\":", type->name);
    if (auto done = write_parts(out, of); !done) return done;
    out.append(of.optional != 0 ? ",\"optional\":true" : ",\"optional\":false");
    if (of.name.size != 0) write_member(out, ",\"name\":", data::view(of.name));
    if (of.has_version != 0) {
        out.append(",\"version\":");
        out.append(data::number_text::of_integer(of.version).view());
    }
    if (of.doc.size != 0) write_member(out, ",\"doc\":", data::view(of.doc));
    for (std::size_t index = 0; index < of.parameter_count; ++index) {
        out.append(index == 0 ? ",\"parameters\":{" : ",");
        out.write_string(data::view(of.parameters[index].key));
        write_member(out, ":", data::view(of.parameters[index].value));
    }
    if (of.parameter_count != 0) out.append("}");
    if (of.initial != nullptr && of.initial->kind != WEIR_NULL) {
        out.append(",\"default\":");
        auto initial = *of.initial;
        // A struct's default is of the schema itself.
        if (initial.kind == WEIR_STRUCT) initial.schema = &of;
        if (auto done = out.write(&of, initial); !done) return done;
    }
    if (field != nullptr) write_member(out, ",\"field\":", *field);
    out.append("}");
    return {};
}

}  // namespace weir::connect::converters
