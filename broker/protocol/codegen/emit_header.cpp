#include <fmt/format.h>

#include "broker/protocol/codegen/emit.hpp"

namespace weir::codegen {
namespace {

void add_members(std::string& out, const message& owner, const std::vector<field>& fields,
                 const std::string& indent) {
    for (const auto& each : fields) {
        out += fmt::format("{}{} {}{};\n", indent, type_of(owner, each), member_name(each),
                           initializer_of(each));
    }
}

}  // namespace

std::string emit_header(const message& of) {
    const auto name = snake_case(of.name);
    std::string out =
        "// Generated from broker/protocol/schema; do not edit.\n#pragma once\n\n"
        "#include <cstdint>\n#include <expected>\n#include <optional>\n#include <string>\n"
        "#include <string_view>\n#include <vector>\n\n"
        "#include \"base/bytes.hpp\"\n#include \"base/uuid.hpp\"\n"
        "#include \"broker/protocol/error_codes.hpp\"\n#include \"broker/protocol/ids.hpp\"\n"
        "#include \"broker/protocol/wire.hpp\"\n\nnamespace weir::broker::protocol {\n\n";
    out += fmt::format("struct {} {{\n", name);
    out += fmt::format("    static constexpr std::string_view message_name = \"{}\";\n", of.name);
    out +=
        fmt::format("    static constexpr std::int16_t message_key = {};\n", of.key.value_or(-1));
    out += fmt::format("    static constexpr std::int16_t min_version = {};\n", of.versions.from);
    out += fmt::format("    static constexpr std::int16_t max_version = {};\n", of.versions.to);
    out += fmt::format("    static constexpr std::int16_t flexible_from = {};\n\n",
                       of.flexible.value_or(32767));
    for (const auto& inner : of.inner) {
        out += fmt::format("    struct {} {{\n", inner.name);
        add_members(out, of, inner.fields, "        ");
        out +=
            fmt::format("\n        bool operator==(const struct {}&) const = default;\n    }};\n\n",
                        inner.name);
    }
    add_members(out, of, of.fields, "    ");
    out += fmt::format("\n    bool operator==(const {}&) const = default;\n", name);
    out +=
        "    // `version` lies within min_version and max_version. What decode() leaves in the "
        "reader is\n";
    out += "    // the caller's to judge.\n";
    out += "    void encode(writer& out, std::int16_t version) const;\n";
    out += fmt::format(
        "    static std::expected<{}, decode_errc> decode(reader& in, std::int16_t version);\n",
        name);
    out += "};\n\n}  // namespace weir::broker::protocol\n";
    return out;
}

std::string emit_api_keys_header(const std::vector<message>& all) {
    std::string out =
        "// Generated from broker/protocol/schema; do not edit.\n#pragma once\n\n"
        "#include <cstdint>\n#include <string_view>\n\nnamespace weir::broker::protocol {\n\n"
        "enum class api_key : std::int16_t {\n";
    for (const auto& each : all) {
        if (each.kind != message_kind::request) continue;
        const auto name = each.name.substr(0, each.name.size() - 7);
        out += fmt::format("    {} = {},\n", snake_case(name), *each.key);
    }
    out +=
        "};\n\n"
        "// The name as Kafka prints it, \"Fetch\"; empty for a key that has no schema.\n"
        "std::string_view api_name(api_key key);\n"
        "// The header of a request (1 or 2) and of its response (0 or 1); KIP-482. The response\n"
        "// to ApiVersions always has header 0: the client does not know yet what we speak.\n"
        "std::int16_t request_header_version(api_key key, std::int16_t version);\n"
        "std::int16_t response_header_version(api_key key, std::int16_t version);\n\n"
        "}  // namespace weir::broker::protocol\n";
    return out;
}

std::string emit_api_keys_source(const std::vector<message>& all) {
    std::string names;
    std::string flexible;
    for (const auto& each : all) {
        if (each.kind != message_kind::request) continue;
        const auto name = each.name.substr(0, each.name.size() - 7);
        names += fmt::format("        case api_key::{}: return \"{}\";\n", snake_case(name), name);
        flexible += fmt::format("        case api_key::{}: return {};\n", snake_case(name),
                                each.flexible.value_or(32767));
    }
    return fmt::format(
        "// Generated from broker/protocol/schema; do not edit.\n"
        "#include \"broker/protocol/messages/api_keys.hpp\"\n\n"
        "namespace weir::broker::protocol {{\nnamespace {{\n\n"
        "std::int16_t flexible_from(api_key key) {{\n    switch (key) {{\n{}    }}\n"
        "    return 32767;\n}}\n\n}}  // namespace\n\n"
        "std::string_view api_name(api_key key) {{\n    switch (key) {{\n{}    }}\n"
        "    return {{}};\n}}\n\n"
        "std::int16_t request_header_version(api_key key, std::int16_t version) {{\n"
        "    return version >= flexible_from(key) ? 2 : 1;\n}}\n\n"
        "std::int16_t response_header_version(api_key key, std::int16_t version) {{\n"
        "    if (key == api_key::api_versions) return 0;\n"
        "    return version >= flexible_from(key) ? 1 : 0;\n}}\n\n"
        "}}  // namespace weir::broker::protocol\n",
        flexible, names);
}

std::string emit_all_header(const std::vector<message>& all) {
    std::string out = "// Generated from broker/protocol/schema; do not edit.\n#pragma once\n\n";
    for (const auto& each : all)
        out += fmt::format("#include \"{}.hpp\"\n", include_stem(each));
    return out;
}

std::string emit_all_table(const std::vector<message>& all) {
    std::string out = "// Generated: X(type) for every message and record.\n";
    for (const auto& each : all)
        out += fmt::format("X({})\n", snake_case(each.name));
    return out;
}

}  // namespace weir::codegen
