// ReplaceField: fields left out, taken in, renamed.
#include <array>
#include <unordered_map>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "field replacement";

constexpr std::array options = {
    option{.name = "exclude", .type = option_type::list, .initial = ""},
    option{.name = "include", .type = option_type::list, .initial = ""},
    option{.name = "renames", .type = option_type::raw_list, .initial = ""}, replace_null_option};

using renames = std::unordered_map<std::string, std::string>;
using name_pairs = std::vector<std::pair<std::string, std::string>>;

class replace_field final : public sided_step {
  public:
    replace_field(const making& from, const settings& given, const renames& names)
        : sided_step(from.on),
          schemas_(from.schemas),
          exclude_(given.names("exclude")),
          include_(given.names("include")),
          renames_(names.begin(), names.end()),
          defaults_(given.boolean(replace_null_option.name)) {
        for (const auto& [before, after] : renames_)
            reverse_.emplace_back(after, before);
    }

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (data::is_null(of)) return true;
        return of.schema == nullptr ? change_map(of, memory) : change_struct(of, memory);
    }

  private:
    struct struct_plan {
        const data::schema* schema = nullptr;
        std::vector<std::uint32_t> from;  // which field of the one before
    };

    bool is_kept(std::string_view name) const {
        return !exclude_.contains(name) && (include_.empty() || include_.contains(name));
    }

    static std::string_view found_in(const name_pairs& names, std::string_view name) {
        for (const auto& [from, to] : names)
            if (from == name) return to;
        return name;
    }

    outcome change_map(data::value& of, data::arena& memory) const {
        if (of.kind != WEIR_MAP) return no_map(of, purpose);
        map_change map(of.count, memory);
        const auto pairs = data::items(of);
        for (std::size_t at = 0; at < pairs.size(); at += 2) {
            const auto name = data::text(pairs[at]);
            if (!is_kept(name)) continue;
            if (renames_.empty()) {
                map.append(pairs[at], pairs[at + 1]);
            } else {
                map.put(found_in(renames_, name), pairs[at + 1]);
            }
        }
        of = map.done();
        return true;
    }

    outcome change_struct(data::value& of, data::arena& memory) {
        if (!is_struct(of)) return no_struct(of, purpose);
        const auto found = plans_.get(of.schema, [&](const auto& with) { return plan_of(with); });
        if (!found) return refusal(found.error());
        const auto& plan = **found;
        const auto to = memory.take_array<data::value>(plan.from.size());
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto& field = plan.schema->fields[index];
            const auto from = plan.from[index];
            to[index] = field_value(of.of.items[from], *of.schema->fields[from].schema, defaults_);
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        of = data::make_struct(to, plan.schema);
        return true;
    }

    std::expected<struct_plan, std::string> plan_of(const data::schema& with) {
        struct_plan plan;
        auto parts = basics_of(with);
        for (std::size_t index = 0; index < with.field_count; ++index) {
            const auto name = data::view(with.fields[index].name);
            if (!is_kept(name)) continue;
            parts.fields.push_back(
                {data::text_of(found_in(renames_, name)), with.fields[index].schema});
        }
        for (const auto& field : parts.fields) {
            const auto before = found_in(reverse_, data::view(field.name));
            const auto at = data::field_index(with, before);
            if (!at) return std::unexpected(std::string(before) + " is not a valid field name");
            plan.from.push_back(static_cast<std::uint32_t>(*at));
        }
        const auto schema = keep_struct(parts, schemas_);
        if (!schema) return std::unexpected(schema.error());
        plan.schema = *schema;
        return plan;
    }

    data::schema_store& schemas_;
    name_set exclude_;
    name_set include_;
    name_pairs renames_;
    name_pairs reverse_;
    bool defaults_;
    plan_cache<struct_plan> plans_;
};

}  // namespace

made_step make_replace_field(const making& from) {
    const settings given(from.options, options, from.problems);
    renames names;
    for (const auto& each : given.list("renames")) {
        const auto colon = each.find(':');
        const bool two = colon != std::string::npos && colon + 1 < each.size() &&
                         each.find(':', colon + 1) == std::string::npos;
        if (two) {
            names.insert_or_assign(each.substr(0, colon), each.substr(colon + 1));
        } else {
            from.refuse("renames", "Invalid rename mapping: " + each);
        }
    }
    return std::make_unique<replace_field>(from, given, names);
}

}  // namespace weir::transforms::smt
