// HeaderFrom: fields moved or copied to headers.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {
    option{.name = "fields", .type = option_type::raw_list, .required = true, .filled = true},
    option{.name = "headers", .type = option_type::raw_list, .required = true, .filled = true},
    option{.name = "operation", .required = true, .valid = "move|copy"}, replace_null_option};

class header_from final : public sided_step {
  public:
    header_from(const making& from, const settings& given)
        : sided_step(from.on),
          schemas_(from.schemas),
          fields_(given.list("fields")),
          headers_(given.list("headers")),
          moved_(fields_),
          move_(given.text_or_empty("operation") == "move"),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        const auto headers = memory.take_array<data::header>(change.header_count + fields_.size());
        std::copy_n(change.headers, change.header_count, headers.begin());
        const auto added = headers.subspan(change.header_count);
        auto done =
            of.schema == nullptr ? from_map(of, added, memory) : from_struct(of, added, memory);
        if (!done) return done;
        change.headers = headers.data();
        change.header_count = static_cast<std::uint32_t>(headers.size());
        return true;
    }

  private:
    struct struct_plan {
        const data::schema* schema = nullptr;  // of what stays
        std::vector<std::size_t> kept;
        std::vector<std::size_t> taken;
    };

    std::string_view purpose() const { return move_ ? "header move" : "header copy"; }

    outcome from_map(data::value& of, std::span<data::header> added, data::arena& memory) const {
        if (of.kind != WEIR_MAP) return no_map(of, purpose());
        map_change map(of, 0, memory);
        for (std::size_t index = 0; index < fields_.size(); ++index) {
            const auto* const found = data::find_field(of, fields_[index]);
            added[index] = {data::text_of(headers_[index]),
                            found == nullptr ? data::make_null() : *found};
            if (move_) map.remove(fields_[index]);
        }
        of = map.done();
        return true;
    }

    outcome from_struct(data::value& of, std::span<data::header> added, data::arena& memory) {
        if (!is_struct(of)) return no_struct(of, purpose());
        const auto found = plans_.get(of.schema, [&](const auto& with) { return plan_of(with); });
        if (!found) return refusal(found.error());
        const auto& plan = **found;
        const auto value_at = [&](std::size_t at) {
            auto out = field_value(of.of.items[at], *of.schema->fields[at].schema, defaults_);
            out.schema = of.schema->fields[at].schema;
            return out;
        };
        const auto to = memory.take_array<data::value>(plan.kept.size());
        for (std::size_t index = 0; index < to.size(); ++index) {
            to[index] = value_at(plan.kept[index]);
            const auto& field = plan.schema->fields[index];
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        for (std::size_t index = 0; index < fields_.size(); ++index) {
            const auto made = value_at(plan.taken[index]);
            if (refuses_null(made, *made.schema))
                return refusal("A null value requires an optional schema but was Schema{" +
                               schema_text(*made.schema) + "}");
            added[index] = {data::text_of(headers_[index]), made};
        }
        if (move_) of = data::make_struct(to, plan.schema);
        return true;
    }

    static std::string schema_text(const data::schema& of) {
        std::string out(data::view(of.name));
        if (!out.empty()) out += ':';
        return out.append(type_name(of));
    }

    std::expected<struct_plan, std::string> plan_of(const data::schema& with) {
        struct_plan plan;
        for (const auto& name : fields_) {
            const auto at = data::field_index(with, name);
            if (!at) return std::unexpected("Field does not exist: " + name);
            plan.taken.push_back(*at);
        }
        if (!move_) return plan;
        auto parts = basics_of(with);
        for (std::size_t index = 0; index < with.field_count; ++index) {
            if (moved_.contains(data::view(with.fields[index].name))) continue;
            plan.kept.push_back(index);
            parts.fields.push_back(with.fields[index]);
        }
        plan.schema = schemas_.keep(parts);
        return plan;
    }

    data::schema_store& schemas_;
    std::vector<std::string> fields_;
    std::vector<std::string> headers_;
    name_set moved_;
    bool move_;
    bool defaults_;
    plan_cache<struct_plan> plans_;
};

}  // namespace

made_step make_header_from(const making& from) {
    const settings given(from.options, options, from.problems);
    if (given.list("fields").size() != given.list("headers").size())
        from.refuse("headers",
                    "'fields' config must have the same number of elements as 'headers' config.");
    return std::make_unique<header_from>(from, given);
}

}  // namespace weir::transforms::smt
