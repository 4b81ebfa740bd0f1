// weir dlq show.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/pipeline_tools/command.hpp"
#include "cli/pipeline_tools/dlq.hpp"
#include "cli/pipeline_tools/text_form.hpp"
#include "cli/pipeline_tools/topic_reader.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/output.hpp"

namespace weir::cli::pipeline_tools {
namespace {

using connect::kafka::message;

struct show_options {
    broker_choice broker;
    std::string topic;
    std::optional<std::int32_t> partition;
    std::optional<std::int64_t> from;
    std::int64_t count = -1;
    std::vector<std::string> filters;
    bool trace = false;
    bool json = false;
};

std::string bytes_form(const std::optional<base::bytes_view>& bytes) {
    if (!bytes) return "null";
    const auto data = base::as_text(*bytes);
    return is_text(data) ? escaped(data) : "0x" + hexadecimal(data);
}

void show(const message& record, const dead_letter& letter, const show_options& how,
          tools::output& to) {
    to.print("{}-{}@{}  {}\n", escaped(record.topic), record.partition, record.offset,
             utc_text(record.timestamp_ms));
    if (letter.empty()) {
        to.put("  no headers say why it is here\n");
    } else {
        to.print("  from   {}\n", escaped(letter.origin()));
        to.print("  by     {}, task {}, stage {}\n", escaped(letter.field("connector.name")),
                 escaped(letter.field("task.id")), escaped(letter.field("stage")));
        to.print("  error  {}: {}\n", escaped(letter.field("exception.class.name")),
                 escaped(letter.field("exception.message")));
        const auto trace = letter.field("exception.stacktrace");
        if (how.trace && !trace.empty()) to.print("  trace  {}\n", escaped(trace));
    }
    to.print("  key    {}\n  value  {}\n", bytes_form(record.key), bytes_form(record.value));
    for (const auto& each : record.headers()) {
        if (is_error_header(each.key)) continue;
        to.print("  header {}: {}\n", escaped(each.key), bytes_form(each.value));
    }
}

std::string json_bytes(std::string_view name, const std::optional<base::bytes_view>& bytes) {
    return bytes ? json_member(name, base::as_text(*bytes)) : fmt::format("\"{}\":null", name);
}

void show_json(const message& record, const dead_letter& letter, tools::output& to) {
    to.print(R"({{"topic":{},"partition":{},"offset":{},"timestamp":{},"errors":{{)",
             json_string(record.topic), record.partition, record.offset, record.timestamp_ms);
    bool first = true;
    for (const auto& [name, value] : letter.fields) {
        to.print("{}{}:{}", first ? "" : ",", json_string(name), json_string(value));
        first = false;
    }
    to.print("}},{},{},\"headers\":[", json_bytes("key", record.key),
             json_bytes("value", record.value));
    first = true;
    for (const auto& each : record.headers()) {
        if (is_error_header(each.key)) continue;
        to.print("{}{{{},{}}}", first ? "" : ",", json_member("key", each.key),
                 json_bytes("value", each.value));
        first = false;
    }
    to.put("]}\n");
}

}  // namespace

int dlq_show(const arguments& given) {
    CLI::App command("Each dead letter of a topic: why it is there, from where, its bytes.",
                     "weir dlq show");
    show_options how;
    command.add_option("topic", how.topic, "The dead letter topic")->required();
    add_broker_options(command, how.broker);
    command.add_option("--count", how.count, "Ends after N")->check(CLI::NonNegativeNumber);
    command.add_option("--partition", how.partition, "One partition")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--from", how.from, "From this offset")->check(CLI::NonNegativeNumber);
    command.add_option("--filter", how.filters, "FIELD=VALUE of the error headers, as for replay");
    command.add_flag("--trace", how.trace, "The stack trace, too");
    command.add_flag("--json", how.json, "A JSON object for each");
    if (const auto ended = parse(command, given)) return *ended;
    std::vector<letter_filter> filters;
    for (const auto& each : how.filters) {
        const auto parsed = parse_filter(each);
        if (!parsed) {
            fmt::print(stderr, "--filter: '{}' is not FIELD=VALUE\n", each);
            return exit_usage;
        }
        filters.push_back(*parsed);
    }
    auto bootstrap = bootstrap_of(how.broker);
    if (!bootstrap) return exit_usage;
    auto reader = topic_reader::open({.bootstrap = std::move(*bootstrap),
                                      .topics = {how.topic},
                                      .partition = how.partition,
                                      .start = how.from ? start_at::offset : start_at::beginning,
                                      .number = how.from.value_or(0),
                                      .to_end = true});
    if (!reader) return fail("dlq show", reader.error());
    tools::output to(STDOUT_FILENO);
    std::int64_t shown = 0;
    const auto has_enough = [&] { return how.count >= 0 && shown >= how.count; };
    while (!(*reader)->at_end() && !has_enough() && !tools::console::stop_requested()) {
        constexpr std::chrono::milliseconds interval(tools::console::stop_interval_ms);
        const auto came = (*reader)->poll(interval, 10'000, [&](const message& record) {
            const auto letter = letter_of(record);
            if (has_enough() || !matches(filters, letter)) return;
            ++shown;
            how.json ? show_json(record, letter, to) : show(record, letter, how, to);
        });
        if (!to.flush()) return exit_ok;
        if (!came) return fail("dlq show", came.error());
    }
    return exit_ok;
}

}  // namespace weir::cli::pipeline_tools
