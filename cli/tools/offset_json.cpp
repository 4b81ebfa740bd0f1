#include "cli/tools/offset_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace weir::cli::tools {
namespace {

using json = nlohmann::ordered_json;

tool_error wrong_operation(std::string message) {
    return {.exception = "org.apache.kafka.tools.AdminOperationException",
            .message = std::move(message)};
}

tool_error mapping_error(std::string message) {
    return {.exception = "com.fasterxml.jackson.databind.JsonMappingException",
            .message = std::move(message)};
}

tool_result<const json*> field(const json& of, const char* name) {
    if (!of.is_object()) {
        return std::unexpected(
            mapping_error(fmt::format("Expected JSON object, received {}", of.dump())));
    }
    const auto found = of.find(name);
    if (found != of.end()) return &*found;
    return std::unexpected(mapping_error(fmt::format("No such field exists: `{}`", name)));
}

tool_error expected_type(const char* type, const json& received) {
    return mapping_error(fmt::format("Expected `{}` value, received {}", type, received.dump()));
}

tool_result<std::int64_t> integer(const json& of, const char* name, bool wide) {
    const auto found = field(of, name);
    if (!found) return std::unexpected(found.error());
    const char* type = wide ? "Long" : "Integer";
    if (!(*found)->is_number_integer()) return std::unexpected(expected_type(type, **found));
    const auto value = (*found)->get<std::int64_t>();
    const bool fits = wide || (value >= INT32_MIN && value <= INT32_MAX);
    if (!fits) return std::unexpected(expected_type(type, **found));
    return value;
}

tool_error no_array(const json& received) {
    return mapping_error(fmt::format("Expected JSON array, received {}", received.dump()));
}

tool_result<topic_partition> partition_of(const json& each) {
    const auto topic = field(each, "topic");
    if (!topic) return std::unexpected(topic.error());
    if (!(*topic)->is_string()) return std::unexpected(expected_type("String", **topic));
    const auto partition = integer(each, "partition", false);
    if (!partition) return std::unexpected(partition.error());
    return topic_partition{.topic = (*topic)->get<std::string>(),
                           .partition = static_cast<std::int32_t>(*partition)};
}

}  // namespace

tool_result<std::vector<topic_partition>> parse_partition_json(std::string_view text) {
    const auto document = json::parse(text, nullptr, false);
    if (document.is_discarded()) {
        return std::unexpected(wrong_operation("Replica election data is empty"));
    }
    const auto partitions = document.find("partitions");
    if (!document.is_object() || partitions == document.end()) {
        return std::unexpected(
            wrong_operation("Replica election data is missing \"partitions\" field"));
    }
    if (!partitions->is_array()) return std::unexpected(no_array(*partitions));
    std::vector<topic_partition> parsed;
    std::string repeated;
    for (const auto& each : *partitions) {
        const auto which = partition_of(each);
        if (!which) return std::unexpected(which.error());
        const auto& known = std::ranges::find(parsed, *which) != parsed.end();
        if (known) repeated += (repeated.empty() ? "" : ", ") + to_text(*which);
        if (!known) parsed.push_back(*which);
    }
    if (repeated.empty()) return parsed;
    return std::unexpected(
        wrong_operation("Replica election data contains duplicate partitions: [" + repeated + "]"));
}

tool_result<std::vector<std::pair<topic_partition, std::int64_t>>> parse_offset_json(
    std::string_view text) {
    const auto document = json::parse(text, nullptr, false);
    if (document.is_discarded()) {
        return std::unexpected(wrong_operation("The input string is not a valid JSON"));
    }
    if (!document.is_object()) {
        return std::unexpected(
            mapping_error(fmt::format("Expected JSON object, received {}", document.dump())));
    }
    if (document.contains("version")) {
        const auto version = integer(document, "version", false);
        if (!version) return std::unexpected(version.error());
        if (*version != 1) {
            return std::unexpected(
                wrong_operation(fmt::format("Not supported version field value {}", *version)));
        }
    }
    const auto partitions = document.find("partitions");
    if (partitions == document.end()) {
        return std::unexpected(wrong_operation("Missing partitions field"));
    }
    if (!partitions->is_array()) return std::unexpected(no_array(*partitions));
    std::vector<std::pair<topic_partition, std::int64_t>> parsed;
    for (const auto& each : *partitions) {
        const auto which = partition_of(each);
        if (!which) return std::unexpected(which.error());
        const auto offset = integer(each, "offset", true);
        if (!offset) return std::unexpected(offset.error());
        parsed.emplace_back(*which, *offset);
    }
    return parsed;
}

}  // namespace weir::cli::tools
