// ValueToKey: a key of some fields of the value.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "copying fields from value to key";

constexpr std::array options = {
    option{.name = "fields", .type = option_type::list, .required = true, .filled = true},
    replace_null_option};

class value_to_key final : public step {
  public:
    value_to_key(const making& from, const settings& given)
        : schemas_(from.schemas),
          fields_(given.names("fields")),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        if (change.value.schema != nullptr) return of_struct(change, memory);
        if (change.value.kind != WEIR_MAP) return no_map(change.value, purpose);
        map_change key(fields_.size(), memory);
        for (const auto& name : fields_) {
            const auto* const found = data::find_field(change.value, name);
            key.append(data::make_string(name), found == nullptr ? data::make_null() : *found);
        }
        change.key = key.done();
        return true;
    }

  private:
    struct struct_plan {
        const data::schema* schema = nullptr;
        std::vector<std::size_t> from;
    };

    outcome of_struct(data::record& change, data::arena& memory) {
        const auto& of = change.value;
        if (!is_struct(of)) return no_struct(of, purpose);
        const auto found = plans_.get(of.schema, [&](const auto& with) { return plan_of(with); });
        if (!found) return refusal(found.error());
        const auto& plan = **found;
        const auto to = memory.take_array<data::value>(plan.from.size());
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto& field = plan.schema->fields[index];
            to[index] = field_value(of.of.items[plan.from[index]], *field.schema, defaults_);
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        change.key = data::make_struct(to, plan.schema);
        return true;
    }

    std::expected<struct_plan, std::string> plan_of(const data::schema& with) {
        struct_plan plan;
        data::schema_parts parts{.type = WEIR_STRUCT};
        for (const auto& name : fields_) {
            const auto at = data::field_index(with, name);
            if (!at) return std::unexpected("Field does not exist: " + name);
            plan.from.push_back(*at);
            parts.fields.push_back(with.fields[*at]);
        }
        plan.schema = schemas_.keep(parts);
        return plan;
    }

    data::schema_store& schemas_;
    std::vector<std::string> fields_;
    bool defaults_;
    plan_cache<struct_plan> plans_;
};

}  // namespace

made_step make_value_to_key(const making& from) {
    const settings given(from.options, options, from.problems);
    return std::make_unique<value_to_key>(from, given);
}

}  // namespace weir::transforms::smt
