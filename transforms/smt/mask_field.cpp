// MaskField: values replaced by nothing of their type, or by a text or number of the configuration.
#include <array>

#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"
#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::string_view purpose = "mask fields";

constexpr std::array options = {
    option{.name = "fields", .type = option_type::list, .required = true, .filled = true},
    option{.name = "replacement", .filled = true}, replace_null_option};

constexpr std::size_t kinds = WEIR_JSON + 1;

// What stands for a value of each kind; the error is a sentence.
using masks = std::array<std::expected<data::value, std::string>, kinds>;

std::expected<data::value, std::string> empty_of(weir_kind kind) {
    const auto like = data::make_null();
    switch (kind) {
        case WEIR_NULL:
            return like;
        case WEIR_FLOAT32:
        case WEIR_FLOAT64:
            return data::make_real(kind, 0);
        case WEIR_STRING:
        case WEIR_JSON:
            return data::make_string("");
        case WEIR_ARRAY:
            return data::make_array({});
        case WEIR_MAP:
            return data::make_map({});
        case WEIR_DECIMAL:
            return data::make_decimal(std::string_view("\0", 1), 0);
        case WEIR_BYTES:
        case WEIR_STRUCT:
            return std::unexpected("Cannot mask value of type: " +
                                   class_text(data::make_text(kind, "")));
        default:
            return data::make_integer(kind, 0);
    }
}

std::expected<data::value, std::string> replaced(weir_kind kind, const std::string& replacement,
                                                 data::arena& memory) {
    if (kind == WEIR_NULL) return data::make_null();
    if (kind == WEIR_STRING || kind == WEIR_JSON) return data::make_string(replacement);
    const auto number = data::parse_decimal(replacement, memory);
    const bool whole =
        kind == WEIR_INT8 || kind == WEIR_INT16 || kind == WEIR_INT32 || kind == WEIR_INT64;
    const bool real = kind == WEIR_FLOAT32 || kind == WEIR_FLOAT64;
    if (!whole && !real && kind != WEIR_DECIMAL)
        return std::unexpected("Cannot mask value of type " +
                               class_text(data::make_integer(kind, 0)) +
                               " with custom replacement.");
    if (!number)
        return std::unexpected("Unable to convert " + replacement +
                               " (class java.lang.String) to " +
                               (kind == WEIR_DECIMAL ? "number" : "a number"));
    if (kind == WEIR_DECIMAL) return *number;
    if (real) {
        const auto exact = data::decimal_to_double(replacement);
        return data::make_real(
            kind, kind == WEIR_FLOAT32 ? static_cast<double>(static_cast<float>(exact)) : exact);
    }
    auto integer = data::decimal_to_long(*number);
    if (kind == WEIR_INT8) integer = static_cast<std::int8_t>(integer);
    if (kind == WEIR_INT16) integer = static_cast<std::int16_t>(integer);
    if (kind == WEIR_INT32) integer = static_cast<std::int32_t>(integer);
    return data::make_integer(kind, integer);
}

class mask_field final : public sided_step {
  public:
    mask_field(const making& from, const settings& given)
        : sided_step(from.on),
          fields_(given.names("fields")),
          replacement_(given.text_or_empty("replacement")),
          defaults_(given.boolean(replace_null_option.name)) {
        const bool custom = given.text("replacement").has_value();
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            const auto of = static_cast<weir_kind>(kind);
            masks_[kind] = custom ? replaced(of, replacement_, memory_) : empty_of(of);
        }
    }

    outcome apply(data::record& change, data::arena& memory) override {
        auto& of = operand(change);
        return of.schema == nullptr ? change_map(of, memory) : change_struct(of, memory);
    }

  private:
    const std::expected<data::value, std::string>& mask_of(const data::value& of) const {
        return masks_[std::min<std::size_t>(of.kind, WEIR_JSON)];
    }

    outcome change_map(data::value& of, data::arena& memory) const {
        if (of.kind != WEIR_MAP) return no_map(of, purpose);
        map_change map(of, fields_.names().size(), memory);
        for (const auto& name : fields_.names()) {
            auto* const found = map.find(name);
            if (found == nullptr) {
                map.append(data::make_string(name), data::make_null());
                continue;
            }
            const auto& mask = mask_of(*found);
            if (!mask) return refusal(mask.error());
            *found = *mask;
        }
        of = map.done();
        return true;
    }

    outcome change_struct(data::value& of, data::arena& memory) {
        if (!is_struct(of)) return no_struct(of, purpose);
        const auto plan = plans_.get(of.schema, [&](const auto& with) { return masked_in(with); });
        if (!plan) return refusal(plan.error());
        const auto to = memory.take_array<data::value>(of.count);
        for (std::size_t index = 0; index < to.size(); ++index) {
            const auto& field = of.schema->fields[index];
            to[index] = field_value(of.of.items[index], *field.schema, defaults_);
            if ((**plan)[index]) {
                const auto& mask = mask_of(to[index]);
                if (!mask) return refusal(mask.error());
                to[index] = *mask;
                to[index].schema = field.schema;
            }
            if (refuses_null(to[index], *field.schema)) return null_in(field);
        }
        of.of.items = to.data();
        return true;
    }

    std::expected<std::vector<bool>, std::string> masked_in(const data::schema& with) const {
        std::vector<bool> out(with.field_count);
        for (std::size_t index = 0; index < out.size(); ++index)
            out[index] = fields_.contains(data::view(with.fields[index].name));
        return out;
    }

    name_set fields_;
    std::string replacement_;
    bool defaults_;
    data::arena memory_;  // of the masks
    masks masks_;
    plan_cache<std::vector<bool>> plans_;
};

}  // namespace

made_step make_mask_field(const making& from) {
    const settings given(from.options, options, from.problems);
    return std::make_unique<mask_field>(from, given);
}

}  // namespace weir::transforms::smt
