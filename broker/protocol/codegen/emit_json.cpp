// Writes messages/json.cpp: every message as JSON with Kafka's field names, for the golden tests.
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

void add_structure(std::string& out, const message& owner, const std::string& type,
                   const std::vector<field>& fields) {
    out += fmt::format(
        "json to_json([[maybe_unused]] const {}& value, [[maybe_unused]] int version) {{\n"
        "    json out = json::object();\n",
        type);
    for (const auto& each : fields) {
        if (each.tag) {
            // Kafka's JSON leaves out tagged fields that have their default.
            out += fmt::format("    if (const {} initial{}; !(value.{} == initial))\n    ",
                               type_of(owner, each), initializer_of(each), member_name(each));
        }
        out += fmt::format(
            "    if (version >= {} && version <= {}) out[\"{}\"] = show(value.{}, version);\n",
            each.versions.from, each.versions.to, camel_case(each.name), member_name(each));
    }
    out += "    return out;\n}\n\n";
}

}  // namespace

std::string emit_json_source(const std::vector<message>& all) {
    std::string out =
        "// Generated from broker/protocol/schema; do not edit.\n"
        "#include \"tests/golden/message_json.hpp\"\n\n"
        "#include \"broker/protocol/messages/all.hpp\"\n"
        "#include \"tests/golden/show.hpp\"\n\nnamespace weir::broker::protocol {\n\n";
    for (const auto& each : all) {
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
