// weir tap: the records of topics, as they come.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <limits>

#include "cli/pipeline_tools/command.hpp"
#include "cli/pipeline_tools/record_form.hpp"
#include "cli/pipeline_tools/text_filter.hpp"
#include "cli/pipeline_tools/text_form.hpp"
#include "cli/pipeline_tools/topic_reader.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/output.hpp"

namespace weir::cli {
namespace {

using namespace pipeline_tools;
using connect::kafka::message;
using tools::output;
using clock = std::chrono::steady_clock;

struct tap_options {
    broker_choice broker;
    std::vector<std::string> topics;
    bool from_beginning = false;
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> last;
    std::optional<std::int64_t> count;
    std::optional<std::int32_t> partition;
    std::string filter;
    std::string format = "line";
    bool json = false;
    bool key_only = false;
    bool headers = false;
    bool rate = false;
    bool to_end = false;
    bool uncommitted = false;
};

std::optional<int> parse_tap(const arguments& given, tap_options& into) {
    CLI::App command("The records of topics, as they come; Ctrl-C ends it.", "weir tap");
    command.add_option("topics", into.topics, "Names of topics, * and ? as in file names")
        ->required()
        ->type_name("TOPIC...");
    add_broker_options(command, into.broker);
    auto* beginning =
        command.add_flag("--from-beginning", into.from_beginning, "From the first record");
    auto* from = command.add_option("--from", into.from, "From this offset of each partition")
                     ->check(CLI::NonNegativeNumber);
    auto* last = command.add_option("--last", into.last, "From N before each partition's end")
                     ->check(CLI::NonNegativeNumber);
    beginning->excludes(from)->excludes(last);
    from->excludes(last);
    command.add_option("--count", into.count, "Ends after N records")
        ->check(CLI::NonNegativeNumber);
    command.add_flag("--to-end", into.to_end, "Ends where the topics end now");
    command.add_option("--filter", into.filter,
                       "Records whose key or value matches this expression (RE2)");
    command.add_option("--partition", into.partition, "One partition")
        ->check(CLI::NonNegativeNumber);
    command.add_flag("--key", into.key_only, "The key alone, without the value");
    command.add_flag("--headers", into.headers, "The headers, too");
    command.add_option("--format", into.format, "line, json or pretty")
        ->check(CLI::IsMember({"line", "json", "pretty"}));
    command.add_flag("--json", into.json, "As --format json");
    command.add_flag("--rate", into.rate, "Records and bytes per second instead of the records");
    command.add_flag("--uncommitted", into.uncommitted,
                     "Records of open and aborted transactions, too");
    return parse(command, given);
}

read_plan plan_of(const tap_options& options, std::string bootstrap) {
    read_plan plan{.bootstrap = std::move(bootstrap),
                   .topics = options.topics,
                   .partition = options.partition,
                   .to_end = options.to_end,
                   .uncommitted = options.uncommitted};
    if (options.from_beginning) plan.start = start_at::beginning;
    if (options.from) {
        plan.start = start_at::offset;
        plan.number = *options.from;
    }
    if (options.last) {
        plan.start = start_at::last;
        plan.number = *options.last;
    }
    return plan;
}

shown_as form_of(const tap_options& options) {
    shown_as how{.headers = options.headers, .escapes = ::isatty(STDOUT_FILENO) == 1};
    if (options.format == "pretty") how.format = record_format::pretty;
    if (options.format == "json" || options.json) how.format = record_format::json;
    return how;
}

std::optional<std::string_view> text_of(const std::optional<base::bytes_view>& bytes) {
    if (!bytes) return std::nullopt;
    return base::as_text(*bytes);
}

// Prints what is read: records, or once a second how many there were.
class tap {
  public:
    tap(const tap_options& options, std::optional<text_filter> filter)
        : options_(options), how_(form_of(options)), filter_(std::move(filter)) {}

    int run(topic_reader& reader);

  private:
    void show(const message& record);
    bool is_wanted(const message& record) const;
    void show_rate();
    std::size_t room() const;

