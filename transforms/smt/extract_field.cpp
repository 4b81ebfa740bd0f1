// ExtractField: one field in place of the whole.
#include <array>

#include "transforms/smt/field_path.hpp"
#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view nested = "nested field access";

constexpr std::array options = {
    option{.name = "field", .required = true}, replace_null_option,
    option{.name = "field.syntax.version", .initial = "V1", .valid = "V1|V2", .any_case = true}};

class extract_field final : public sided_step {
  public:
    extract_field(const making& from, const settings& given, std::vector<std::string> path)
        : sided_step(from.on),
          path_(std::move(path)),
          written_(given.text_or_empty("field")),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena&) override {
        auto& of = operand(change);
        return of.schema == nullptr ? from_map(of) : from_struct(of);
    }

  private:
    outcome from_map(data::value& of) const {
        for (std::size_t index = 0; index < path_.size(); ++index) {
            if (data::is_null(of)) break;
            if (of.kind != WEIR_MAP) return no_map(of, index == 0 ? "field extraction" : nested);
            const auto* const found = data::find_field(of, path_[index]);
            of = found == nullptr ? data::make_null() : *found;
        }
        return true;
    }

    outcome from_struct(data::value& of) {
        if (!data::is_null(of) && !is_struct(of)) return no_struct(of, "field extraction");
        const auto plan = plans_.get(of.schema, [&](const auto& with) { return schema_at(with); });
        if (!plan) return refusal(plan.error());
        auto found = of;
        for (std::size_t index = 0; index < path_.size(); ++index) {
            if (data::is_null(found)) break;
            if (!is_struct(found)) return no_struct(found, nested);
            const auto at = data::field_index(*found.schema, path_[index]);
            if (!at) {
                found = data::make_null();
                break;
            }
            const auto& with = *found.schema->fields[*at].schema;
            const bool last = index + 1 == path_.size();
            found = field_value(found.of.items[*at], with, defaults_ || !last);
        }
        of = found;
        of.schema = **plan;
        return true;
    }

    std::expected<const data::schema*, std::string> schema_at(const data::schema& with) const {
        const auto* at = &with;
        for (const auto& name : path_) {
            if (at->type != WEIR_STRUCT)
                return std::unexpected("Cannot look up fields on non-struct type");
            const auto index = data::field_index(*at, name);
            if (!index) return std::unexpected("Unknown field: " + written_);
            at = at->fields[*index].schema;
        }
        return at;
    }

    std::vector<std::string> path_;
    std::string written_;
    bool defaults_;
    plan_cache<const data::schema*> plans_;
};

}  // namespace

made_step make_extract_field(const making& from) {
    const settings given(from.options, options, from.problems);
    const auto field = given.text_or_empty("field");
    const bool is_path = given.text_or_empty("field.syntax.version").ends_with('2');
    auto path = is_path ? parse_field_path(field) : std::vector{field};
    if (!path) {
        from.refuse("field", path.error());
        return nullptr;
    }
    return std::make_unique<extract_field>(from, given, std::move(*path));
}

}  // namespace weir::transforms::smt
