#include "cli/pipeline_tools/metrics_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace weir::cli::pipeline_tools {
namespace {

bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == ':';
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::string_view take_name(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && is_name_letter(text[size]))
        ++size;
    const auto name = text.substr(0, size);
    text.remove_prefix(size);
    return name;
}

bool take(std::string_view& text, char letter) {
    if (!text.starts_with(letter)) return false;
    text.remove_prefix(1);
    return true;
}

// "..." with \\, \" and \n in it.
std::optional<std::string> take_quoted(std::string_view& text) {
    if (!take(text, '"')) return std::nullopt;
    std::string out;
    while (!text.empty()) {
        const char letter = text.front();
        text.remove_prefix(1);
        if (letter == '"') return out;
        if (letter != '\\') {
            out += letter;
            continue;
        }
        if (text.empty()) return std::nullopt;
        out += text.front() == 'n' ? '\n' : text.front();
        text.remove_prefix(1);
    }
    return std::nullopt;
}

bool take_labels(std::string_view& text, metric_sample& into) {
    if (!take(text, '{')) return true;
    for (;;) {
        skip_blanks(text);
        if (take(text, '}')) return true;
        const auto name = take_name(text);
        skip_blanks(text);
        if (name.empty() || !take(text, '=')) return false;
        skip_blanks(text);
        auto value = take_quoted(text);
        if (!value) return false;
        into.labels.emplace_back(std::string(name), std::move(*value));
        skip_blanks(text);
        if (!take(text, ',') && !text.starts_with('}')) return false;
    }
}

std::optional<double> number_of(std::string_view text) {
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc::result_out_of_range) return std::nullopt;
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

std::optional<metric_sample> sample_of(std::string_view line) {
    metric_sample out;
    out.name = take_name(line);
    skip_blanks(line);
    if (out.name.empty() || !take_labels(line, out)) return std::nullopt;
    skip_blanks(line);
    const auto value = number_of(line.substr(0, line.find_first_of(" \t")));
    if (!value) return std::nullopt;
    out.value = *value;
    return out;
}

}  // namespace

std::string_view metric_sample::label(std::string_view of) const {
    for (const auto& [name, value] : labels) {
        if (name == of) return value;
    }
    return {};
}

std::expected<std::vector<metric_sample>, std::string> parse_metrics(std::string_view page) {
    std::vector<metric_sample> out;
    for (std::size_t number = 1; !page.empty(); ++number) {
        auto line = page.substr(0, page.find('\n'));
        page.remove_prefix(std::min(line.size() + 1, page.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        skip_blanks(line);
        if (line.empty() || line.starts_with('#')) continue;
        auto sample = sample_of(line);
        if (!sample || out.size() == metric_samples_max) {
            return std::unexpected(fmt::format("line {} is no line of Prometheus metrics", number));
        }
        out.push_back(std::move(*sample));
    }
    return out;
}

}  // namespace weir::cli::pipeline_tools
