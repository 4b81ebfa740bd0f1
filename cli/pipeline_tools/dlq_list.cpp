// weir dlq list.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "cli/pipeline_tools/command.hpp"
#include "cli/pipeline_tools/dlq.hpp"
#include "cli/pipeline_tools/text_form.hpp"
#include "cli/pipeline_tools/topic_reader.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/output.hpp"

namespace weir::cli::pipeline_tools {
namespace {

using connect::kafka::message;

// What dead letters are counted by.
struct reason {
    std::string topic;
    std::string connector;
    std::string stage;
    std::string exception;
    auto operator<=>(const reason&) const = default;
};
struct count {
    std::int64_t records = 0;
    std::int64_t earliest_ms = -1;
    std::int64_t latest_ms = -1;
};
using counts = std::map<reason, count>;

void add(counts& into, const message& record) {
    const auto letter = letter_of(record);
    auto& of = into[{.topic = std::string(record.topic),
                     .connector = std::string(letter.field("connector.name")),
                     .stage = std::string(letter.field("stage")),
                     .exception = std::string(letter.exception())}];
    ++of.records;
    if (of.records == 1 || record.timestamp_ms < of.earliest_ms) {
        of.earliest_ms = record.timestamp_ms;
    }
    of.latest_ms = std::max(of.latest_ms, record.timestamp_ms);
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : escaped(text);
}

void print_table(const counts& all, const topic_reader::ranges& parts, tools::output& to) {
    std::map<std::string, std::int64_t> totals;
    for (const auto& [place, part] : parts)
        totals[place.first] += 0;
    for (const auto& [why, of] : all)
        totals[why.topic] += of.records;
    to.print("{:<28} {:>8} {:<20} {:<18} {:<28} {:<24} {}\n", "TOPIC", "RECORDS", "CONNECTOR",
             "STAGE", "EXCEPTION", "FIRST", "LAST");
    for (const auto& [topic, records] : totals) {
        if (records == 0) to.print("{:<28} {:>8}\n", escaped(topic), 0);
    }
    for (const auto& [why, of] : all) {
        to.print("{:<28} {:>8} {:<20} {:<18} {:<28} {:<24} {}\n", escaped(why.topic), of.records,
                 or_dash(why.connector), or_dash(why.stage), or_dash(why.exception),
                 utc_text(of.earliest_ms), utc_text(of.latest_ms));
    }
}

void print_json(const counts& all, const topic_reader::ranges& parts, tools::output& to) {
    std::map<std::string, std::string> topics;
    std::map<std::string, std::int64_t> totals;
    for (const auto& [place, part] : parts)
        topics[place.first];
    for (const auto& [why, of] : all) {
        auto& text = topics[why.topic];
        if (!text.empty()) text += ',';
        totals[why.topic] += of.records;
        text += fmt::format(
            R"({{"connector":{},"stage":{},"exception":{},"records":{},"first":{},"last":{}}})",
            json_string(why.connector), json_string(why.stage), json_string(why.exception),
            of.records, json_string(utc_text(of.earliest_ms)), json_string(utc_text(of.latest_ms)));
    }
    to.put("{\"topics\":[");
    bool first = true;
    for (const auto& [topic, reasons] : topics) {
        to.print(R"({}{{"topic":{},"records":{},"reasons":[{}]}})", first ? "" : ",",
                 json_string(topic), totals[topic], reasons);
        first = false;
    }
    to.put("]}\n");
}

}  // namespace

int dlq_list(const arguments& given) {
    CLI::App command("The dead letter topics, and their records by connector, stage, exception.",
                     "weir dlq list");
    broker_choice broker;
    std::vector<std::string> topics;
    bool json = false;
    add_broker_options(command, broker);
    command.add_option("--topic", topics,
                       "These topics, * and ? as in file names (default: *.dlq)");
    command.add_flag("--json", json, "One JSON object");
    if (const auto ended = parse(command, given)) return *ended;
    auto bootstrap = bootstrap_of(broker);
    if (!bootstrap) return exit_usage;
    if (topics.empty()) topics.emplace_back("*.dlq");
    auto reader = topic_reader::open({.bootstrap = std::move(*bootstrap),
                                      .topics = std::move(topics),
                                      .start = start_at::beginning,
                                      .to_end = true});
    if (!reader) return fail("dlq list", reader.error());
    counts all;
    do {
        constexpr std::chrono::milliseconds interval(tools::console::stop_interval_ms);
        const auto came =
            (*reader)->poll(interval, 10'000, [&](const message& record) { add(all, record); });
        if (!came) return fail("dlq list", came.error());
        if (tools::console::stop_requested()) return exit_failed;
    } while (!(*reader)->at_end());
    tools::output to(STDOUT_FILENO);
    if (json) {
        print_json(all, (*reader)->parts(), to);
    } else if ((*reader)->parts().empty()) {
        to.put("no dead letter topics\n");
    } else {
        print_table(all, (*reader)->parts(), to);
    }
    return exit_ok;
}

}  // namespace weir::cli::pipeline_tools
