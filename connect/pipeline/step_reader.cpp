// smt = [ { type = "MaskField$Value", fields = ["card"] }, ... ]: the transforms of a component.
#include <fmt/format.h>

#include "connect/pipeline/reader.hpp"

namespace weir::connect::pipeline {
namespace {

using config::document_value;
using config::value_kind;

constexpr std::size_t steps_max = 100;

class step_reader {
  public:
    step_reader(const document_value& from, std::string key, const component_context& context)
        : from_(from), key_(std::move(key)), context_(context) {}

    data::transform_step read() {
        if (from_.kind != value_kind::table) {
            error(from_.place, "",
                  "a step is a table, as { type = \"DropHeaders\", headers = "
                  "[\"a\"] }");
            return made_;
        }
        for (const auto& each : from_.entries) {
            if (each.key == "type") {
                read_text(each.key, each.value, made_.type);
            } else if (each.key == "negate") {
                read_flag(each.value);
            } else if (each.key == "predicate") {
                read_predicate(each.value);
            } else {
                read_options(each, made_.options);
            }
        }
        if (made_.type.empty()) {
            error(from_.place, "type", "is needed: the transform, as \"MaskField$Value\"");
        }
        if (made_.negate && made_.predicate.empty()) {
            error(from_.place, "negate", "is about a predicate, and there is none");
        }
        return made_;
    }

  private:
    using options = std::vector<std::pair<std::string, std::string>>;

    void error(const std::string& place, std::string_view option, std::string reason) {
        context_.into.errors.push_back(
            {.place = place,
             .key = option.empty() ? key_ : fmt::format("{}.{}", key_, option),
             .reason = std::move(reason)});
    }

    void read_text(const std::string& key, const document_value& value, std::string& into) {
        if (value.kind != value_kind::text || value.text.empty()) {
            return error(value.place, key, "a text is needed");
        }
        into = value.text;
    }

    void read_flag(const document_value& value) {
        made_.negate = value.text == "true";
        const bool fits = value.text == "true" || value.text == "false";
        if (!fits) error(value.place, "negate", "must be true or false");
    }

    // Kafka's dotted names may be written as tables, too.
    void read_options(const config::document_entry& entry, options& into) {
        document_value alone{.kind = value_kind::table, .place = entry.value.place};
        alone.entries.push_back(entry);
        for (const auto& each : config::flattened(alone)) {
            auto text = config::text_of(*each.value);
            if (text) {
                into.emplace_back(each.name, std::move(*text));
            } else {
                error(each.value->place, each.name, "a text, number, truth or list is needed");
            }
        }
    }

    void read_predicate(const document_value& value) {
        if (value.kind != value_kind::table) {
            return error(value.place, "predicate",
                         "is a table, as { type = \"TopicNameMatches\", pattern = \"a.*\" }");
        }
        for (const auto& each : value.entries) {
            if (each.key == "type") {
                read_text("predicate.type", each.value, made_.predicate);
            } else {
                read_options(each, made_.predicate_options);
            }
        }
        if (made_.predicate.empty()) {
            error(value.place, "predicate.type", "is needed, as \"RecordIsTombstone\"");
        }
    }

    const document_value& from_;
    std::string key_;
    const component_context& context_;
    data::transform_step made_;
};

// Where an option of a step is written.
std::string place_in(const document_value& step, const std::string& option) {
    for (const auto& each : config::flattened(step)) {
        if (each.name == option) return each.value->place;
    }
    return step.place;
}

}  // namespace

std::vector<data::transform_step> read_steps(const document_value& from, const std::string& key,
                                             const component_context& context) {
    std::vector<data::transform_step> out;
    auto& errors = context.into.errors;
    if (from.kind != value_kind::list || from.items.size() > steps_max) {
        errors.push_back({.place = from.place,
                          .key = key,
                          .reason =
                              "is a list of at most 100 tables, as [ { type = \"Flatten$Value\" "
                              "} ]"});
        return out;
    }
    const auto errors_before = errors.size();
    for (std::size_t index = 0; index < from.items.size(); ++index) {
        out.push_back(
            step_reader(from.items[index], fmt::format("{}[{}]", key, index), context).read());
    }
    if (errors.size() != errors_before || out.empty() || !context.options.transforms) return out;
    const auto made = context.options.transforms(out);
    if (made) return out;
    for (const auto& each : made.error()) {
        const auto step = std::min(each.step, from.items.size() - 1);
        auto option_key = fmt::format("{}[{}]", key, step);
        if (!each.option.empty()) option_key += "." + each.option;
        errors.push_back({.place = place_in(from.items[step], each.option),
                          .key = std::move(option_key),
                          .reason = config::without_secrets(each.reason, context.into.secrets)});
    }
    return out;
}

}  // namespace weir::connect::pipeline
