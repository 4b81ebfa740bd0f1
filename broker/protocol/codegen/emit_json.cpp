// Writes records/json.* and messages/json.*: every durable record, every message of an API, as JSON
// with Kafka's field names in Kafka's order.
#include <fmt/format.h>

#include "broker/protocol/codegen/emit.hpp"

namespace weir::codegen {
namespace {

// fetchOffset for fetch_offset.
std::string camel_case(const std::string& name) {
    std::string out;
    bool raise = false;
    for (const char letter : name) {
        if (letter == '_') {
            raise = true;
        } else {
            out +=
                raise && letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
            raise = false;
        }
    }
    return out;
}

// Versions, and for a tagged field "not its default": Kafka's JSON leaves those out.
std::string condition_of(const message& owner, const field& of) {
    std::string out;
    if (!of.versions.covers(owner.versions)) {
        out = fmt::format("version >= {} && version <= {}", of.versions.from, of.versions.to);
    }
    if (of.tag) {
        if (!out.empty()) out += " && ";
        out += fmt::format("!(value.{0} == decltype(value.{0}){1})", member_name(of),
                           initializer_of(of));
    }
    return out;
}

void add_structure(std::string& out, const message& owner, const std::string& type,
                   const std::vector<field>& fields) {
    out += fmt::format(
        "void write_json(json_writer& out, [[maybe_unused]] const {}& value,\n"
        "                [[maybe_unused]] int version) {{\n    out.begin_object();\n",
        type);
    for (const auto& each : fields) {
        const auto condition = condition_of(owner, each);
        if (!condition.empty()) out += fmt::format("    if ({}) {{\n", condition);
        out += fmt::format("    out.key(\"{}\");\n    put_value(out, value.{}, version);\n",
                           camel_case(each.name), member_name(each));
        if (!condition.empty()) out += "    }\n";
    }
    out += "    out.end_object();\n}\n\n";
}

constexpr std::string_view generated = "// Generated from broker/protocol/schema; do not edit.\n";

}  // namespace

std::string emit_json_header(const std::vector<message>& all, bool records) {
    std::string out{generated};
    out += "#pragma once\n\n#include \"broker/protocol/json_writer.hpp\"\n";
    for (const auto& each : all) {
        if (each.is_record == records)
            out += fmt::format("#include \"{}.hpp\"\n", include_stem(each));
    }
    out += "\nnamespace weir::broker::protocol {\n\n";
    for (const auto& each : all) {
        if (each.is_record != records) continue;
        out += fmt::format("void write_json(json_writer& out, const {}& value, int version);\n",
                           snake_case(each.name));
    }
    out += "\n}  // namespace weir::broker::protocol\n";
    return out;
}

std::string emit_json_source(const std::vector<message>& all, bool records) {
    std::string out{generated};
    out += fmt::format(
        "#include \"broker/protocol/{}/json.hpp\"\n\n"
        "#include \"broker/protocol/json_values.hpp\"\n\nnamespace weir::broker::protocol {{\n\n",
        records ? "records" : "messages");
    for (const auto& each : all) {
        if (each.is_record != records) continue;
        const auto name = snake_case(each.name);
        for (const auto& inner : each.inner) {
            add_structure(out, each, "struct " + name + "::" + inner.name, inner.fields);
        }
        add_structure(out, each, name, each.fields);
    }
    out += "}  // namespace weir::broker::protocol\n";
    return out;
}

}  // namespace weir::codegen