    const tap_options& options_;
    shown_as how_;
    std::optional<text_filter> filter_;
    output to_{STDOUT_FILENO};
    std::int64_t shown_ = 0;
    std::int64_t shown_before_ = 0;
    std::size_t bytes_ = 0;
    clock::time_point since_ = clock::now();
};

bool tap::is_wanted(const message& record) const {
    if (!filter_) return true;
    const bool in_key = record.key && filter_->matches(base::as_text(*record.key));
    return in_key || (record.value && filter_->matches(base::as_text(*record.value)));
}

void tap::show(const message& record) {
    if (options_.count && shown_ >= *options_.count) return;
    if (!is_wanted(record)) return;
    ++shown_;
    bytes_ += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    if (options_.rate) return;
    shown_record shown{.topic = record.topic,
                       .partition = record.partition,
                       .offset = record.offset,
                       .timestamp_ms = record.timestamp_ms,
                       .key = text_of(record.key),
                       .value = options_.key_only ? std::nullopt : text_of(record.value)};
    const bool wants_headers = options_.headers || how_.format == record_format::json;
    for (const auto& each :
         wants_headers ? record.headers() : std::vector<connect::kafka::header>())
        shown.headers.push_back({.key = each.key, .value = text_of(each.value)});
    if (options_.key_only && how_.format == record_format::line) {
        to_.put(value_form(shown.key, how_.escapes) + '\n');
        return;
    }
    to_.put(pipeline_tools::form_of(shown, how_));
}

void tap::show_rate() {
    const auto now = clock::now();
    const auto seconds = std::chrono::duration<double>(now - since_).count();
    if (seconds < 1 && !tools::console::stop_requested()) return;
    const auto records = static_cast<double>(shown_ - shown_before_) / seconds;
    const auto bytes = static_cast<double>(bytes_) / seconds;
    if (how_.format == record_format::json) {
        to_.print(R"({{"records":{},"records_per_second":{:.1f},"bytes_per_second":{:.0f}}})"
                  "\n",
                  shown_, records, bytes);
    } else {
        to_.print("{:>12} records {:>12.1f} records/s {:>12.3f} MB/s\n", shown_, records,
                  bytes / 1e6);
    }
    shown_before_ = shown_;
    bytes_ = 0;
    since_ = now;
}

std::size_t tap::room() const {
    constexpr std::int64_t batch = 10'000;
    if (!options_.count || filter_) return batch;
    return static_cast<std::size_t>(std::min(batch, *options_.count - shown_));
}

int tap::run(topic_reader& reader) {
    constexpr std::chrono::milliseconds interval(tools::console::stop_interval_ms);
    while (!tools::console::stop_requested() && (!options_.count || shown_ < *options_.count)) {
        const auto came =
            reader.poll(interval, room(), [this](const auto& record) { show(record); });
        if (!came) {
            to_.flush();
            return fail("tap", came.error());
        }
        if (options_.rate) show_rate();
        // Whoever read this has enough.
        if (!to_.flush()) return exit_ok;
        if (reader.at_end()) break;
    }
    return exit_ok;
}

}  // namespace

int run_tap(const arguments& given) {
    tap_options options;
    if (const auto ended = parse_tap(given, options)) return *ended;
    std::optional<text_filter> filter;
    if (!options.filter.empty()) {
        auto compiled = text_filter::compile(options.filter);
        if (!compiled) {
            fmt::print(stderr, "weir tap: {}\n", compiled.error());
            return exit_usage;
        }
        filter = std::move(*compiled);
    }
    auto bootstrap = bootstrap_of(options.broker);
    if (!bootstrap) return exit_usage;
    std::signal(SIGPIPE, SIG_IGN);
    tools::console::watch_stop_signals();
    auto reader = topic_reader::open(plan_of(options, std::move(*bootstrap)));
    if (!reader) return fail("tap", reader.error());
    return tap(options, std::move(filter)).run(**reader);
}

}  // namespace weir::cli
