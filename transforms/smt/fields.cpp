#include "transforms/smt/fields.hpp"

namespace weir::transforms::smt {

data::schema_parts basics_of(const data::schema& of) {
    auto parts = data::parts_of(of);
    parts.optional = false;
    parts.initial = nullptr;
    parts.fields.clear();
    return parts;
}

std::expected<const data::schema*, std::string> keep_struct(const data::schema_parts& parts,
                                                            data::schema_store& schemas) {
    std::unordered_set<std::string_view> seen;
    for (const auto& field : parts.fields) {
        const auto name = data::view(field.name);
        if (name.empty()) return std::unexpected("fieldName cannot be null.");
        if (!seen.insert(name).second)
            return std::unexpected(
                std::string("Cannot create field because of field name duplication ").append(name));
    }
    return schemas.keep(parts);
}

std::string_view type_name(const data::schema& of) {
    return data::kind_name(static_cast<weir_kind>(of.type));
}

}  // namespace weir::transforms::smt
