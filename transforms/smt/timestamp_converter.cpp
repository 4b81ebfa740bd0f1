// TimestampConverter: moments between text, unix time and Connect's Date, Time and Timestamp.
#include <array>
#include <limits>

#include "connect/data/civil_date.hpp"
#include "transforms/smt/date_format.hpp"
#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "converting timestamp formats";

constexpr std::array options = {
    option{.name = "field", .initial = ""},
    option{.name = "target.type", .required = true, .valid = "string|unix|Date|Time|Timestamp"},
    option{.name = "format", .initial = ""},
    option{.name = "unix.precision",
           .initial = "milliseconds",
           .valid = "nanoseconds|microseconds|milliseconds|seconds"},
    replace_null_option};

// How many of a unit a millisecond is, or how many milliseconds the unit is.
struct precision {
    std::int64_t units = 1;
    std::int64_t ms = 1;
};

precision precision_of(std::string_view name) {
    if (name == "seconds") return {1, 1000};
    if (name == "microseconds") return {1000, 1};
    if (name == "nanoseconds") return {1'000'000, 1};
    return {};
}

// TimeUnit's conversion to a smaller unit: the nearest end of the range where there is no room.
std::int64_t times(std::int64_t number, std::int64_t by) {
    std::int64_t out = 0;
    if (!__builtin_mul_overflow(number, by, &out)) return out;
    return number < 0 ? std::numeric_limits<std::int64_t>::min()
                      : std::numeric_limits<std::int64_t>::max();
}

std::string schema_text(const data::schema& of) {
    std::string out = "Schema{";
    out += data::view(of.name);
    if (of.name.size != 0) out += ':';
    return out.append(type_name(of)).append("}");
}

class timestamp_converter final : public sided_step {
  public:
    timestamp_converter(const making& from, const settings& given,
                        std::optional<date_format> format)
        : sided_step(from.on),
          schemas_(from.schemas),
          field_(given.text_or_empty("field")),
          pattern_(given.text_or_empty("format")),
          format_(std::move(format)),
          precision_(precision_of(given.text_or_empty("unix.precision"))),
          to_(kind_of(given.text_or_empty("target.type"))),
          defaults_(given.boolean(replace_null_option.name)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        if (of.schema == nullptr) return change_plain(of, memory);
        if (!field_.empty()) return change_struct(of, memory);
        const auto kind = kind_of_schema(*of.schema);
        if (!kind) return refusal(kind.error());
        const auto made = converted(of, *kind, memory);
        if (!made) return refusal(made.error());
        const auto* const updated = target_schema(of.schema->optional != 0);
        of = *made;
        of.schema = updated;
        return true;
    }

  private:
    using result = std::expected<data::value, std::string>;

    // The kind that a name of target.type stands for.
    static weir_kind kind_of(std::string_view name) {
        if (name == "string") return WEIR_STRING;
        if (name == "unix") return WEIR_INT64;
        if (name == "Date") return WEIR_DATE;
        return name == "Time" ? WEIR_TIME : WEIR_TIMESTAMP;
    }

    static std::expected<weir_kind, std::string> kind_of_schema(const data::schema& of) {
        const auto name = data::view(of.name);
        if (name == data::timestamp_name) return WEIR_TIMESTAMP;
        if (name == data::date_name) return WEIR_DATE;
        if (name == data::time_name) return WEIR_TIME;
        if (of.type == WEIR_STRING) return WEIR_STRING;
        if (of.type == WEIR_INT64) return WEIR_INT64;
        return std::unexpected("Schema " + schema_text(of) +
                               " does not correspond to a known timestamp type format");
    }

    outcome change_plain(data::value& of, data::arena& memory) const {
        if (data::is_null(of)) return true;
        if (field_.empty()) {
            const auto made = inferred(of, memory);
            if (!made) return refusal(made.error());
            of = *made;
            return true;
        }
        if (of.kind != WEIR_MAP) return no_map(of, purpose);
        map_change map(of, 1, memory);
        auto* const found = map.find(field_);
        if (found == nullptr) {
            map.append(data::make_string(field_), data::make_null());
        } else {
            const auto made = inferred(*found, memory);
            if (!made) return refusal(made.error());
            *found = *made;
        }
        of = map.done();
        return true;
    }

    outcome change_struct(data::value& of, data::arena& memory) {
        if (!data::is_null(of) && !is_struct(of)) return no_struct(of, purpose);
        const auto plan = plans_.get(of.schema, [&](const auto& with) { return updated(with); });
        if (!plan) return refusal(plan.error());
        auto made = change_fields(of, *of.schema, ***plan, memory);
        if (!made) return refusal(made.error());
        of = *made;
        return true;
    }

    // A struct of `from` as one of `to`, null as null.
    result change_fields(const data::value& of, const data::schema& from, const data::schema& to,
                         data::arena& memory) const {
        if (data::is_null(of)) return data::make_null(&to);
        const auto fields = memory.take_array<data::value>(of.count);
        for (std::size_t index = 0; index < fields.size(); ++index) {
            const auto& before = from.fields[index];
            const auto& field = to.fields[index];
            fields[index] = field_value(of.of.items[index], *before.schema, defaults_);
            if (data::view(field.name) == field_) {
                const auto kind = kind_of_schema(*before.schema);
                if (!kind) return std::unexpected(kind.error());
                const auto made = converted(fields[index], *kind, memory);
                if (!made) return made;
                fields[index] = *made;
                fields[index].schema = field.schema;
            }
            if (refuses_null(fields[index], *field.schema)) return null_in(field);
        }
        return data::make_struct(fields, &to);
    }

