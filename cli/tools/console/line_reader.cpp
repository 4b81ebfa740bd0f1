#include "cli/tools/console/line_reader.hpp"

#include <fmt/format.h>

#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::console {
namespace {

tool_error kafka_exception(std::string message) {
    return {.exception = "org.apache.kafka.common.KafkaException", .message = std::move(message)};
}

bool is_true(const std::string& text) {
    return java::equals_ignoring_case(java::trim(text), "true");
}

}  // namespace

tool_result<line_reader> line_reader::create(const properties& from) {
    line_reader out;
    const auto flag = [&](std::string_view name, bool& into) {
        if (const auto text = from.get(name)) into = is_true(*text);
    };
    const auto text = [&](std::string_view name, std::string& into) {
        if (auto value = from.get(name)) into = std::move(*value);
    };
    flag("parse.key", out.parse_key_);
    flag("parse.headers", out.parse_headers_);
    flag("ignore.error", out.ignore_error_);
    text("key.separator", out.key_separator_);
    text("headers.delimiter", out.headers_delimiter_);
    text("headers.separator", out.headers_separator_);
    text("headers.key.separator", out.headers_key_separator_);
    out.null_marker_ = from.get("null.marker");
    if (out.headers_separator_.find_first_of("\\^$.|?*+()[]{}") != std::string::npos) {
        const auto compiled = pattern::compile(out.headers_separator_);
        if (!compiled) return std::unexpected(compiled.error());
        out.headers_pattern_ = *compiled;
    }
    if (auto checked = out.check(); !checked) return std::unexpected(checked.error());
    return out;
}

tool_result<void> line_reader::check() const {
    struct pair {
        const std::string* one;
        const std::string* other;
        std::string_view text;
    };
    const pair pairs[] = {
        {&headers_delimiter_, &headers_separator_, "headers.delimiter and headers.separator"},
        {&headers_delimiter_, &headers_key_separator_,
         "headers.delimiter and headers.key.separator"},
        {&headers_separator_, &headers_key_separator_,
         "headers.separator and headers.key.separator"},
    };
    for (const auto& each : pairs) {
        if (*each.one != *each.other) continue;
        return std::unexpected(kafka_exception(fmt::format("{} may not be equal", each.text)));
    }
    const std::pair<const std::string*, std::string_view> against_marker[] = {
        {&key_separator_, "key.separator"},
        {&headers_separator_, "headers.separator"},
        {&headers_delimiter_, "headers.delimiter"},
        {&headers_key_separator_, "headers.key.separator"},
    };
    for (const auto& [value, name] : against_marker) {
        if (!null_marker_ || *value != *null_marker_) continue;
        return std::unexpected(
            kafka_exception(fmt::format("null.marker and {} may not be equal", name)));
    }
    return {};
}

tool_result<std::optional<std::string_view>> line_reader::take(
    std::string_view line, std::size_t from, const std::string& separator,
    std::string_view separator_name) const {
    const auto at = line.find(separator, from);
    if (at != std::string_view::npos) return line.substr(from, at - from);
    if (ignore_error_) return std::nullopt;
    return std::unexpected(kafka_exception(
        fmt::format("No {} found on line number {}: '{}'", separator_name, line_number_, line)));
}

std::optional<pattern::place> line_reader::find_separator(std::string_view text) const {
    if (headers_pattern_) return headers_pattern_->find(text);
    const auto at = text.find(headers_separator_);
    if (at == std::string_view::npos) return std::nullopt;
    return pattern::place{.at = at, .size = headers_separator_.size()};
}

// Pattern.split: empty pieces at the end are dropped; a text that is not split is one piece.
std::vector<std::string_view> line_reader::header_pairs(std::string_view text) const {
    std::vector<std::string_view> out;
    auto rest = text;
    for (auto found = find_separator(rest); found && found->size > 0;
         found = find_separator(rest)) {
        out.push_back(rest.substr(0, found->at));
        rest.remove_prefix(found->at + found->size);
    }
    if (out.empty()) return {text};
    out.push_back(rest);
    while (!out.empty() && out.back().empty())
        out.pop_back();
    return out;
}

tool_result<std::vector<read_header>> line_reader::split_headers(std::string_view text) const {
    std::vector<read_header> out;
    for (const auto pair : header_pairs(text)) {
        const auto at = pair.find(headers_key_separator_);
        if (at == std::string_view::npos) {
            if (!ignore_error_) {
                return std::unexpected(kafka_exception(
                    fmt::format("No header key separator found in pair '{}' on line number {}",
                                pair, line_number_)));
            }
            out.push_back({.key = pair, .value = std::nullopt});
            continue;
        }
        const auto key = pair.substr(0, at);
        if (is_null(key)) {
            return std::unexpected(kafka_exception(fmt::format(
                "Header keys should not be equal to the null marker '{}' as they can't be null",
                *null_marker_)));
        }
        const auto value = pair.substr(at + headers_key_separator_.size());
        out.push_back({.key = key, .value = is_null(value) ? std::nullopt : std::optional(value)});
    }
    return out;
}

tool_result<read_record> line_reader::parse(std::string_view line) {
    read_record out;
    std::size_t from = 0;
    std::optional<std::string_view> headers;
    if (parse_headers_) {
        const auto taken = take(line, from, headers_delimiter_, "headers delimiter");
        if (!taken) return std::unexpected(taken.error());
        headers = *taken;
        if (headers) from += headers->size() + headers_delimiter_.size();
    }
    if (parse_key_) {
        const auto taken = take(line, from, key_separator_, "key separator");
        if (!taken) return std::unexpected(taken.error());
        if (*taken) from += (*taken)->size() + key_separator_.size();
        if (*taken && !is_null(**taken)) out.key = **taken;
    }
    const auto value = line.substr(from);
    if (!is_null(value)) out.value = value;
    if (headers && !is_null(*headers)) {
        auto split = split_headers(*headers);
        if (!split) return std::unexpected(split.error());
        out.headers = std::move(*split);
    }
    return out;
}

}  // namespace weir::cli::tools::console
