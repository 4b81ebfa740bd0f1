#include "tests/golden/notation.hpp"

#include <array>
#include <map>

#include "connect/data/civil_date.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::golden {
namespace {

using namespace connect;
using json = notation::json;

// By kind: its type in a schema, its name in a value.
constexpr std::array<std::string_view, 18> names = {
    "null",  "bool", "i8",  "i16",    "i32", "i64", "f32", "f64", "str",
    "bytes", "arr",  "map", "struct", "dec", "ms",  "ms",  "ms",  "json"};

weir_kind kind_named(std::string_view name) {
    for (std::size_t kind = 0; kind < names.size(); ++kind)
        if (names[kind] == name) return static_cast<weir_kind>(kind);
    return WEIR_NULL;
}

}  // namespace

std::string_view notation::kept(const json& text) {
    return memory.copy(text.get<std::string>());
}

const data::schema* notation::read_schema(const json& of) {
    data::schema_parts parts;
    for (std::size_t kind = WEIR_BOOLEAN; kind <= WEIR_STRUCT; ++kind)
        if (data::kind_name(static_cast<weir_kind>(kind)) == of["t"].get<std::string>())
            parts.type = static_cast<weir_kind>(kind);
    parts.optional = of.value("opt", false);
    if (of.contains("name")) parts.name = kept(of["name"]);
    if (of.contains("doc")) parts.doc = kept(of["doc"]);
    if (of.contains("ver")) parts.version = of["ver"].get<std::int32_t>();
    for (const auto& each : of.value("params", json::array()))
        parts.parameters.push_back({data::text_of(kept(each[0])), data::text_of(kept(each[1]))});
    for (const auto& each : of.value("fields", json::array()))
        parts.fields.push_back({data::text_of(kept(each[0])), read_schema(each[1])});
    if (of.contains("k")) parts.key = read_schema(of["k"]);
    if (of.contains("i")) parts.item = read_schema(of["i"]);
    if (!of.contains("default")) return schemas.keep(parts);
    const auto initial = read_value(schemas.keep(parts), of["default"]);
    parts.initial = &initial;
    return schemas.keep(parts);
}

data::value notation::read(const json& of) {
    const auto* const with =
        of.contains("s") && !of["s"].is_null() ? read_schema(of["s"]) : nullptr;
    auto out = read_value(with, of["v"]);
    out.schema = with;
    return out;
}

data::value notation::read_items(const data::schema* with, const json& of) {
    const auto member = of.begin();
    const auto& name = member.key();
    const auto& inner = *member;
    const auto kind = kind_named(name);
    std::vector<data::value> items;
    for (std::size_t index = 0; index < inner.size(); ++index) {
        if (kind == WEIR_MAP) {
            items.push_back(read_value(with == nullptr ? nullptr : with->key, inner[index][0]));
            items.push_back(read_value(with == nullptr ? nullptr : with->item, inner[index][1]));
        } else if (kind == WEIR_STRUCT) {
            items.push_back(read_value(with->fields[index].schema, inner[index]));
        } else {
            items.push_back(read_value(with == nullptr ? nullptr : with->item, inner[index]));
        }
    }
    const auto out = memory.take_array<data::value>(items.size());
    std::ranges::copy(items, out.begin());
    if (kind == WEIR_MAP) return data::make_map(out, with);
    return kind == WEIR_STRUCT ? data::make_struct(out, with) : data::make_array(out, with);
}

data::value notation::read_value(const data::schema* with, const json& of) {
    if (of.is_null()) return data::make_null(with);
    const auto member = of.begin();
    const auto& name = member.key();
    const auto& inner = *member;
    auto kind = kind_named(name);
    switch (kind) {
        case WEIR_BOOLEAN:
            return data::make_integer(kind, inner.get<bool>() ? 1 : 0, with);
        case WEIR_INT64:
            return data::make_integer(kind, std::stoll(inner.get<std::string>()), with);
        case WEIR_FLOAT32:
            return data::make_real(
                kind, static_cast<double>(*data::parse_float(inner.get<std::string>())), with);
        case WEIR_FLOAT64:
            return data::make_real(kind, *data::parse_double(inner.get<std::string>()), with);
        case WEIR_STRING:
            return data::make_string(kept(inner), with);
        case WEIR_BYTES:
            return data::make_text(
                kind, memory.copy(base::as_text(from_hex(inner.get<std::string>()))), with);
        case WEIR_DECIMAL: {
            auto out = *data::parse_decimal(inner[0].get<std::string>(), memory);
            out.scale = inner[1].get<std::int16_t>();
            out.schema = with;
            return out;
        }
        case WEIR_ARRAY:
        case WEIR_MAP:
        case WEIR_STRUCT:
            return read_items(with, of);
        case WEIR_DATE: {
            kind = with == nullptr ? WEIR_TIMESTAMP : data::value_kind(*with);
            const auto ms = std::stoll(inner.get<std::string>());
            return data::make_integer(kind, kind == WEIR_DATE ? ms / data::day_ms : ms, with);
        }
        default:
            return data::make_integer(kind, inner.get<std::int64_t>(), with);
    }
}

