#include "cli/pipeline_tools/dead_letter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/pipeline_tools/glob.hpp"

namespace weir::cli::pipeline_tools {

std::string_view dead_letter::field(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, [](const auto& each) { return each.first; });
    return found == fields.end() ? std::string_view{} : std::string_view(found->second);
}

std::string dead_letter::origin() const {
    if (field("topic").empty()) return "-";
    const auto partition = field("partition");
    const auto offset = field("offset");
    return fmt::format("{}-{}@{}", field("topic"), partition.empty() ? "?" : partition,
                       offset.empty() ? "?" : offset);
}

std::string_view dead_letter::exception() const {
    const auto name = field("exception.class.name");
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool is_error_header(std::string_view name) {
    return name.starts_with(error_header_prefix);
}

void add_header(dead_letter& into, std::string_view name,
                const std::optional<base::bytes_view>& value) {
    if (!is_error_header(name)) return;
    name.remove_prefix(error_header_prefix.size());
    std::string text(value ? base::as_text(*value) : std::string_view{});
    const auto found =
        std::ranges::find(into.fields, name, [](const auto& each) { return each.first; });
    if (found != into.fields.end()) {
        found->second = std::move(text);
    } else {
        into.fields.emplace_back(std::string(name), std::move(text));
    }
}

std::optional<letter_filter> parse_filter(std::string_view text) {
    if (is_error_header(text)) text.remove_prefix(error_header_prefix.size());
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    return letter_filter{.field = std::string(text.substr(0, equals)),
                         .pattern = std::string(text.substr(equals + 1))};
}

bool matches(const std::vector<letter_filter>& filters, const dead_letter& letter) {
    return std::ranges::all_of(filters, [&](const letter_filter& each) {
        return glob_matches(each.pattern, letter.field(each.field));
    });
}

}  // namespace weir::cli::pipeline_tools
