// SetSchemaMetadata: another name or version for the schema.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {option{.name = "schema.name"},
                                option{.name = "schema.version", .type = option_type::integer},
                                replace_null_option};

class set_schema_metadata final : public sided_step {
  public:
    set_schema_metadata(const making& from, const settings& given)
        : sided_step(from.on),
          schemas_(from.schemas),
          name_(given.text("schema.name")),
          version_(given.integer("schema.version")),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (of.schema == nullptr) {
            if (data::is_null(of)) return true;
            return refusal("Schema required for [updating schema metadata]");
        }
        const auto plan = plans_.get(of.schema, [&](const auto& with) { return updated(with); });
        if (!plan) return refusal(plan.error());
        of.schema = **plan;
        if (!is_struct(of)) return true;
        const auto to = memory.take_array<data::value>(of.count);
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto& field = of.schema->fields[index];
            to[index] = field_value(of.of.items[index], *field.schema, defaults_);
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        of.of.items = to.data();
        return true;
    }

  private:
    std::expected<const data::schema*, std::string> updated(const data::schema& with) {
        auto parts = data::parts_of(with);
        if (name_) parts.name = *name_;
        if (version_) parts.version = *version_;
        return schemas_.keep(parts);
    }

    data::schema_store& schemas_;
    std::optional<std::string> name_;
    std::optional<std::int32_t> version_;
    bool defaults_;
    plan_cache<const data::schema*> plans_;
};

}  // namespace

made_step make_set_schema_metadata(const making& from) {
    const settings given(from.options, options, from.problems);
    if (!given.text("schema.name") && !given.text("schema.version"))
        from.refuse("", "Neither schema name nor version configured");
    return std::make_unique<set_schema_metadata>(from, given);
}

}  // namespace weir::transforms::smt
