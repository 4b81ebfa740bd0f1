// Types, defaults and names of fields in C++.
#include <algorithm>
#include <array>

#include "broker/protocol/codegen/emit.hpp"

namespace weir::codegen {
namespace {

std::string primitive(const std::string& type) {
    if (type == "string") return "std::string";
    if (type == "bytes") return "base::bytes";
    if (type == "uuid") return "base::uuid";
    if (type == "float64") return "double";
    if (type == "bool" || type == "records") return type == "bool" ? type : "protocol::records";
    return "std::" + type + "_t";
}

bool is_number(const field& of) {
    return !of.is_array && !of.is_structure && of.type != "string" && of.type != "bytes" &&
           of.type != "uuid" && of.type != "records";
}

}  // namespace

std::string include_stem(const message& of) {
    return std::string("broker/protocol/") + (of.is_record ? "records/" : "messages/") +
           snake_case(of.name);
}

std::string member_name(const field& of) {
    static constexpr std::array keywords = {"default", "delete", "operator", "register", "private"};
    const bool reserved = std::ranges::find(keywords, of.name) != keywords.end();
    return reserved ? of.name + "_" : of.name;
}

bool is_optional(const field& of) {
    return of.nullable.has_value() && of.type != "records";
}

std::string element_type(const message& owner, const field& of) {
    if (of.is_structure) return "struct " + snake_case(owner.name) + "::" + of.type;
    if (!of.strong.empty()) return "broker::" + of.strong;
    return primitive(of.type);
}

std::string type_of(const message& owner, const field& of) {
    auto type = element_type(owner, of);
    if (of.is_array) type = "std::vector<" + type + ">";
    return is_optional(of) ? "std::optional<" + type + ">" : type;
}

std::string initializer_of(const field& of) {
    const auto written = of.initial.value_or("");
    if (is_optional(of)) {
        if (written == "null") return "{}";
        if (of.is_array || of.is_structure || of.type != "string") return "{std::in_place}";
        return "{std::in_place, \"" + written + "\"}";
    }
    if (of.type == "string" && !of.is_array && !written.empty()) return "{\"" + written + "\"}";
    if (!is_number(of)) return "{}";
    if (of.strong == "error_code") return "{}";
    if (written.empty()) return of.type == "bool" ? "{false}" : "{0}";
    return "{" + written + "}";
}

}  // namespace weir::codegen