    std::expected<const data::schema*, std::string> updated(const data::schema& with) {
        if (with.type != WEIR_STRUCT)
            return std::unexpected("Cannot list fields on non-struct type");
        auto parts = basics_of(with);
        for (std::size_t index = 0; index < with.field_count; ++index) {
            parts.fields.push_back(with.fields[index]);
            auto& field = parts.fields.back();
            if (data::view(field.name) == field_)
                field.schema = target_schema(field.schema->optional != 0);
        }
        parts.optional = with.optional != 0;
        if (with.initial == nullptr || with.initial->kind != WEIR_STRUCT)
            return schemas_.keep(parts);
        data::arena memory;
        const auto* const without = schemas_.keep(parts);
        const auto initial = change_fields(*with.initial, with, *without, memory);
        if (!initial) return std::unexpected(initial.error());
        parts.initial = &*initial;
        return schemas_.keep(parts);
    }

    const data::schema* target_schema(bool optional) {
        if (to_ == WEIR_STRING || to_ == WEIR_INT64) return schemas_.plain(to_, optional);
        const auto name = to_ == WEIR_DATE   ? data::date_name
                          : to_ == WEIR_TIME ? data::time_name
                                             : data::timestamp_name;
        return schemas_.keep({.type = to_ == WEIR_TIMESTAMP ? WEIR_INT64 : WEIR_INT32,
                              .optional = optional,
                              .name = name,
                              .version = 1});
    }

    // A value without a schema: Java's classes say what it is.
    result inferred(const data::value& of, data::arena& memory) const {
        switch (of.kind) {
            case WEIR_NULL:
                return of;
            case WEIR_DATE:
            case WEIR_TIME:
            case WEIR_TIMESTAMP:
                return converted(of, WEIR_TIMESTAMP, memory);
            case WEIR_INT64:
            case WEIR_STRING:
                return converted(of, static_cast<weir_kind>(of.kind), memory);
            default:
                return refusal("TimestampConverter does not support " + class_text(of) +
                               " objects as timestamps");
        }
    }

    result converted(const data::value& of, weir_kind from, data::arena& memory) const {
        if (data::is_null(of)) return data::make_null();
        const auto ms = raw_ms(of, from);
        if (!ms) return std::unexpected(ms.error());
        switch (to_) {
            case WEIR_STRING: {
                std::string text;
                format_->append(*ms, text);
                return data::make_string(memory.copy(text));
            }
            case WEIR_INT64:
                return data::make_integer(WEIR_INT64, times(*ms / precision_.ms, precision_.units));
            case WEIR_DATE:
                return data::make_integer(WEIR_DATE, data::floor_divide(*ms, data::day_ms));
            case WEIR_TIME:
                return data::make_integer(WEIR_TIME, data::floor_modulo(*ms, data::day_ms));
            default:
                return data::make_integer(WEIR_TIMESTAMP, *ms);
        }
    }

    std::expected<std::int64_t, std::string> raw_ms(const data::value& of, weir_kind from) const {
        const auto expected = [&](std::string_view what) {
            return refusal(std::string("Expected ").append(what).append(", but found ") +
                           class_text(of));
        };
        if (from == WEIR_STRING) {
            if (of.kind != WEIR_STRING) return expected("string timestamp to be a String");
            if (!format_) return refusal("A timestamp that is a string needs the option format");
            const auto ms = format_->parse(data::text(of));
            if (!ms)
                return refusal("Could not parse timestamp: value (" + std::string(data::text(of)) +
                               ") does not match pattern (" + pattern_ + ")");
            return *ms;
        }
        if (from == WEIR_INT64) {
            if (of.kind != WEIR_INT64) return expected("Unix timestamp to be a Long");
            return times(of.of.integer / precision_.units, precision_.ms);
        }
        if (of.kind == WEIR_DATE) return of.of.integer * data::day_ms;
        if (of.kind == WEIR_TIME || of.kind == WEIR_TIMESTAMP) return of.of.integer;
        return expected(from == WEIR_DATE   ? "Date to be a java.util.Date"
                        : from == WEIR_TIME ? "Time to be a java.util.Date"
                                            : "Timestamp to be a java.util.Date");
    }

    data::schema_store& schemas_;
    std::string field_;
    std::string pattern_;
    std::optional<date_format> format_;
    precision precision_;
    weir_kind to_;
    bool defaults_;
    plan_cache<const data::schema*> plans_;
};

}  // namespace

made_step make_timestamp_converter(const making& from) {
    const settings given(from.options, options, from.problems);
    const auto pattern = given.text_or_empty("format");
    std::optional<date_format> format;
    if (!pattern.empty()) {
        auto made = date_format::of_pattern(pattern);
        if (!made) {
            from.refuse("format",
                        "TimestampConverter requires a SimpleDateFormat-compatible pattern for "
                        "string timestamps: " +
                            pattern + ": " + made.error());
            return nullptr;
        }
        format = std::move(*made);
    } else if (given.text_or_empty("target.type") == "string") {
        from.refuse("format",
                    "TimestampConverter requires format option to be specified when using string "
                    "timestamps");
        return nullptr;
    }
    return std::make_unique<timestamp_converter>(from, given, std::move(format));
}

}  // namespace weir::transforms::smt
