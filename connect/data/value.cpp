#include "connect/data/value.hpp"

#include <array>

#include "connect/data/schema.hpp"

namespace weir::connect::data {

std::optional<std::size_t> field_index(const schema& of, std::string_view name) {
    for (std::size_t index = 0; index < of.field_count; ++index) {
        if (view(of.fields[index].name) == name) return index;
    }
    return std::nullopt;
}

const value* find_field(const value& of, std::string_view name) {
    if (of.kind == WEIR_STRUCT) {
        if (of.schema == nullptr) return nullptr;
        const auto index = field_index(*of.schema, name);
        return index ? &of.of.items[*index] : nullptr;
    }
    if (of.kind != WEIR_MAP) return nullptr;
    const auto pairs = items(of);
    for (std::size_t index = 0; index < pairs.size(); index += 2) {
        if (pairs[index].kind == WEIR_STRING && text(pairs[index]) == name)
            return &pairs[index + 1];
    }
    return nullptr;
}

bool equal(const value& left, const value& right) {
    if (left.kind != right.kind) return false;
    if (left.schema != nullptr && right.schema != nullptr && !equal(*left.schema, *right.schema))
        return false;
    switch (left.kind) {
        case WEIR_NULL:
            return true;
        case WEIR_FLOAT32:
        case WEIR_FLOAT64:
            return left.of.real == right.of.real;
        case WEIR_STRING:
        case WEIR_BYTES:
        case WEIR_JSON:
            return text(left) == text(right);
        case WEIR_DECIMAL:
            return left.scale == right.scale && text(left) == text(right);
        case WEIR_ARRAY:
        case WEIR_MAP:
        case WEIR_STRUCT: {
            const auto ours = items(left);
            const auto theirs = items(right);
            if (ours.size() != theirs.size()) return false;
            for (std::size_t index = 0; index < ours.size(); ++index) {
                if (!equal(ours[index], theirs[index])) return false;
            }
            return true;
        }
        default:
            return left.of.integer == right.of.integer;
    }
}

value deep_copy(const value& of, arena& into) {
    value out = of;
    switch (of.kind) {
        case WEIR_STRING:
        case WEIR_BYTES:
        case WEIR_JSON:
        case WEIR_DECIMAL:
            out.of.data = into.copy(text(of)).data();
            return out;
        case WEIR_ARRAY:
        case WEIR_MAP:
        case WEIR_STRUCT: {
            const auto from = items(of);
            const auto to = into.take_array<value>(from.size());
            for (std::size_t index = 0; index < from.size(); ++index)
                to[index] = deep_copy(from[index], into);
            out.of.items = to.data();
            return out;
        }
        default:
            return out;
    }
}

std::string_view kind_name(weir_kind kind) {
    static constexpr std::array<std::string_view, 18> names = {
        "NULL",  "BOOLEAN", "INT8", "INT16",  "INT32", "INT64", "FLOAT32", "FLOAT64", "STRING",
        "BYTES", "ARRAY",   "MAP",  "STRUCT", "BYTES", "INT32", "INT32",   "INT64",   "JSON"};
    const auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index] : "UNKNOWN";
}

}  // namespace weir::connect::data
