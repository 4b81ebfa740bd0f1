// InsertField: topic, partition, offset, timestamp or a text of the configuration as a field.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "field insertion";

enum class what : std::uint8_t { topic, partition, offset, timestamp, fixed };

struct source {
    std::string_view option;
    what of;
    weir_kind kind;  // with a schema
};
constexpr std::array sources = {source{"topic.field", what::topic, WEIR_STRING},
                                source{"partition.field", what::partition, WEIR_INT32},
                                source{"offset.field", what::offset, WEIR_INT64},
                                source{"timestamp.field", what::timestamp, WEIR_TIMESTAMP},
                                source{"static.field", what::fixed, WEIR_STRING}};

constexpr std::array options = {option{"topic.field"},  option{"partition.field"},
                                option{"offset.field"}, option{"timestamp.field"},
                                option{"static.field"}, option{"static.value"},
                                replace_null_option};

struct insertion {
    source from;
    std::string name;
    bool optional = true;
};

class insert_field final : public sided_step {
  public:
    insert_field(const making& from, const settings& given, std::vector<insertion> insertions)
        : sided_step(from.on),
          schemas_(from.schemas),
          insertions_(std::move(insertions)),
          fixed_(given.text_or_empty("static.value")),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (data::is_null(of)) return true;
        return of.schema == nullptr ? change_map(of, change, memory)
                                    : change_struct(of, change, memory);
    }

  private:
    outcome change_map(data::value& of, const data::record& record, data::arena& memory) {
        if (of.kind != WEIR_MAP) return no_map(of, purpose);
        map_change map(of, insertions_.size(), memory);
        for (const auto& each : insertions_) {
            if (each.from.of == what::offset && record.offset < 0) return no_offset();
            const auto made = value_of(each.from, record, WEIR_INT64, nullptr);
            if (made) map.put(each.name, *made);
        }
        of = map.done();
        return true;
    }

    outcome change_struct(data::value& of, const data::record& record, data::arena& memory) {
        if (!is_struct(of)) return no_struct(of, purpose);
        const auto plan = plans_.get(of.schema, [&](const auto& with) { return updated(with); });
        if (!plan) return refusal(plan.error());
        const auto* const schema = **plan;
        const auto to = memory.take_array<data::value>(schema->field_count);
        for (std::size_t index = 0; index < of.count; ++index) {
            const auto& field = schema->fields[index];
            to[index] = field_value(of.of.items[index], *field.schema, defaults_);
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        for (std::size_t index = 0; index < insertions_.size(); ++index) {
            const auto at = of.count + index;
            const auto& each = insertions_[index];
            if (each.from.of == what::offset && record.offset < 0) return no_offset();
            const auto* const with = schema->fields[at].schema;
            to[at] =
                value_of(each.from, record, WEIR_TIMESTAMP, with).value_or(data::make_null(with));
        }
        of = data::make_struct(to, schema);
        return true;
    }

    static refusal no_offset() {
        return refusal(
            "Only SinkRecord supported for [field insertion], found: "
            "org.apache.kafka.connect.source.SourceRecord");
    }

    std::optional<data::value> value_of(const source& from, const data::record& record,
                                        weir_kind timestamp, const data::schema* with) const {
        switch (from.of) {
            case what::topic:
                return data::make_string(data::view(record.topic), with);
            case what::partition:
                if (record.partition < 0) return std::nullopt;
                return data::make_integer(WEIR_INT32, record.partition, with);
            case what::offset:
                return data::make_integer(WEIR_INT64, record.offset, with);
            case what::timestamp:
                if (record.timestamp_ms < 0) return std::nullopt;
                return data::make_integer(timestamp, record.timestamp_ms, with);
            default:
                return data::make_string(fixed_, with);
        }
    }

    std::expected<const data::schema*, std::string> updated(const data::schema& with) {
        auto parts = basics_of(with);
        parts.fields.assign(with.fields, with.fields + with.field_count);
        for (const auto& each : insertions_) {
            const auto* const schema = each.from.kind == WEIR_TIMESTAMP
                                           ? schemas_.keep({.type = WEIR_INT64,
                                                            .optional = each.optional,
                                                            .name = data::timestamp_name,
                                                            .version = 1})
                                           : schemas_.plain(each.from.kind, each.optional);
            parts.fields.push_back({data::text_of(each.name), schema});
        }
        return keep_struct(parts, schemas_);
    }

    data::schema_store& schemas_;
    std::vector<insertion> insertions_;
    std::string fixed_;
    bool defaults_;
    plan_cache<const data::schema*> plans_;
};

}  // namespace

made_step make_insert_field(const making& from) {
    const settings given(from.options, options, from.problems);
    std::vector<insertion> insertions;
    for (const auto& each : sources) {
        auto name = given.text(each.option);
        if (!name) continue;
        const bool required = name->ends_with('!');
        if (required || name->ends_with('?')) name->pop_back();
        insertions.push_back({each, std::move(*name), !required});
    }
    if (insertions.empty()) from.refuse("", "No field insertion configured");
    if (given.text("static.field") && !given.text("static.value"))
        from.refuse("static.value",
                    "No value specified for static field: " + *given.text("static.field"));
    return std::make_unique<insert_field>(from, given, std::move(insertions));
}

}  // namespace weir::transforms::smt
