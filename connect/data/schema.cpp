#include "connect/data/schema.hpp"

#include <deque>
#include <functional>
#include <unordered_map>

namespace weir::connect::data {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
    hash ^= more + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
    return hash;
}

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
    return mix(hash, std::hash<std::string_view>()(text));
}

bool same_or_equal(const schema* left, const schema* right) {
    if (left == right) return true;
    return left != nullptr && right != nullptr && equal(*left, *right);
}

bool same_initial(const value* left, const value* right) {
    if (left == nullptr || right == nullptr) return left == right;
    return equal(*left, *right);
}

bool same_fields(const schema& left, const schema& right) {
    if (left.field_count != right.field_count) return false;
    for (std::size_t index = 0; index < left.field_count; ++index) {
        const auto& ours = left.fields[index];
        const auto& theirs = right.fields[index];
        if (view(ours.name) != view(theirs.name)) return false;
        if (!same_or_equal(ours.schema, theirs.schema)) return false;
    }
    return true;
}

bool same_parameters(const schema& left, const schema& right) {
    if (left.parameter_count != right.parameter_count) return false;
    for (std::size_t index = 0; index < left.parameter_count; ++index) {
        const auto& ours = left.parameters[index];
        const auto& theirs = right.parameters[index];
        if (view(ours.key) != view(theirs.key) || view(ours.value) != view(theirs.value))
            return false;
    }
    return true;
}

// A schema that views its parts.
schema view_of(const schema_parts& parts) {
    schema out = {};
    out.size = sizeof(schema);
    out.type = static_cast<std::uint8_t>(parts.type);
    out.optional = parts.optional ? 1 : 0;
    out.has_version = parts.version ? 1 : 0;
    out.version = parts.version.value_or(0);
    out.field_count = static_cast<std::uint32_t>(parts.fields.size());
    out.parameter_count = static_cast<std::uint32_t>(parts.parameters.size());
    out.name = text_of(parts.name);
    out.doc = text_of(parts.doc);
    out.initial = parts.initial;
    out.fields = parts.fields.data();
    out.parameters = parts.parameters.data();
    out.key = parts.key;
    out.item = parts.item;
    return out;
}

}  // namespace

schema_parts parts_of(const schema& of) {
    schema_parts out;
    out.type = static_cast<weir_kind>(of.type);
    out.optional = of.optional != 0;
    out.name = view(of.name);
    out.doc = view(of.doc);
    if (of.has_version != 0) out.version = of.version;
    out.initial = of.initial;
    out.fields.assign(of.fields, of.fields + of.field_count);
    out.parameters.assign(of.parameters, of.parameters + of.parameter_count);
    out.key = of.key;
    out.item = of.item;
    return out;
}

bool equal(const schema& left, const schema& right) {
    if (&left == &right) return true;
    return left.type == right.type && left.optional == right.optional &&
           left.has_version == right.has_version && left.version == right.version &&
           view(left.name) == view(right.name) && view(left.doc) == view(right.doc) &&
           same_initial(left.initial, right.initial) && same_fields(left, right) &&
           same_parameters(left, right) && same_or_equal(left.key, right.key) &&
           same_or_equal(left.item, right.item);
}

std::uint64_t hash_of(const schema& of) {
    auto hash = mix(of.type, (static_cast<std::uint64_t>(of.optional) << 32U) ^
                                 static_cast<std::uint64_t>(of.version));
    hash = mix(hash, view(of.name));
    hash = mix(hash, of.parameter_count);
    for (std::size_t index = 0; index < of.field_count; ++index) {
        hash = mix(hash, view(of.fields[index].name));
        if (of.fields[index].schema != nullptr) hash = mix(hash, hash_of(*of.fields[index].schema));
    }
    if (of.key != nullptr) hash = mix(hash, hash_of(*of.key));
    if (of.item != nullptr) hash = mix(hash, hash_of(*of.item));
    return hash;
}

weir_kind value_kind(const schema& of) {
    const auto name = view(of.name);
    if (of.type == WEIR_BYTES && name == decimal_name) return WEIR_DECIMAL;
    if (of.type == WEIR_INT32 && name == date_name) return WEIR_DATE;
    if (of.type == WEIR_INT32 && name == time_name) return WEIR_TIME;
    if (of.type == WEIR_INT64 && name == timestamp_name) return WEIR_TIMESTAMP;
    return static_cast<weir_kind>(of.type);
}

struct schema_store::state {
    arena memory;
    std::deque<schema> schemas;  // whose elements stay where they are
    std::unordered_multimap<std::uint64_t, const schema*> by_hash;

    const schema* find(const schema& like, std::uint64_t hash) const {
        const auto [begin, end] = by_hash.equal_range(hash);
        for (auto at = begin; at != end; ++at) {
            if (equal(*at->second, like)) return at->second;
        }
        return nullptr;
    }

    // A copy of all that `like` views; the schemas it names are kept already.
    const schema* add(const schema& like, std::uint64_t hash) {
        schema made = like;
        const auto text = [this](weir_text of) { return text_of(memory.copy(view(of))); };
        made.name = text(like.name);
        made.doc = text(like.doc);
        const auto fields = memory.take_array<weir_field>(like.field_count);
        for (std::size_t index = 0; index < fields.size(); ++index)
            fields[index] = {text(like.fields[index].name), like.fields[index].schema};
        made.fields = fields.data();
        const auto parameters = memory.take_array<weir_parameter>(like.parameter_count);
        for (std::size_t index = 0; index < parameters.size(); ++index)
            parameters[index] = {text(like.parameters[index].key),
                                 text(like.parameters[index].value)};
        made.parameters = parameters.data();
        if (like.initial != nullptr) {
            const auto initial = memory.take_array<value>(1);
            initial[0] = deep_copy(*like.initial, memory);
            // Of the schema itself it says nothing that is not known.
            initial[0].schema = nullptr;
            made.initial = initial.data();
        }
        const auto* kept = &schemas.emplace_back(made);
        by_hash.emplace(hash, kept);
        return kept;
    }
};

schema_store::schema_store() : state_(std::make_unique<state>()) {}
schema_store::~schema_store() = default;

const schema* schema_store::keep(const schema_parts& parts) {
    const auto like = view_of(parts);
    const auto hash = hash_of(like);
    const auto* found = state_->find(like, hash);
    return found != nullptr ? found : state_->add(like, hash);
}

const schema* schema_store::keep_all(const schema& of) {
    auto parts = parts_of(of);
    for (auto& field : parts.fields)
        if (field.schema != nullptr) field.schema = keep_all(*field.schema);
    if (parts.key != nullptr) parts.key = keep_all(*parts.key);
    if (parts.item != nullptr) parts.item = keep_all(*parts.item);
    return keep(parts);
}

const schema* schema_store::plain(weir_kind type, bool optional) {
    return keep({.type = type, .optional = optional});
}

std::size_t schema_store::count() const {
    return state_->schemas.size();
}

}  // namespace weir::connect::data
