// weir dlq replay: dead letters go back to where they came from, each once: what is sent and which
// records it was are one transaction.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "cli/pipeline_tools/command.hpp"
#include "cli/pipeline_tools/dlq.hpp"
#include "cli/pipeline_tools/replay_progress.hpp"
#include "cli/pipeline_tools/text_form.hpp"
#include "cli/pipeline_tools/topic_reader.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/output.hpp"
#include "connect/kafka/offsets.hpp"
#include "connect/kafka/producer.hpp"

namespace weir::cli::pipeline_tools {
namespace {

using namespace std::chrono_literals;
using connect::kafka::client_errc;
using connect::kafka::client_result;
using connect::kafka::group_offset;
using connect::kafka::header;
using connect::kafka::message;
using connect::kafka::producer;
using connect::kafka::record;

constexpr auto broker_timeout = 30'000ms;
constexpr std::size_t transaction_records_max = 5000;

struct replay_options {
    broker_choice broker;
    std::string bootstrap;
    std::string topic;
    std::string to;
    std::vector<std::string> filter_texts;
    std::vector<letter_filter> filters;
    std::optional<std::int32_t> partition;
    std::int64_t from = 0;
    std::int64_t until = std::numeric_limits<std::int64_t>::max();
    bool dry_run = false;
    bool again = false;
    bool json = false;
};

struct tally {
    std::map<std::string, std::int64_t> sent;  // by topic
    std::int64_t before = 0;                   // replayed by an earlier run
    std::int64_t not_chosen = 0;
    std::int64_t without_origin = 0;

    std::int64_t total() const {
        std::int64_t out = 0;
        for (const auto& [topic, records] : sent)
            out += records;
        return out;
    }
};

class replay {
  public:
    explicit replay(const replay_options& how)
        : how_(how), group_("weir-dlq-replay-" + how.topic) {}

    // A sentence when it did not get to the end; then what is in counted() was sent all the same.
    text_result<void> run();
    const tally& counted() const { return counted_; }
    const std::string& group() const { return group_; }

  private:
    struct progress {
        replay_progress done;
        std::int64_t next = 0;  // of the next record that is read
        bool is_changed = false;
    };

    text_result<void> open();
    text_result<void> read_progress();
    text_result<void> open_producer();
    text_result<void> one_round();
    void take(const message& what);
    std::string target_of(const dead_letter& letter) const;
    std::optional<std::int32_t> partition_of(const dead_letter& letter);
    void send(const message& what, const dead_letter& letter, const std::string& target);
    text_result<void> commit();
    void note_failure(const std::string& text) {
        if (!failure_) failure_ = text;
    }

