#include "connect/worker/record_decoder.hpp"

#include "base/utf8.hpp"

namespace weir::connect::worker {
namespace {

weir_value bytes_value(const std::optional<base::bytes_view>& from) {
    return from ? data::make_text(WEIR_BYTES, base::as_text(*from)) : data::make_null();
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto front = base::front_sequence(text);
        if (!front.valid) return false;
        text.remove_prefix(front.size);
    }
    return true;
}

std::unexpected<errors::failure> failed(errors::stage at, std::string class_name,
                                        std::string reason) {
    return std::unexpected(errors::failure{
        .at = at, .class_name = std::move(class_name), .reason = std::move(reason)});
}

}  // namespace

record_decoder::value_result record_decoder::formed(const weir_value& from,
                                                    converters::converter& with,
                                                    std::uint32_t form) {
    if (form == WEIR_FORM_JSON) return converters::to_json(from, memory_);
    if (form != WEIR_FORM_BYTES) return from;
    const auto bytes = with.to_bytes(from, memory_);
    if (!bytes) return std::unexpected(bytes.error());
    return bytes_value(*bytes);
}

record_decoder::value_result record_decoder::value_of(const std::optional<base::bytes_view>& from,
                                                      converters::converter& with,
                                                      std::uint32_t form) {
    if (form == WEIR_FORM_BYTES) return bytes_value(from);
    auto value = with.to_value(from, memory_, schemas_);
    if (!value || form != WEIR_FORM_JSON) return value;
    return converters::to_json(*value, memory_);
}

void record_decoder::set_headers(const kafka::message& from, weir_record& into) {
    const auto headers = from.headers();
    if (headers.empty()) return;
    const auto made = memory_.take_array<weir_header>(headers.size());
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto& each = headers[index];
        auto value = bytes_value(each.value);
        const bool as_text = value_form_ != WEIR_FORM_BYTES && each.value;
        if (as_text && is_utf8(data::text(value))) value.kind = WEIR_STRING;
        made[index] = {.key = data::text_of(each.key), .value = value};
    }
    into.headers = made.data();
    into.header_count = static_cast<std::uint32_t>(made.size());
}

std::expected<std::optional<weir_record>, errors::failure> record_decoder::transformed(
    const kafka::message& from, weir_record record) {
    using errors::stage;
    auto key = tools_.key->to_value(from.key, memory_, schemas_);
    if (!key) return failed(stage::key_converter, component_.key_converter.name, key.error());
    auto value = tools_.value->to_value(from.value, memory_, schemas_);
    if (!value)
        return failed(stage::value_converter, component_.value_converter.name, value.error());
    record.key = *key;
    record.value = *value;
    auto kept = tools_.transform->apply(record, memory_);
    if (!kept) return failed(stage::transformation, kept.error().transform, kept.error().reason);
    if (!*kept) return std::nullopt;
    key = formed(record.key, *tools_.key, key_form_);
    if (!key) return failed(stage::key_converter, component_.key_converter.name, key.error());
    value = formed(record.value, *tools_.value, value_form_);
    if (!value)
        return failed(stage::value_converter, component_.value_converter.name, value.error());
    record.key = *key;
    record.value = *value;
    return record;
}

std::expected<std::optional<weir_record>, errors::failure> record_decoder::decode(
    const kafka::message& from) {
    using errors::stage;
    weir_record record = {};
    record.topic = data::text_of(from.topic);
    record.partition = from.partition;
    record.offset = from.offset;
    record.timestamp_ms = from.timestamp_ms;
    set_headers(from, record);
    if (tools_.transform) return transformed(from, record);
    const auto key = value_of(from.key, *tools_.key, key_form_);
    if (!key) return failed(stage::key_converter, component_.key_converter.name, key.error());
    const auto value = value_of(from.value, *tools_.value, value_form_);
    if (!value)
        return failed(stage::value_converter, component_.value_converter.name, value.error());
    record.key = *key;
    record.value = *value;
    return record;
}

void record_decoder::clear() {
    memory_.clear();
}

}  // namespace weir::connect::worker