data::record notation::read_record(const json& of) {
    data::record out = {};
    out.topic = data::text_of(kept(of["topic"]));
    out.partition = of["partition"].is_null() ? -1 : of["partition"].get<std::int32_t>();
    out.offset = of["offset"].is_null() ? -1 : of["offset"].get<std::int64_t>();
    out.timestamp_ms = of["timestamp"].is_null() ? -1 : of["timestamp"].get<std::int64_t>();
    out.key = read(of["key"]);
    out.value = read(of["value"]);
    const auto headers = memory.take_array<data::header>(of["headers"].size());
    for (std::size_t index = 0; index < headers.size(); ++index)
        headers[index] = {data::text_of(kept(of["headers"][index][0])),
                          read(of["headers"][index][1])};
    out.headers = headers.data();
    out.header_count = static_cast<std::uint32_t>(headers.size());
    return out;
}

json notation::write_schema(const data::schema& of) {
    json out = {{"t", data::kind_name(static_cast<weir_kind>(of.type))}};
    if (of.optional != 0) out["opt"] = true;
    if (of.name.size != 0) out["name"] = data::view(of.name);
    if (of.has_version != 0) out["ver"] = of.version;
    if (of.doc.size != 0) out["doc"] = data::view(of.doc);
    for (std::size_t index = 0; index < of.parameter_count; ++index)
        out["params"].push_back(
            {data::view(of.parameters[index].key), data::view(of.parameters[index].value)});
    if (of.initial != nullptr) out["default"] = write_value(*of.initial);
    if (of.type == WEIR_STRUCT) out["fields"] = json::array();
    for (std::size_t index = 0; index < of.field_count; ++index)
        out["fields"].push_back(
            {data::view(of.fields[index].name), write_schema(*of.fields[index].schema)});
    if (of.key != nullptr) out["k"] = write_schema(*of.key);
    if (of.item != nullptr) out["i"] = write_schema(*of.item);
    return out;
}

json notation::write_value(const data::value& of) {
    if (data::is_null(of)) return nullptr;
    const std::string name(names[of.kind]);
    const auto text = [&](std::string_view made) { return json{{name, made}}; };
    switch (of.kind) {
        case WEIR_BOOLEAN:
            return {{name, of.of.integer != 0}};
        case WEIR_FLOAT32:
            return text(data::number_text::of_float(static_cast<float>(of.of.real)));
        case WEIR_FLOAT64:
            return text(data::number_text::of_double(of.of.real));
        case WEIR_STRING:
        case WEIR_JSON:
            return text(data::text(of));
        case WEIR_BYTES:
            return text(to_hex(base::as_bytes(data::text(of))));
        case WEIR_DECIMAL: {
            auto unscaled = of;
            unscaled.scale = 0;
            json out;
            out[name] = json::array({data::decimal_text(unscaled).value_or(""), of.scale});
            return out;
        }
        case WEIR_MAP: {
            std::map<std::string, json> sorted;
            const auto pairs = data::items(of);
            for (std::size_t at = 0; at < pairs.size(); at += 2) {
                const auto key = write_value(pairs[at]);
                sorted[key.dump()] = json::array({key, write_value(pairs[at + 1])});
            }
            json out;
            out[name] = json::array();
            for (const auto& each : sorted)
                out[name].push_back(each.second);
            return out;
        }
        case WEIR_ARRAY:
        case WEIR_STRUCT: {
            json out;
            out[name] = json::array();
            for (const auto& each : data::items(of))
                out[name].push_back(write_value(each));
            return out;
        }
        case WEIR_INT64:
            return text(data::number_text::of_integer(of.of.integer));
        case WEIR_DATE:
            return text(data::number_text::of_integer(of.of.integer * data::day_ms));
        case WEIR_TIME:
        case WEIR_TIMESTAMP:
            return text(data::number_text::of_integer(of.of.integer));
        default:
            return {{name, of.of.integer}};
    }
}

json notation::write(const data::value& of) {
    json out = json::object();
    if (of.schema != nullptr) out["s"] = write_schema(*of.schema);
    out["v"] = write_value(of);
    return out;
}

json notation::write(const data::record& of) {
    const auto number = [](std::int64_t from) { return from < 0 ? json() : json(from); };
    json out = {{"topic", data::view(of.topic)},
                {"partition", number(of.partition)},
                {"timestamp", number(of.timestamp_ms)},
                {"key", write(of.key)},
                {"value", write(of.value)},
                {"headers", json::array()}};
    for (std::size_t index = 0; index < of.header_count; ++index)
        out["headers"].push_back(
            json::array({data::view(of.headers[index].key), write(of.headers[index].value)}));
    return out;
}

}  // namespace weir::golden
