// The other part of figures: how they are shown.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/pipeline_tools/figures.hpp"
#include "cli/pipeline_tools/text_form.hpp"

namespace weir::cli::pipeline_tools {
namespace {

// 0, 12.3, 4567, 12.3k, 4.5M: at most six letters.
std::string number_form(double value) {
    if (!std::isfinite(value)) return "-";
    if (value == std::floor(value) && std::abs(value) < 10'000) return fmt::format("{:.0f}", value);
    if (std::abs(value) < 1000) return fmt::format("{:.1f}", value);
    constexpr std::string_view units = "kMGTP";
    std::size_t unit = 0;
    for (value /= 1000; std::abs(value) >= 1000 && unit + 1 < units.size(); value /= 1000)
        ++unit;
    return fmt::format("{:.1f}{}", value, units[unit]);
}

std::string number_form(const std::optional<double>& value) {
    return value ? number_form(*value) : "-";
}

// Names come from outside, and a long one must not break the table.
std::string name_form(std::string_view name) {
    constexpr std::size_t width = 28;
    auto out = escaped(name);
    if (out.size() <= width) return out;
    std::size_t cut = width - 1;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0) == 0x80)
        --cut;
    return out.substr(0, cut) + "~";
}

std::string_view color_of(const connector_figures& of) {
    const bool is_bad = of.state == "FAILED" || of.tasks_failed > 0;
    if (is_bad) return "\x1b[31m";
    if (of.errors > 0 || of.dead_letters > 0) return "\x1b[33m";
    return "";
}

void add_row(std::string& out, const connector_figures& of, bool colors) {
    const auto color = colors ? color_of(of) : std::string_view{};
    const auto tasks = of.tasks_failed > 0
                           ? fmt::format("{:.0f} ({:.0f}!)", of.tasks, of.tasks_failed)
                           : fmt::format("{:.0f}", of.tasks);
    out += fmt::format("{}{:<28} {:<6} {:<10} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7}{}\n",
                       color, name_form(of.name), of.kind, name_form(of.state), tasks,
                       number_form(of.records_in), number_form(of.records_out),
                       number_form(of.batch_ms), number_form(of.lag), number_form(of.errors),
                       number_form(of.dead_letters), number_form(of.retries),
                       color.empty() ? "" : "\x1b[0m");
}

std::string json_number(const std::optional<double>& value) {
    if (!value || !std::isfinite(*value)) return "null";
    return fmt::format("{:.12g}", *value);
}

std::string json_of(const connector_figures& of) {
    return fmt::format(
        R"({{"name":{},"type":{},"state":{},"tasks":{},"tasks_failed":{},)"
        R"("records_in_per_second":{},"records_out_per_second":{},"batch_ms":{},"lag":{},)"
        R"("errors":{},"retries":{},"skipped":{},"dead_letters":{}}})",
        json_string(of.name), json_string(of.kind), json_string(of.state), json_number(of.tasks),
        json_number(of.tasks_failed), json_number(of.records_in), json_number(of.records_out),
        json_number(of.batch_ms), json_number(of.lag), json_number(of.errors),
        json_number(of.retries), json_number(of.skipped), json_number(of.dead_letters));
}

std::string json_of(const topic_figures& of) {
    return fmt::format(R"({{"name":{},"partitions":{},"records_in_per_second":{},"log_bytes":{}}})",
                       json_string(of.name), json_number(of.partitions), json_number(of.records_in),
                       json_number(of.bytes));
}

template <class Items>
std::string json_list(const Items& items) {
    std::string out;
    for (const auto& each : items)
        out += (out.empty() ? "" : ",") + json_of(each);
    return fmt::format("[{}]", out);
}

}  // namespace

std::string table_of(const figures& what, const table_options& how) {
    const auto title = [&](std::string text) {
        return how.colors ? fmt::format("\x1b[7m{}\x1b[0m\n", text) : text + '\n';
    };
    std::string out;
    if (!what.connectors.empty()) {
        out +=
            title(fmt::format("{:<28} {:<6} {:<10} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7}",
                              "CONNECTOR", "TYPE", "STATE", "TASKS", "IN/s", "OUT/s", "BATCH ms",
                              "LAG", "ERRORS", "DLQ", "RETRIES"));
        for (const auto& each : what.connectors)
            add_row(out, each, how.colors);
        if (what.connectors.size() > 1) add_row(out, what.total, false);
    }
    if (!what.topics.empty()) {
        if (!out.empty()) out += '\n';
        out += title(
            fmt::format("{:<28} {:>10} {:>10} {:>10}", "TOPIC", "PARTITIONS", "IN/s", "BYTES"));
        const auto shown = std::min(what.topics.size(), how.topics_max);
        for (std::size_t index = 0; index < shown; ++index) {
            const auto& each = what.topics[index];
            out += fmt::format("{:<28} {:>10} {:>10} {:>10}\n", name_form(each.name),
                               number_form(each.partitions), number_form(each.records_in),
                               number_form(each.bytes));
        }
        if (shown < what.topics.size()) {
            out += fmt::format("and {} topics more\n", what.topics.size() - shown);
        }
    }
    if (what.bytes_in || what.bytes_out) {
        out += fmt::format("\nbroker: {} B/s in, {} B/s out\n", number_form(what.bytes_in),
                           number_form(what.bytes_out));
    }
    return out.empty() ? "no connectors and no topics\n" : out;
}

std::string json_of(const figures& what) {
    return fmt::format(
        R"({{"connectors":{},"total":{},"topics":{},"broker":{{"bytes_in_per_second":{},)"
        R"("bytes_out_per_second":{}}}}})"
        "\n",
        json_list(what.connectors), json_of(what.total), json_list(what.topics),
        json_number(what.bytes_in), json_number(what.bytes_out));
}

}  // namespace weir::cli::pipeline_tools
