#include "transforms/smt/chain.hpp"

#include <algorithm>
#include <array>

#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view package = "org.apache.kafka.connect.transforms.";

struct kind_of_step {
    std::string_view name;
    bool sided;  // X$Key and X$Value
    made_step (*make)(const making&);
};
constexpr std::array kinds = {kind_of_step{"Cast", true, make_cast},
                              kind_of_step{"DropHeaders", false, make_drop_headers},
                              kind_of_step{"ExtractField", true, make_extract_field},
                              kind_of_step{"Filter", false, make_filter},
                              kind_of_step{"Flatten", true, make_flatten},
                              kind_of_step{"HeaderFrom", true, make_header_from},
                              kind_of_step{"HoistField", true, make_hoist_field},
                              kind_of_step{"InsertField", true, make_insert_field},
                              kind_of_step{"InsertHeader", false, make_insert_header},
                              kind_of_step{"MaskField", true, make_mask_field},
                              kind_of_step{"RegexRouter", false, make_regex_router},
                              kind_of_step{"ReplaceField", true, make_replace_field},
                              kind_of_step{"SetSchemaMetadata", true, make_set_schema_metadata},
                              kind_of_step{"TimestampConverter", true, make_timestamp_converter},
                              kind_of_step{"TimestampRouter", false, make_timestamp_router},
                              kind_of_step{"ValueToKey", false, make_value_to_key}};

// The kind and the side that a type names; the error says what is wrong with it.
struct found_step {
    const kind_of_step* kind = nullptr;
    side on = side::value;
};

std::expected<found_step, std::string> find_step(std::string_view type) {
    const auto whole = type;
    if (type.starts_with(package)) type.remove_prefix(package.size());
    const auto dollar = type.find('$');
    const auto name = type.substr(0, dollar);
    const auto* const found = std::ranges::find(kinds, name, &kind_of_step::name);
    if (found == kinds.end()) {
        std::array<std::string_view, kinds.size()> names;
        std::ranges::transform(kinds, names.begin(), &kind_of_step::name);
        return std::unexpected("there is no transform \"" + std::string(whole) + "\"" +
                               suggestion(name, names));
    }
    const auto where = dollar == std::string_view::npos ? "" : type.substr(dollar);
    if (found->sided && where != "$Key" && where != "$Value")
        return std::unexpected(std::string(name) + " is for the key or for the value: write " +
                               std::string(name) + "$Key or " + std::string(name) + "$Value");
    if (!found->sided && !where.empty())
        return std::unexpected(std::string(name) + " has neither $Key nor $Value");
    return found_step{found, where == "$Key" ? side::key : side::value};
}

struct link {
    std::string type;
    made_step made;
    made_predicate only_if;  // null: always
    bool negate = false;
};

class chain final : public data::record_transform {
  public:
    std::expected<bool, data::transform_error> apply(data::record& change,
                                                     data::arena& memory) override {
        for (const auto& each : links_) {
            if (each.only_if && each.only_if->test(change) == each.negate) continue;
            auto done = each.made->apply(change, memory);
            if (!done)
                return std::unexpected(data::transform_error{each.type, std::move(done.error())});
            if (!*done) return false;
        }
        return true;
    }

    // Appends a step, or what is wrong with it.
    void add(const data::transform_step& step, findings& problems) {
        const auto found = find_step(step.type);
        link added{.type = step.type, .made = nullptr, .only_if = nullptr, .negate = step.negate};
        if (!found) {
            problems.push_back({"type", found.error()});
        } else {
            added.made = found->kind->make({.options = step.options,
                                            .on = found->on,
                                            .schemas = schemas_,
                                            .problems = problems});
        }
        if (!step.predicate.empty())
            added.only_if = make_predicate(step.predicate, {.options = step.predicate_options,
                                                            .on = side::value,
                                                            .schemas = schemas_,
                                                            .problems = problems});
        else if (step.negate)
            problems.push_back({"negate", "there is no predicate to negate"});
        links_.push_back(std::move(added));
    }

  private:
    data::schema_store schemas_;
    std::vector<link> links_;
};

}  // namespace

std::expected<std::unique_ptr<data::record_transform>, std::vector<data::transform_problem>>
make_chain(const std::vector<data::transform_step>& steps) {
    auto made = std::make_unique<chain>();
    std::vector<data::transform_problem> problems;
    for (std::size_t index = 0; index < steps.size(); ++index) {
        findings found;
        made->add(steps[index], found);
        for (auto& each : found)
            problems.push_back({index, std::move(each.option), std::move(each.reason)});
    }
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return made;
}

}  // namespace weir::transforms::smt
