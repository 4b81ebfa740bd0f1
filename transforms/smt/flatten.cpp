// Flatten: the fields of inner structs or maps as fields of the outer one, their names joined.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "flattening";

constexpr std::array options = {option{.name = "delimiter", .initial = "."}};

// A field of a struct: where its value goes, or, of an inner struct, its own fields.
struct place {
    bool inner = false;
    std::size_t to = 0;
    std::vector<place> fields;
};

struct struct_plan {
    const data::schema* schema = nullptr;
    std::vector<place> fields;
};

class flatten final : public sided_step {
  public:
    flatten(const making& from, std::string delimiter)
        : sided_step(from.on), schemas_(from.schemas), delimiter_(std::move(delimiter)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (data::is_null(of)) return true;
        if (of.schema != nullptr) return change_struct(of, memory);
        if (of.kind != WEIR_MAP) return no_map(of, purpose);
        map_change flat(leaves_of(of), memory);
        if (auto done = flatten_map(of, {}, flat, memory); !done) return done;
        of = flat.done();
        return true;
    }

  private:
    static std::size_t leaves_of(const data::value& of) {
        std::size_t out = 0;
        for (std::size_t at = 1; at < of.count * 2UL; at += 2) {
            const auto& each = of.of.items[at];
            out += each.kind == WEIR_MAP ? leaves_of(each) : 1;
        }
        return out;
    }

    std::string_view joined(std::string_view prefix, std::string_view name,
                            data::arena& memory) const {
        if (prefix.empty()) return name;
        const auto size = prefix.size() + delimiter_.size() + name.size();
        auto* const out = static_cast<char*>(memory.take(size, 1));
        auto* at = std::ranges::copy(prefix, out).out;
        at = std::ranges::copy(delimiter_, at).out;
        std::ranges::copy(name, at);
        return {out, size};
    }

    outcome flatten_map(const data::value& of, std::string_view prefix, map_change& flat,
                        data::arena& memory) const {
        const auto pairs = data::items(of);
        for (std::size_t at = 0; at < pairs.size(); at += 2) {
            const auto& each = pairs[at + 1];
            const auto name = joined(prefix, data::text(pairs[at]), memory);
            if (each.kind == WEIR_MAP) {
                if (auto done = flatten_map(each, name, flat, memory); !done) return done;
                continue;
            }
            if (each.kind == WEIR_STRUCT)
                return refusal("Flatten transformation does not support " + class_text(each) +
                               " for record without schemas (for field " + std::string(name) +
                               ").");
            const bool logical = each.kind >= WEIR_DECIMAL && each.kind <= WEIR_TIMESTAMP;
            if (logical)
                return refusal("Flatten transformation was passed a value of type " +
                               class_text(each) + " which is not supported by Connect's data API");
            flat.put(name, each);
        }
        return true;
    }

    outcome change_struct(data::value& of, data::arena& memory) {
        if (!is_struct(of)) return no_struct(of, purpose);
        const auto found = plans_.get(of.schema, [&](const auto& with) { return plan_of(with); });
        if (!found) return refusal(found.error());
        const auto& plan = **found;
        const auto to = memory.take_array<data::value>(plan.schema->field_count);
        for (std::size_t index = 0; index < to.size(); ++index)
            to[index] = data::make_null(plan.schema->fields[index].schema);
        if (auto done = fill(of, plan.fields, plan, to); !done) return done;
        of = data::make_struct(to, plan.schema);
        return true;
    }

    static outcome fill(const data::value& of, const std::vector<place>& places,
                        const struct_plan& plan, std::span<data::value> to) {
        for (std::size_t index = 0; index < places.size(); ++index) {
            const auto& each = places[index];
            const auto& from = of.of.items[index];
            if (each.inner) {
                if (data::is_null(from)) continue;
                if (!is_struct(from)) return no_struct(from, purpose);
                if (auto done = fill(from, each.fields, plan, to); !done) return done;
                continue;
            }
            const auto& field = plan.schema->fields[each.to];
            to[each.to] = field_value(from, *of.schema->fields[index].schema, true);
            to[each.to].schema = field.schema;
            if (refuses_null(to[each.to], *field.schema)) return null_in(field);
        }
        return true;
    }

    // What the outer structs say of a field: whether one of them is optional, and their default.
    struct around {
        std::string prefix;
        bool optional = false;
        const data::value* initial = nullptr;
    };

    struct building {
        data::schema_parts parts;
        std::vector<std::unique_ptr<std::string>> names;
    };

    std::expected<struct_plan, std::string> plan_of(const data::schema& with) {
        struct_plan plan;
        building made{basics_of(with), {}};
        const around outside{{}, with.optional != 0, with.initial};
        auto places = places_of(with, outside, made);
        if (!places) return std::unexpected(places.error());
        plan.fields = std::move(*places);
        const auto schema = keep_struct(made.parts, schemas_);
        if (!schema) return std::unexpected(schema.error());
        plan.schema = *schema;
        return plan;
    }

    static const data::value* initial_of(const data::schema& field, std::size_t index,
                                         const around& outside) {
        if (field.initial != nullptr && field.initial->kind != WEIR_NULL) return field.initial;
        const auto* const outer = outside.initial;
        if (outer == nullptr || outer->kind != WEIR_STRUCT || index >= outer->count) return nullptr;
        const auto* const out = &outer->of.items[index];
        return out->kind == WEIR_NULL ? nullptr : out;
    }

    std::expected<std::vector<place>, std::string> places_of(const data::schema& with,
                                                             const around& outside,
                                                             building& made) {
        std::vector<place> out;
        for (std::size_t index = 0; index < with.field_count; ++index) {
            const auto& field = with.fields[index];
            const auto name = data::view(field.name);
            around here{outside.prefix.empty() ? std::string(name)
                                               : outside.prefix + delimiter_ + std::string(name),
                        outside.optional || field.schema->optional != 0,
                        initial_of(*field.schema, index, outside)};
            auto& added = out.emplace_back();
            if (field.schema->type == WEIR_MAP)
                return std::unexpected(
                    "Flatten transformation does not support MAP for record with schemas (for "
                    "field " +
                    here.prefix + ").");
            if (field.schema->type == WEIR_STRUCT) {
                added.inner = true;
                auto fields = places_of(*field.schema, here, made);
                if (!fields) return fields;
                added.fields = std::move(*fields);
                continue;
            }
            added.to = made.parts.fields.size();
            auto parts = basics_of(*field.schema);
            parts.optional = here.optional;
            parts.initial = here.initial;
            made.names.push_back(std::make_unique<std::string>(std::move(here.prefix)));
            made.parts.fields.push_back({data::text_of(*made.names.back()), schemas_.keep(parts)});
        }
        return out;
    }

    data::schema_store& schemas_;
    std::string delimiter_;
    plan_cache<struct_plan> plans_;
};

}  // namespace

made_step make_flatten(const making& from) {
    const settings given(from.options, options, from.problems);
    return std::make_unique<flatten>(from, given.text_or_empty("delimiter"));
}

}  // namespace weir::transforms::smt
