#include "cli/pipeline_tools/record_form.hpp"

#include <fmt/format.h>

#include "cli/pipeline_tools/text_form.hpp"

namespace weir::cli::pipeline_tools {
namespace {

std::string place_of(const shown_record& record) {
    return fmt::format("{}-{}@{}", record.topic, record.partition, record.offset);
}

std::string headers_form(const shown_record& record, bool escapes) {
    std::string out;
    for (const auto& each : record.headers) {
        if (!out.empty()) out += ' ';
        out += fmt::format("{}={}", escapes ? escaped(each.key) : std::string(each.key),
                           value_form(each.value, escapes));
    }
    return fmt::format("[{}]", out);
}

std::string json_or_null(std::string_view name, const std::optional<std::string_view>& data) {
    return data ? json_member(name, *data) : fmt::format("\"{}\":null", name);
}

std::string json_form(const shown_record& record) {
    auto out = fmt::format(R"({{"topic":{},"partition":{},"offset":{},"timestamp":{},"time":{},)",
                           json_string(record.topic), record.partition, record.offset,
                           record.timestamp_ms, json_string(utc_text(record.timestamp_ms)));
    out += json_or_null("key", record.key) + ',' + json_or_null("value", record.value);
    out += ",\"headers\":[";
    bool first = true;
    for (const auto& each : record.headers) {
        if (!first) out += ',';
        first = false;
        out += '{' + json_member("key", each.key) + ',' + json_or_null("value", each.value) + '}';
    }
    return out + "]}\n";
}

std::string pretty_form(const shown_record& record, const shown_as& how) {
    auto out = fmt::format("{} {}\n", utc_text(record.timestamp_ms), place_of(record));
    if (how.key) out += fmt::format("  key: {}\n", value_form(record.key, how.escapes));
    if (how.headers) {
        for (const auto& each : record.headers) {
            out +=
                fmt::format("  {}: {}\n", how.escapes ? escaped(each.key) : std::string(each.key),
                            value_form(each.value, how.escapes));
        }
    }
    const auto indented = record.value ? indented_json(*record.value) : std::string{};
    if (indented.empty()) return out + value_form(record.value, how.escapes) + '\n';
    if (!how.escapes) return out + indented + '\n';
    // Line breaks are the only control characters of a document; what its strings hold beyond
    // ASCII is still to be escaped.
    std::string_view rest = indented;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        out += escaped(rest.substr(0, end)) + '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

}  // namespace

std::string value_form(const std::optional<std::string_view>& value, bool escapes) {
    if (!value) return "null";
    return escapes ? escaped(*value) : std::string(*value);
}

std::string form_of(const shown_record& record, const shown_as& how) {
    if (how.format == record_format::json) return json_form(record);
    if (how.format == record_format::pretty) return pretty_form(record, how);
    auto out = fmt::format("{} {}", utc_text(record.timestamp_ms), place_of(record));
    if (how.key && record.key) out += ' ' + value_form(record.key, how.escapes);
    if (how.headers && !record.headers.empty()) out += ' ' + headers_form(record, how.escapes);
    return out + ' ' + value_form(record.value, how.escapes) + '\n';
}

}  // namespace weir::cli::pipeline_tools
