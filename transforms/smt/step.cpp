#include "transforms/smt/step.hpp"

#include <array>

namespace weir::transforms::smt {

std::string_view java_class(const data::value& of) {
    static constexpr std::array<std::string_view, 18> names = {
        "null",
        "java.lang.Boolean",
        "java.lang.Byte",
        "java.lang.Short",
        "java.lang.Integer",
        "java.lang.Long",
        "java.lang.Float",
        "java.lang.Double",
        "java.lang.String",
        "[B",
        "java.util.ArrayList",
        "java.util.HashMap",
        "org.apache.kafka.connect.data.Struct",
        "java.math.BigDecimal",
        "java.util.Date",
        "java.util.Date",
        "java.util.Date",
        "JSON text"};
    return of.kind < names.size() ? names[of.kind] : "unknown";
}

std::string class_text(const data::value& of) {
    return std::string("class ").append(java_class(of));
}

refusal no_map(const data::value& of, std::string_view purpose) {
    return refusal(std::string("Only Map objects supported in absence of schema for [")
                       .append(purpose)
                       .append("], found: ")
                       .append(java_class(of)));
}

refusal no_struct(const data::value& of, std::string_view purpose) {
    return refusal(std::string("Only Struct objects supported for [")
                       .append(purpose)
                       .append("], found: ")
                       .append(java_class(of)));
}

refusal null_in(const weir_field& field) {
    return refusal(std::string("Invalid value: null used for required field: \"")
                       .append(data::view(field.name))
                       .append("\", schema type: ")
                       .append(data::kind_name(static_cast<weir_kind>(field.schema->type))));
}

}  // namespace weir::transforms::smt
