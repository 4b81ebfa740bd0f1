#include "connect/worker/record_encoder.hpp"

#include <fmt/format.h>

namespace weir::connect::worker {
namespace {

bool is_text(const weir_value& of) {
    return of.kind == WEIR_STRING || of.kind == WEIR_BYTES || of.kind == WEIR_JSON;
}

base::bytes_view text_bytes(const weir_value& of) {
    return base::as_bytes(of.count == 0 ? std::string_view("", 0) : data::text(of));
}

std::unexpected<errors::failure> failed(errors::stage at, std::string class_name,
                                        std::string reason) {
    return std::unexpected(errors::failure{
        .at = at, .class_name = std::move(class_name), .reason = std::move(reason)});
}

std::string problems_of(const std::vector<data::transform_problem>& all) {
    std::string out;
    for (const auto& each : all) {
        if (!out.empty()) out += "; ";
        out += fmt::format("smt step {}{}{}: {}", each.step + 1, each.option.empty() ? "" : ": ",
                           each.option, each.reason);
    }
    return out;
}

}  // namespace

std::expected<record_tools, std::string> make_tools(const task_setup& setup) {
    const auto& of = *setup.component;
    record_tools out;
    const auto make = [&of](const pipeline::converter_config& config) {
        return converters::make_converter({.name = config.name,
                                           .decimal_format = config.decimal_format,
                                           .expand_json = !of.smt.empty()});
    };
    auto key = make(of.key_converter);
    if (!key) return std::unexpected("key converter: " + key.error());
    auto value = make(of.value_converter);
    if (!value) return std::unexpected("value converter: " + value.error());
    out.key = std::move(*key);
    out.value = std::move(*value);
    if (of.smt.empty()) return out;
    if (!setup.options->transforms) return std::unexpected("there are no transforms here");
    auto made = setup.options->transforms(of.smt);
    if (!made) return std::unexpected(problems_of(made.error()));
    out.transform = std::move(*made);
    return out;
}

record_encoder::bytes_result record_encoder::bytes_of(const weir_value& from,
                                                      converters::converter& with,
                                                      const std::string& name) {
    if (name == "auto") {
        // What most records are; the converter would give the same.
        if (is_text(from)) return text_bytes(from);
        if (from.kind == WEIR_NULL) return std::nullopt;
    }
    return with.to_bytes(from, memory_);
}

record_encoder::bytes_result record_encoder::plain_bytes_of(const weir_value& from) {
    if (from.kind == WEIR_NULL) return std::nullopt;
    if (is_text(from)) return text_bytes(from);
    const auto json = converters::to_json(from, memory_);
    if (!json) return std::unexpected(json.error());
    if (json->kind == WEIR_NULL) return std::nullopt;
    return text_bytes(*json);
}

std::expected<std::span<const kafka::header>, std::string> record_encoder::headers_of(
    const weir_record& from) {
    if (from.header_count == 0) return std::span<const kafka::header>{};
    auto& into = headers_.emplace_back();
    for (std::uint32_t index = 0; index < from.header_count; ++index) {
        const auto& each = from.headers[index];
        auto bytes = plain_bytes_of(each.value);
        if (!bytes) return std::unexpected(bytes.error());
        into.push_back({.key = data::view(each.key), .value = *bytes});
    }
    return into;
}

void record_encoder::push(const kafka::record& what) {
    out_bytes_ += (what.key ? what.key->size() : 0) + (what.value ? what.value->size() : 0);
    out_.push_back(what);
}

errors::origin record_encoder::origin_of(const weir_record& from) const {
    const auto own = data::view(from.topic);
    return {.topic = own.empty() ? std::string_view(component_.topic) : own,
            .partition = from.partition,
            .offset = -1,
            .connector = component_.name,
            .task = task_};
}

std::expected<void, errors::failure> record_encoder::encode(const weir_record& from,
                                                            std::int64_t bytes_max) {
    using errors::stage;
    if (from.error.size > 0) {
        return failed(stage::task_poll, connector_type_, std::string(data::view(from.error)));
    }
    const weir_record* record = &from;
    weir_record changed;
    if (tools_.transform) {
        changed = from;
        if (changed.topic.size == 0) changed.topic = data::text_of(component_.topic);
        auto kept = tools_.transform->apply(changed, memory_);
        if (!kept) {
            return failed(stage::transformation, kept.error().transform, kept.error().reason);
        }
        if (!*kept) return {};
        record = &changed;
    }
    const auto own = data::view(record->topic);
    kafka::record out{.topic = own.empty() ? std::string_view(component_.topic) : own};
    if (out.topic.empty()) {
        return failed(stage::kafka_produce, connector_type_,
                      "the record has no topic, and neither has the component (topic = \"...\")");
    }
    auto key = bytes_of(record->key, *tools_.key, component_.key_converter.name);
    if (!key) return failed(stage::key_converter, component_.key_converter.name, key.error());
    auto value = bytes_of(record->value, *tools_.value, component_.value_converter.name);
    if (!value)
        return failed(stage::value_converter, component_.value_converter.name, value.error());
    const auto headers = headers_of(*record);
    if (!headers) return failed(stage::header_converter, "headers", headers.error());
    out.key = *key;
    out.value = *value;
    out.headers = *headers;
    if (record->partition >= 0) out.partition = record->partition;
    if (record->timestamp_ms >= 0) out.timestamp_ms = record->timestamp_ms;
    const auto size = (out.key ? out.key->size() : 0) + (out.value ? out.value->size() : 0);
    if (size > static_cast<std::uint64_t>(bytes_max)) {
        return failed(
            stage::kafka_produce, "librdkafka",
            fmt::format("the record has {} bytes, and message.max.bytes is {}", size, bytes_max));
    }
    push(out);
    return {};
}

std::expected<void, errors::failure> record_encoder::add_dead_letter(const weir_record& from,
                                                                     const errors::failure& why) {
    const auto key = plain_bytes_of(from.key);
    const auto value = plain_bytes_of(from.value);
    const auto headers = headers_of(from);
    if (!key || !value || !headers) return std::unexpected(why);
    const auto& made = dead_letters_.emplace_back(origin_of(from), why, *headers);
    kafka::record out{.topic = component_.errors.dead_letter_topic,
                      .key = *key,
                      .value = *value,
                      .headers = made.headers()};
    if (from.timestamp_ms >= 0) out.timestamp_ms = from.timestamp_ms;
    push(out);
    return {};
}

void record_encoder::clear() {
    out_.clear();
    out_bytes_ = 0;
    headers_.clear();
    dead_letters_.clear();
    memory_.clear();
}

}  // namespace weir::connect::worker
