// Cast: fields, or the whole, as another type.
#include <array>

#include "transforms/smt/cast_value.hpp"
#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "cast types";

constexpr std::array options = {
    option{.name = "spec", .type = option_type::raw_list, .required = true, .filled = true},
    replace_null_option};

constexpr std::array targets = {WEIR_INT8,    WEIR_INT16,   WEIR_INT32,   WEIR_INT64,
                                WEIR_FLOAT32, WEIR_FLOAT64, WEIR_BOOLEAN, WEIR_STRING};
constexpr std::array others = {WEIR_BYTES, WEIR_ARRAY, WEIR_MAP, WEIR_STRUCT};

struct field_cast {
    std::string name;
    weir_kind to = WEIR_STRING;
};

class cast final : public sided_step {
  public:
    cast(const making& from, const settings& given, std::vector<field_cast> casts,
         std::optional<weir_kind> whole)
        : sided_step(from.on),
          schemas_(from.schemas),
          casts_(std::move(casts)),
          whole_(whole),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (data::is_null(of)) return true;
        if (whole_) return change_whole(of, memory);
        return of.schema == nullptr ? change_map(of, memory) : change_struct(of, memory);
    }

  private:
    struct struct_plan {
        const data::schema* schema = nullptr;
        std::vector<weir_kind> to;  // by field; WEIR_NULL: as it is
    };

    outcome change_whole(data::value& of, data::arena& memory) {
        const data::schema* updated = nullptr;
        if (of.schema != nullptr) {
            const auto plan = plans_.get(of.schema, [&](const auto& with) { return whole(with); });
            if (!plan) return refusal(plan.error());
            updated = (*plan)->schema;
        }
        const auto made = cast_value(of, of.schema, *whole_, memory);
        if (!made) return refusal(made.error());
        of = *made;
        of.schema = updated;
        return true;
    }

    outcome change_map(data::value& of, data::arena& memory) const {
        if (of.kind != WEIR_MAP) return no_map(of, purpose);
        map_change map(of, casts_.size(), memory);
        for (const auto& each : casts_) {
            auto* const found = map.find(each.name);
            if (found == nullptr) {
                map.append(data::make_string(each.name), data::make_null());
                continue;
            }
            const auto made = cast_value(*found, nullptr, each.to, memory);
            if (!made) return refusal(made.error());
            *found = *made;
        }
        of = map.done();
        return true;
    }

    outcome change_struct(data::value& of, data::arena& memory) {
        const auto found = plans_.get(of.schema, [&](const auto& with) { return plan_of(with); });
        if (!found) return refusal(found.error());
        if (!is_struct(of)) return no_struct(of, purpose);
        const auto& plan = **found;
        const auto to = memory.take_array<data::value>(of.count);
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto& before = of.schema->fields[index];
            const auto& field = plan.schema->fields[index];
            to[index] = field_value(of.of.items[index], *before.schema, defaults_);
            if (plan.to[index] != WEIR_NULL) {
                const auto made = cast_value(to[index], before.schema, plan.to[index], memory);
                if (!made) return refusal(made.error());
                to[index] = *made;
                to[index].schema = field.schema;
            }
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        of = data::make_struct(to, plan.schema);
        return true;
    }

    // The schema of a cast value; optional and the default are cast along.
    std::expected<const data::schema*, std::string> converted(data::schema_parts parts,
                                                              const data::schema& with,
                                                              weir_kind to) {
        parts.type = to;
        parts.optional = with.optional != 0;
        std::expected<data::value, std::string> initial;
        data::arena memory;
        if (with.initial != nullptr && with.initial->kind != WEIR_NULL) {
            initial = cast_value(*with.initial, &with, to, memory);
            if (!initial) return std::unexpected(initial.error());
            parts.initial = &*initial;
        }
        return schemas_.keep(parts);
    }

    std::expected<struct_plan, std::string> whole(const data::schema& with) {
        auto parts = basics_of(with);
        parts.key = nullptr;
        parts.item = nullptr;
        const auto schema = converted(std::move(parts), with, *whole_);
        if (!schema) return std::unexpected(schema.error());
        return struct_plan{*schema, {}};
    }

    std::expected<struct_plan, std::string> plan_of(const data::schema& with) {
        if (with.type != WEIR_STRUCT)
            return std::unexpected("Cannot list fields on non-struct type");
        struct_plan plan;
        auto parts = basics_of(with);
        for (std::size_t index = 0; index < with.field_count; ++index) {
            const auto& field = with.fields[index];
            const auto found = std::ranges::find(casts_, data::view(field.name), &field_cast::name);
            plan.to.push_back(found == casts_.end() ? WEIR_NULL : found->to);
            parts.fields.push_back(field);
            if (found == casts_.end()) continue;
            const auto schema = converted({}, *field.schema, found->to);
            if (!schema) return std::unexpected(schema.error());
            parts.fields.back().schema = *schema;
        }
        parts.optional = with.optional != 0;
        if (with.initial != nullptr && with.initial->kind != WEIR_NULL) {
            data::arena memory;
            const auto refused = cast_value(*with.initial, &with, WEIR_STRUCT, memory);
            if (!refused) return std::unexpected(refused.error());
        }
        plan.schema = schemas_.keep(parts);
        return plan;
    }

    data::schema_store& schemas_;
    std::vector<field_cast> casts_;
    std::optional<weir_kind> whole_;
    bool defaults_;
    plan_cache<struct_plan> plans_;
};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

std::optional<weir_kind> target_of(std::string_view written, const making& from) {
    std::string name(trimmed(written));
    for (auto& each : name)
        if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
    for (const auto each : targets)
        if (data::kind_name(each) == name) return each;
    const auto known =
        std::ranges::any_of(others, [&](const auto each) { return data::kind_name(each) == name; });
    if (known) {
        from.refuse("spec", "Cast transformation does not support casting to " + name +
                                "; supported types are [INT8, INT16, INT32, INT64, FLOAT32, "
                                "FLOAT64, BOOLEAN, STRING]");
    } else {
        from.refuse("spec", "Invalid type found in casting spec: " + std::string(trimmed(written)));
    }
    return std::nullopt;
}

}  // namespace

made_step make_cast(const making& from) {
    const settings given(from.options, options, from.problems);
    std::vector<field_cast> casts;
    std::optional<weir_kind> whole;
    const auto spec = given.list("spec");
    for (const auto& each : spec) {
        const auto colon = each.find(':');
        if (colon != std::string::npos && each.find(':', colon + 1) != std::string::npos) {
            from.refuse("spec", "Invalid rename mapping: " + each);
        } else if (colon == std::string::npos || colon + 1 == each.size()) {
            whole = target_of(std::string_view(each).substr(0, colon), from);
            if (whole && spec.size() > 1)
                from.refuse("spec",
                            "Cast transformations that specify a type to cast the entire value to "
                            "may only specify a single cast in their spec");
        } else if (const auto to = target_of(std::string_view(each).substr(colon + 1), from)) {
            std::string name(trimmed(std::string_view(each).substr(0, colon)));
            std::erase_if(casts, [&](const auto& other) { return other.name == name; });
            casts.push_back({std::move(name), *to});
        }
    }
    return std::make_unique<cast>(from, given, std::move(casts), whole);
}

}  // namespace weir::transforms::smt
