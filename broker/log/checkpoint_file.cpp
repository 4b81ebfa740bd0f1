#include "broker/log/checkpoint_file.hpp"

#include <fmt/format.h>

#include <charconv>

namespace weir::broker::log {
namespace {

constexpr std::uint64_t file_max = 64 * 1024 * 1024;

// Takes the next line (without its end) from the front of `text`.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return line;
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields;
    while (!line.empty()) {
        const auto end = line.find(' ');
        if (end != 0) fields.emplace_back(line.substr(0, end));
        line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
    }
    return fields;
}

}  // namespace

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

std::string format_checkpoint(const checkpoint_rows& rows) {
    std::string text = fmt::format("0\n{}\n", rows.size());
    for (const auto& row : rows) {
        for (std::size_t index = 0; index < row.size(); ++index) {
            if (index > 0) text += ' ';
            text += row[index];
        }
        text += '\n';
    }
    return text;
}

std::optional<checkpoint_rows> parse_checkpoint(std::string_view text, std::size_t columns) {
    if (take_line(text) != "0") return std::nullopt;
    const auto count = parse_number(take_line(text));
    if (!count || *count < 0) return std::nullopt;
    checkpoint_rows rows;
    while (!text.empty()) {
        auto fields = fields_of(take_line(text));
        if (fields.size() != columns) return std::nullopt;
        rows.push_back(std::move(fields));
    }
    if (rows.size() != static_cast<std::size_t>(*count)) return std::nullopt;
    return rows;
}

std::optional<checkpoint_rows> read_checkpoint(io::disk& disk, const std::string& path,
                                               std::size_t columns) {
    const auto content = io::read_file(disk, path, file_max);
    if (!content) return std::nullopt;
    return parse_checkpoint(base::as_text(*content), columns);
}

}  // namespace weir::broker::log
