#include "cli/tools/group_admin/offset_csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::group_admin {
namespace {

// Jackson puts a text between quotes when it is long or has a character up to the comma.
std::string quoted(std::string_view text) {
    constexpr std::size_t length_unchecked = 24;
    const bool plain =
        text.size() <= length_unchecked && std::ranges::none_of(text, [](char letter) {
            return static_cast<unsigned char>(letter) <= ',';
        });
    if (plain) return std::string(text);
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"') out += '"';
        out += letter;
    }
    return out + '"';
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields(1);
    bool inside = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char letter = line[at];
        if (letter == '"' && inside && at + 1 < line.size() && line[at + 1] == '"') {
            fields.back() += letter;
            ++at;
        } else if (letter == '"') {
            inside = !inside;
        } else if (letter == ',' && !inside) {
            fields.emplace_back();
        } else if (letter != '\r') {
            fields.back() += letter;
        }
    }
    return fields;
}

tool_error bad_line(std::string_view line) {
    return {.exception = "java.lang.RuntimeException",
            .message = fmt::format("com.fasterxml.jackson.dataformat.csv.CsvReadException: "
                                   "cannot be read: {}",
                                   line)};
}

tool_result<csv_line> parse_line(std::string_view line, bool with_group) {
    auto fields = fields_of(line);
    const std::size_t skipped = with_group ? 1 : 0;
    if (fields.size() != 3 + skipped) return std::unexpected(bad_line(line));
    const auto partition = java::parse_int(java::trim(fields[1 + skipped]));
    const auto offset = java::parse_long(java::trim(fields[2 + skipped]));
    if (!partition || !offset) return std::unexpected(bad_line(line));
    return csv_line{.group = with_group ? fields[0] : std::string(),
                    .which = {.topic = fields[skipped], .partition = *partition},
                    .offset = *offset};
}

void put(offset_list& into, const csv_line& line) {
    const auto same =
        std::ranges::find(into, line.which, [](const auto& each) { return each.first; });
    if (same == into.end()) {
        into.emplace_back(line.which, line.offset);
    } else {
        same->second = line.offset;
    }
}

}  // namespace

std::string to_csv(const csv_line& line) {
    const auto group = line.group.empty() ? std::string() : quoted(line.group) + ",";
    return fmt::format("{}{},{},{}\n", group, quoted(line.which.topic), line.which.partition,
                       line.offset);
}

tool_result<offset_plans> parse_csv(std::string_view text,
                                    const std::optional<std::string>& only_group) {
    offset_plans plans;
    const auto lines = java::split(text, "\n");
    const bool without_group = only_group && !lines.empty() && fields_of(lines.front()).size() == 3;
    for (const auto& each : lines) {
        const auto line = parse_line(each, !without_group);
        if (!line) return std::unexpected(line.error());
        put(plans[without_group ? *only_group : line->group], *line);
    }
    for (auto& [group, plan] : plans)
        java::sort_as_hash_map(plan, [](const auto& each) { return hash_of(each.first); });
    return plans;
}

}  // namespace weir::cli::tools::group_admin
