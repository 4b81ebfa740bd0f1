// Writes messages/random.cpp: random values for every message, field by field of a version, for the
// round-trip properties.
#include <fmt/format.h>

#include "broker/protocol/codegen/emit.hpp"

namespace weir::codegen {
namespace {

// Whether the field is of the version, and whether it may be null there.
std::string within(const range& versions) {
    return fmt::format("(version >= {} && version <= {})", versions.from, versions.to);
}

void add_structure(std::string& out, const std::string& type, const std::vector<field>& fields) {
    out += fmt::format(
        "void fill([[maybe_unused]] {}& value, [[maybe_unused]] int version,\n"
        "          [[maybe_unused]] random_values& random) {{\n",
        type);
    for (const auto& each : fields) {
        const auto member = member_name(each);
        out += fmt::format("    if {}", within(each.versions));
        if (is_optional(each)) {
            out += fmt::format(" fill_optional(value.{}, version, random, {});\n", member,
                               within(*each.nullable));
        } else {
            out += fmt::format(" fill(value.{}, version, random);\n", member);
        }
    }
    out += "}\n\n";
}

}  // namespace

std::string emit_random_source(const std::vector<message>& all) {
    std::string out =
        "// Generated from broker/protocol/schema; do not edit.\n"
        "#include \"broker/protocol/messages/all.hpp\"\n"
        "#include \"tests/property/random_values.hpp\"\n\nnamespace weir::broker::protocol {\n\n";
    for (const auto& each : all) {
        const auto name = snake_case(each.name);
        for (const auto& inner : each.inner)
            add_structure(out, "struct " + name + "::" + inner.name, inner.fields);
        add_structure(out, name, each.fields);
    }
    return out + "}  // namespace weir::broker::protocol\n";
}

}  // namespace weir::codegen
