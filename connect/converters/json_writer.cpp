#include "connect/converters/json_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "connect/converters/json_text.hpp"
#include "connect/data/base64.hpp"
#include "connect/data/decimal.hpp"
#include "connect/data/number_text.hpp"
#include "connect/data/schema.hpp"

namespace weir::connect::converters {
namespace {

using data::value;

// The scale that a schema of decimals demands.
std::expected<std::int64_t, std::string> scale_of(const data::schema& of) {
    for (std::size_t index = 0; index < of.parameter_count; ++index) {
        if (data::view(of.parameters[index].key) != "scale") continue;
        const auto scale =
            data::parse_integer(data::view(of.parameters[index].value), -2147483648, 2147483647);
        if (!scale) return std::unexpected("Invalid scale parameter found in Decimal schema: ");
        return *scale;
    }
    return std::unexpected("Invalid Decimal schema: scale parameter not found.");
}

bool has_string_keys(const data::schema* with, const value& of) {
    if (with != nullptr && with->key != nullptr) return with->key->type == WEIR_STRING;
    const auto pairs = data::items(of);
    for (std::size_t index = 0; index < pairs.size(); index += 2) {
        if (pairs[index].kind != WEIR_STRING) return false;
    }
    return true;
}

}  // namespace

void json_writer::grow(std::size_t size) {
    const auto capacity = std::max({capacity_ * 2, size_ + size, std::size_t{1024}});
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ != 0) std::memcpy(larger.get(), buffer_.get(), size_);
    buffer_ = std::move(larger);
    capacity_ = capacity;
}

void json_writer::write_string(std::string_view text) {
    // Room for the quotes and for the text as it is; an escape makes room for itself.
    *room(text.size() + 2) = '"';
    ++size_;
    while (true) {
        const auto plain = plain_size(text.data(), text.size());
        std::memcpy(room(plain + 1), text.data(), plain);
        size_ += plain;
        if (plain == text.size()) break;
        size_ += write_escape(static_cast<unsigned char>(text[plain]), room(6));
        text.remove_prefix(plain + 1);
    }
    *room(1) = '"';
    ++size_;
}

void json_writer::write_bytes(std::string_view bytes) {
    const auto size = data::base64_size(bytes.size());
    auto* const out = room(size + 2);
    out[0] = '"';
    data::write_base64(bytes, out + 1);
    out[size + 1] = '"';
    size_ += size + 2;
}

// What JSON has no number for is a string, as Jackson writes it.
void json_writer::write_real(std::string_view text, bool finite) {
    if (finite) return append(text);
    append("\"");
    append(text);
    append("\"");
}

json_writer::done json_writer::write_null(const data::schema* with) {
    if (with == nullptr) {
        append("null");
        return {};
    }
    if (with->initial != nullptr && rules_.replace_null_with_default &&
        with->initial->kind != WEIR_NULL)
        return write(with, *with->initial);
    if (with->optional == 0)
        return std::unexpected(
            "Conversion error: null value for field that is required and has no default value");
    append("null");
    return {};
}

json_writer::done json_writer::write_decimal(const data::schema* with, const value& of) {
    if (rules_.numeric_decimals) {
        const auto text = data::decimal_text(of);
        if (!text) return std::unexpected("A decimal has too many digits.");
        append(*text);
        return {};
    }
    if (with != nullptr) {
        const auto scale = scale_of(*with);
        if (!scale) return std::unexpected(scale.error());
        if (*scale != of.scale)
            return std::unexpected(
                "Decimal value has mismatching scale for given Decimal schema. Schema has scale " +
                std::to_string(*scale) + ", value has scale " + std::to_string(of.scale) + ".");
    }
    write_bytes(data::text(of));
    return {};
}

json_writer::done json_writer::write_array(const data::schema* with, const value& of) {
    const auto* const item = with == nullptr ? nullptr : with->item;
    char before = '[';
    for (const auto& each : data::items(of)) {
        *room(1) = before;
        ++size_;
        before = ',';
        if (auto written = write(item, each); !written) return written;
    }
    append(before == '[' ? "[]" : "]");
    return {};
}

json_writer::done json_writer::write_map(const data::schema* with, const value& of) {
    const auto* const key = with == nullptr ? nullptr : with->key;
    const auto* const item = with == nullptr ? nullptr : with->item;
    const bool object = has_string_keys(with, of);
    const auto pairs = data::items(of);
    append(object ? "{" : "[");
    for (std::size_t index = 0; index < pairs.size(); index += 2) {
        if (index != 0) append(",");
        if (!object) append("[");
        if (object && pairs[index].kind == WEIR_STRING) {
            write_string(data::text(pairs[index]));
        } else if (object) {
            append("\"null\"");
        } else if (auto written = write(key, pairs[index]); !written) {
            return written;
        }
        append(object ? ":" : ",");
        if (auto written = write(item, pairs[index + 1]); !written) return written;
        if (!object) append("]");
    }
    append(object ? "}" : "]");
    return {};
}

json_writer::done json_writer::write_struct(const value& of) {
    if (of.schema == nullptr || of.schema->field_count != of.count)
        return std::unexpected("Mismatching schema.");
    char before = '{';
    for (std::size_t index = 0; index < of.count; ++index) {
        *room(1) = before;
        ++size_;
        before = ',';
        const auto& field = of.schema->fields[index];
        write_string(data::view(field.name));
        *room(1) = ':';
        ++size_;
        if (auto written = write(field.schema, of.of.items[index]); !written) return written;
    }
    append(before == '{' ? "{}" : "}");
    return {};
}

json_writer::done json_writer::write(const data::schema* with, const value& of) {
    switch (of.kind) {
        case WEIR_NULL:
            return write_null(with);
        case WEIR_BOOLEAN:
            append(of.of.integer != 0 ? "true" : "false");
            return {};
        case WEIR_FLOAT32:
            write_real(data::number_text::of_float(static_cast<float>(of.of.real)),
                       std::isfinite(of.of.real));
            return {};
        case WEIR_FLOAT64:
            write_real(data::number_text::of_double(of.of.real), std::isfinite(of.of.real));
            return {};
        case WEIR_STRING:
            write_string(data::text(of));
            return {};
        case WEIR_BYTES:
            write_bytes(data::text(of));
            return {};
        case WEIR_JSON:
            append(data::text(of));
            return {};
        case WEIR_DECIMAL:
            return write_decimal(with, of);
        case WEIR_ARRAY:
            return write_array(with, of);
        case WEIR_MAP:
            return write_map(with, of);
        case WEIR_STRUCT:
            return write_struct(of);
        default: {
            auto* const out = room(24);
            size_ +=
                static_cast<std::size_t>(std::to_chars(out, out + 24, of.of.integer).ptr - out);
            return {};
        }
    }
}

}  // namespace weir::connect::converters
