// What weir tap, top and dlq read: pages of metrics, records, what is committed with a group's
// offset. Whatever the text, there are values or a reason. Input: which of them, then the text.
#include "cli/pipeline_tools/figures.hpp"
#include "cli/pipeline_tools/record_form.hpp"
#include "cli/pipeline_tools/replay_progress.hpp"
#include "cli/pipeline_tools/text_form.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace cli::pipeline_tools;

enum kind : std::uint8_t { metrics, progress, record, kinds };

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char each) {
        const auto code = static_cast<unsigned char>(each);
        return (code < 0x20 && each != '\n') || code == 0x7f;
    });
}

void try_metrics(std::string_view text) {
    const auto middle = text.size() / 2;
    auto before = parse_metrics(text.substr(0, middle));
    auto now = parse_metrics(text);
    require(now || !now.error().empty());
    if (!now) return;
    const reading later{.samples = std::move(*now), .seconds = 2};
    reading earlier{.seconds = 1};
    if (before) earlier.samples = std::move(*before);
    const auto shown = figures_of(later, &earlier);
    require(!has_control(table_of(shown, {})));
    require(!has_control(json_of(shown)));
}

void try_progress(std::string_view text) {
    const auto parsed = replay_progress::parse(5, text);
    if (!parsed) return;
    const auto back = replay_progress::parse(parsed->next(), parsed->text());
    require(back && *back == *parsed);
}

void try_record(std::string_view text) {
    const auto middle = text.size() / 3;
    const shown_record shown{.topic = "t",
                             .timestamp_ms = static_cast<std::int64_t>(text.size()) * 1'000'000'007,
                             .key = text.substr(0, middle),
                             .value = text.substr(middle)};
    for (const auto format : {record_format::line, record_format::json, record_format::pretty}) {
        const auto form = form_of(shown, {.format = format, .headers = true});
        require(!has_control(form));
        require(form.ends_with('\n'));
        require(is_text(form));
    }
    const auto indented = indented_json(text);
    if (!indented.empty()) require(indented_json(indented) == indented);
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&made](kind which, std::string_view text) {
        made.push_back(output().put(std::uint8_t{which}).put_bytes(base::as_bytes(text)).take());
    };
    add(metrics,
        "# TYPE a counter\nkafka_connect_connector_status{connector=\"s\",status=\"RUNNING\"} 1\n"
        "kafka_connect_source_task_source_record_poll_total{connector=\"s\",task=\"0\"} 1e3\n"
        "kafka_log_log_end_offset{topic=\"t\",partition=\"0\"} 10 17\n"
        "kafka_consumer_group_lag{group=\"connect-s\",topic=\"t\",partition=\"0\"} NaN\n");
    add(progress, "weir:7-9,11-11,20-30");
    add(record, R"(key{"a":[1,{},[]],"b":"x,\"y","c":null})");
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::fuzz;
    input in(data, size);
    const auto which = in.take_uint8() % kinds;
    const auto text = in.take_rest();
    const auto view = weir::base::as_text(text);
    if (which == metrics) try_metrics(view);
    if (which == progress) try_progress(view);
    if (which == record) try_record(view);
    return 0;
}
