// HoistField: the whole as the only field of a struct or map.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {option{.name = "field", .required = true}};

class hoist_field final : public sided_step {
  public:
    hoist_field(const making& from, std::string name)
        : sided_step(from.on), schemas_(from.schemas), name_(std::move(name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (of.schema == nullptr) {
            map_change map(1, memory);
            map.append(data::make_string(name_), of);
            of = map.done();
            return true;
        }
        const auto plan = plans_.get(of.schema, [&](const auto& with) {
            return keep_struct({.type = WEIR_STRUCT, .fields = {{data::text_of(name_), &with}}},
                               schemas_);
        });
        if (!plan) return refusal(plan.error());
        const auto& field = (**plan)->fields[0];
        if (refuses_null(of, *field.schema)) return null_in(field);
        const auto to = memory.take_array<data::value>(1);
        to[0] = of;
        of = data::make_struct(to, **plan);
        return true;
    }

  private:
    data::schema_store& schemas_;
    std::string name_;
    plan_cache<const data::schema*> plans_;
};

}  // namespace

made_step make_hoist_field(const making& from) {
    const settings given(from.options, options, from.problems);
    return std::make_unique<hoist_field>(from, given.text_or_empty("field"));
}

}  // namespace weir::transforms::smt