    const replay_options& how_;
    std::string group_;
    std::unique_ptr<topic_reader> reader_;
    std::unique_ptr<producer> producer_;
    std::map<std::int32_t, progress> partitions_;
    std::map<std::string, std::int32_t> partition_counts_;
    tally counted_;
    tally round_;  // not committed yet
    bool is_begun_ = false;
    std::optional<std::string> failure_;
};

text_result<void> replay::open_producer() {
    connect::kafka::client_options options{.settings = {{"bootstrap.servers", how_.bootstrap},
                                                        {"client.id", "weir"},
                                                        {"transactional.id", group_},
                                                        {"transaction.timeout.ms", "60000"},
                                                        {"linger.ms", "5"}},
                                           .on_log = {}};
    auto made = producer::create(std::move(options), [this](const auto& delivered) {
        if (delivered.error) note_failure(delivered.error->text);
    });
    if (!made) return std::unexpected(made.error().text);
    producer_ = std::move(*made);
    // Another replay of the topic that runs at the same time ends here: its next commit fails.
    if (auto done = producer_->init_transactions(broker_timeout); !done) {
        return std::unexpected(fmt::format("no transactions: {}", done.error().text));
    }
    return {};
}

text_result<void> replay::open() {
    auto opened = topic_reader::open({.bootstrap = how_.bootstrap,
                                      .topics = {how_.topic},
                                      .partition = how_.partition,
                                      .start = start_at::beginning,
                                      .to_end = true,
                                      .group = group_});
    if (!opened) return std::unexpected(opened.error());
    reader_ = std::move(*opened);
    if (!how_.dry_run) {
        if (auto done = open_producer(); !done) return done;
    }
    return read_progress();
}

// Where each partition goes on.
text_result<void> replay::read_progress() {
    std::vector<group_offset> asked;
    for (const auto& [place, part] : reader_->parts())
        asked.push_back({.topic = place.first, .partition = place.second});
    const auto known =
        connect::kafka::committed_offsets(reader_->client(), std::move(asked), broker_timeout);
    if (!known) return std::unexpected(known.error().text);
    for (const auto& each : *known) {
        auto& part = reader_->parts()[{each.topic, each.partition}];
        auto& of = partitions_[each.partition];
        if (each.offset >= 0) {
            const auto parsed = replay_progress::parse(each.offset, each.metadata);
            if (!parsed) {
                return std::unexpected(fmt::format(
                    "group {} holds a position of another program: '{}'", group_, each.metadata));
            }
            of.done = *parsed;
        }
        of.done.begins_at(part.begin);
        const auto first = how_.again ? part.begin : of.done.next();
        part.begin = std::max({part.begin, how_.from, first});
        part.end = std::min(part.end, how_.until);
        of.next = part.begin;
    }
    return {};
}

std::string replay::target_of(const dead_letter& letter) const {
    if (!how_.to.empty()) return how_.to;
    std::string origin(letter.field("topic"));
    // A dead letter of the dead letter topic has nowhere to go back to.
    return origin == how_.topic ? std::string{} : origin;
}

// The partition that the record came from, where there is still one of that number.
std::optional<std::int32_t> replay::partition_of(const dead_letter& letter) {
    const auto text = letter.field("partition");
    std::int32_t number = -1;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (!how_.to.empty() || text.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
        return std::nullopt;
    }
    const std::string topic(letter.field("topic"));
    const auto [known, is_fresh] = partition_counts_.try_emplace(topic, 0);
    if (is_fresh) {
        const auto asked = producer_->topic(topic, broker_timeout);
        if (asked) known->second = static_cast<std::int32_t>(asked->partitions.size());
    }
    if (number < 0 || number >= known->second) return std::nullopt;
    return number;
}

void replay::take(const message& what) {
    auto& of = partitions_[what.partition];
    // What lies between two records is none: markers, aborted or compacted records.
    of.done.add(of.next, what.offset - 1);
    of.next = what.offset + 1;
    if (failure_) return;
    if (!how_.again && of.done.has(what.offset)) {
        ++round_.before;
        return;
    }
    const auto letter = letter_of(what);
    if (!matches(how_.filters, letter)) {
        ++round_.not_chosen;
        return;
    }
    const auto target = target_of(letter);
    if (target.empty()) {
        ++round_.without_origin;
        return;
    }
    if (!how_.dry_run) send(what, letter, target);
    if (failure_) return;
    ++round_.sent[target];
    of.done.add(what.offset, what.offset);
    of.is_changed = true;
}

void replay::send(const message& what, const dead_letter& letter, const std::string& target) {
    if (!is_begun_) {
        if (auto begun = producer_->begin_transaction(); !begun) {
            return note_failure(begun.error().text);
        }
        is_begun_ = true;
    }
    auto headers = what.headers();
    std::erase_if(headers, [](const header& each) { return is_error_header(each.key); });
    record out{.topic = target,
               .partition = partition_of(letter),
               .key = what.key,
               .value = what.value,
               .headers = headers};
    if (what.kind == connect::kafka::timestamp_kind::create_time) {
        out.timestamp_ms = what.timestamp_ms;
    }
    auto sent = producer_->send(out, 0);
    while (!sent && sent.error().kind == client_errc::queue_full) {
        producer_->poll(100ms);
        sent = producer_->send(out, 0);
    }
    if (!sent) note_failure(fmt::format("{}: {}", target, sent.error().text));
}

text_result<void> replay::commit() {
    std::vector<group_offset> positions;
    for (auto& [partition, of] : partitions_) {
        if (!of.is_changed) continue;
        positions.push_back({.topic = how_.topic,
                             .partition = partition,
                             .offset = of.done.next(),
                             .metadata = of.done.text()});
        if (positions.back().metadata.size() > replay_progress::text_size_max) {
            return std::unexpected(
                "what --filter chooses is too scattered to keep which records were replayed; "
                "choose fewer at a time with --from and --until");
        }
        of.is_changed = false;
    }
    auto done = connect::kafka::send_offsets(*producer_, group_, positions, broker_timeout);
    if (done) done = producer_->commit_transaction(broker_timeout);
    while (!done && done.error().retriable && !tools::console::stop_requested())
        done = producer_->commit_transaction(broker_timeout);
    if (!done) return std::unexpected(done.error().text);
    is_begun_ = false;
    return {};
}

// One transaction at most.
text_result<void> replay::one_round() {
    round_ = {};
    const std::chrono::milliseconds interval(tools::console::stop_interval_ms);
    const auto came = reader_->poll(interval, transaction_records_max,
                                    [this](const message& each) { take(each); });
    if (!came) note_failure(came.error());
    if (!failure_ && is_begun_) {
        if (auto done = commit(); !done) note_failure(done.error());
    }
    if (failure_) {
        if (is_begun_) (void)producer_->abort_transaction(broker_timeout);
        is_begun_ = false;
        return std::unexpected(*failure_);
    }
    for (const auto& [topic, records] : round_.sent)
        counted_.sent[topic] += records;
    counted_.before += round_.before;
    counted_.not_chosen += round_.not_chosen;
    counted_.without_origin += round_.without_origin;
    return {};
}

text_result<void> replay::run() {
    if (auto opened = open(); !opened) return opened;
    do {
        if (auto done = one_round(); !done) return done;
        if (tools::console::stop_requested()) return std::unexpected("interrupted");
    } while (!reader_->at_end());
    return {};
}

void print_json(const replay& of, const replay_options& how, tools::output& to) {
    const auto& counted = of.counted();
    to.print(R"({{"topic":{},"group":{},"dry_run":{},"replayed":{},"to":{{)",
             json_string(how.topic), json_string(of.group()), how.dry_run, counted.total());
    bool first = true;
    for (const auto& [topic, records] : counted.sent) {
        to.print("{}{}:{}", first ? "" : ",", json_string(topic), records);
        first = false;
    }
    to.print(R"(}},"replayed_before":{},"not_chosen":{},"without_origin":{}}})"
             "\n",
             counted.before, counted.not_chosen, counted.without_origin);
}

void print_text(const replay& of, const replay_options& how, tools::output& to) {
    const auto& counted = of.counted();
    to.print("{} {} records of {}\n", how.dry_run ? "would replay" : "replayed", counted.total(),
             escaped(how.topic));
    for (const auto& [topic, records] : counted.sent)
        to.print("  {:>8} to {}\n", records, escaped(topic));
    if (counted.before > 0) to.print("  {:>8} were replayed before\n", counted.before);
    if (counted.not_chosen > 0) to.print("  {:>8} not chosen by --filter\n", counted.not_chosen);
    if (counted.without_origin > 0) {
        to.print("  {:>8} stay: no header says where they came from (--to says where to)\n",
                 counted.without_origin);
    }
    if (!how.dry_run) to.print("progress is kept in group {}\n", escaped(of.group()));
}

std::optional<int> parse_replay(const arguments& given, replay_options& into) {
    CLI::App command("Dead letters go back to the topics they came from, each once.",
                     "weir dlq replay");
    command.add_option("topic", into.topic, "The dead letter topic")->required();
    add_broker_options(command, into.broker);
    command.add_option("--to", into.to, "To this topic, instead of where each came from");
    command.add_option("--filter", into.filter_texts,
                       "FIELD=VALUE of the error headers, * and ? allowed: connector.name=hook");
    command.add_option("--partition", into.partition, "One partition")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--from", into.from, "From this offset")->check(CLI::NonNegativeNumber);
    command.add_option("--until", into.until, "Below this offset")->check(CLI::NonNegativeNumber);
    command.add_flag("--dry-run", into.dry_run, "Counts only");
    command.add_flag("--again", into.again, "Those too that were replayed before");
    command.add_flag("--json", into.json, "One JSON object");
    if (const auto ended = parse(command, given)) return ended;
    for (const auto& each : into.filter_texts) {
        const auto parsed = parse_filter(each);
        if (!parsed) {
            fmt::print(stderr, "--filter: '{}' is not FIELD=VALUE\n", each);
            return exit_usage;
        }
        into.filters.push_back(*parsed);
    }
    if (into.to == into.topic) {
        fmt::print(stderr, "--to: a dead letter topic is not replayed into itself\n");
        return exit_usage;
    }
    auto bootstrap = bootstrap_of(into.broker);
    if (!bootstrap) return exit_usage;
    into.bootstrap = std::move(*bootstrap);
    return std::nullopt;
}

}  // namespace

int dlq_replay(const arguments& given) {
    replay_options how;
    if (const auto ended = parse_replay(given, how)) return *ended;
    replay all(how);
    const auto done = all.run();
    tools::output to(STDOUT_FILENO);
    if (done || all.counted().total() > 0) {
        how.json ? print_json(all, how, to) : print_text(all, how, to);
    }
    to.flush();
    return done ? exit_ok : fail("dlq replay", done.error());
}

}  // namespace weir::cli::pipeline_tools
