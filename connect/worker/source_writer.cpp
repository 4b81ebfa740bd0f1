#include "connect/worker/source_writer.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/log.hpp"
#include "connect/stores/position_json.hpp"
#include "connect/stores/position_store.hpp"

namespace weir::connect::worker {
namespace {

// The tag of records that carry positions; the others have the number of their batch.
constexpr std::uint64_t position_tag = std::uint64_t{1} << 63;
// Above the time that any unit of a source takes; brokers allow 15 minutes.
constexpr std::string_view transaction_timeout_ms = "900000";
constexpr milliseconds queue_wait{20};

std::int64_t setting_of(const kafka::client_options& options, std::string_view name,
                        std::int64_t otherwise) {
    auto out = otherwise;
    for (const auto& [key, value] : options.settings) {
        if (key != name) continue;
        std::int64_t number = 0;
        const auto* end = value.data() + value.size();
        if (std::from_chars(value.data(), end, number).ptr == end) out = number;
    }
    return out;
}

}  // namespace

source_writer::~source_writer() {
    if (producer_ && setup_.control->is_given_up()) producer_->abandon();
}

run_end source_writer::end_of(const kafka::client_error& error) const {
    // Later calls say only that the client is of no more use.
    const auto fatal = producer_ ? producer_->fatal_error() : std::nullopt;
    if (error.fenced || (fatal && fatal->fenced)) {
        return cannot_heal(
            "another worker runs this source: it has begun later and this one is fenced (" +
            error.text + ")");
    }
    if (error.kind == kafka::client_errc::bad_setting) return cannot_heal(error.text);
    return may_heal(error.text);
}

void source_writer::on_delivery(const kafka::delivery& what) {
    if (what.error) {
        if (!failed_) failed_ = what.error;
        return;
    }
    if (what.tag != position_tag) {
        tracker_.acknowledge(what.tag);
    } else if (--positions_waiting_ == 0) {
        durable_batches_ = positions_batches_;
    }
}

write_result source_writer::open() {
    const auto& component = *setup_.component;
    auto options = client_options_of(setup_, "producer");
    // The user's settings win over these, but for what the guarantees rest on.
    const std::vector<std::pair<std::string, std::string>> defaults = {
        {"queue.buffering.max.kbytes", "32768"},
        {"queue.buffering.max.messages", "1000000"},
        {"linger.ms", is_exactly_once() ? "20" : "0.2"},
        {"topic.metadata.refresh.interval.ms", "60000"},
    };
    options.settings.insert(options.settings.begin(), defaults.begin(), defaults.end());
    options.settings.emplace_back("enable.idempotence", "true");
    options.settings.emplace_back("acks", "all");
    if (is_exactly_once()) {
        options.settings.emplace_back(
            "transactional.id", fmt::format("connect-cluster-{}-{}", component.name, setup_.task));
        options.settings.emplace_back("transaction.timeout.ms", transaction_timeout_ms);
    }
    record_bytes_max_ = setting_of(options, "message.max.bytes", 1000000) - 1024;
    auto made = kafka::producer::create(
        std::move(options), [this](const auto& what) { on_delivery(what); },
        is_exactly_once() ? kafka::reports::failures : kafka::reports::all);
    if (!made) return std::unexpected(end_of(made.error()));
    producer_ = std::move(*made);
    const auto timeout = setup_.options->request_timeout;
    auto ready = topics_.ensure(*producer_, {.name = std::string(stores::positions_topic),
                                             .partitions = 1,
                                             .configs = {{"cleanup.policy", "compact"}}});
    if (!ready) return std::unexpected(end_of(ready.error()));
    if (!is_exactly_once()) return {};
    auto begun = producer_->init_transactions(timeout);
    while (!begun && begun.error().retriable && !setup_.control->is_ending())
        begun = producer_->init_transactions(timeout);
    if (!begun) return std::unexpected(end_of(begun.error()));
    return {};
}

write_result source_writer::make_topics(std::span<const kafka::record> records) {
    for (const auto& each : records) {
        if (each.topic == last_topic_) continue;
        last_topic_ = each.topic;
        if (topics_.is_known(each.topic)) continue;
        const bool dead = each.topic == setup_.component->errors.dead_letter_topic;
        auto made = topics_.ensure(
            *producer_,
            {.name = last_topic_, .partitions = dead ? 1 : setup_.component->partitions});
        if (!made) return std::unexpected(end_of(made.error()));
    }
    return {};
}

write_result source_writer::begin() {
    if (!is_exactly_once() || in_transaction_) return {};
    auto begun = producer_->begin_transaction();
    if (!begun) return std::unexpected(end_of(begun.error()));
    in_transaction_ = true;
    return {};
}

write_result source_writer::send_all(std::span<const kafka::record> records, std::uint64_t tag) {
    while (!records.empty()) {
        std::optional<kafka::client_error> error;
        const auto sent = producer_->send_all(records, tag, error);
        records = records.subspan(sent);
        if (error) return std::unexpected(end_of(*error));
        // The queue is full: whoever is upstream waits, too.
        if (records.empty()) break;
        if (setup_.control->is_given_up()) return std::unexpected(asked());
        if (auto served = serve(queue_wait); !served) return served;
    }
    return {};
}

write_result source_writer::send(batch what) {
    if (auto made = make_topics(what.records); !made) return made;
    const bool had_content = tracker_.has_content();
    const auto number = tracker_.add(what.records.size(), std::move(what.positions), what.open);
    if (!had_content && tracker_.has_content()) since_ms_ = steady_ms();
    if (what.records.empty()) return {};
    if (auto begun = begin(); !begun) return begun;
    if (auto sent = send_all(what.records, number); !sent) return sent;
    records_ += what.records.size();
    bytes_ += what.bytes;
    return {};
}

write_result source_writer::send_positions(const core::progress& of, std::uint64_t tag) {
    std::vector<std::string> texts;
    texts.reserve(of.positions.size() * 2);  // the records view them
    std::vector<kafka::record> records;
    for (const auto& each : of.positions) {
        const auto partition = stores::compact_object(each.partition);
        const auto offset = each.offset.empty() ? std::optional<std::string>("")
                                                : stores::compact_object(each.offset);
        if (!partition || !offset) {
            return std::unexpected(cannot_heal(
                fmt::format("the connector gave a position that is no JSON object: {} = {}",
                            each.partition.substr(0, 200), each.offset.substr(0, 200))));
        }
        const auto& key =
            texts.emplace_back(stores::write_position_key(setup_.component->name, *partition));
        const auto& value = texts.emplace_back(*offset);
        kafka::record record{.topic = stores::positions_topic, .key = base::as_bytes(key)};
        if (!each.offset.empty()) record.value = base::as_bytes(value);
        records.push_back(record);
    }
    return send_all(records, tag);
}

// Waits for the commit as long as the broker may need; only a run that was given up, or one that is
// to end and has waited for the time of a request, does not.
write_result source_writer::finish_transaction() {
    const auto timeout = setup_.options->request_timeout;
    for (;;) {
        auto done = producer_->commit_transaction(timeout);
        producer_->poll(milliseconds(0));
        if (done) return {};
        auto error = done.error();
        if (failed_) error.text = failed_->text;
        const bool again = error.retriable && !error.needs_abort;
        if (again && !setup_.control->is_ending()) continue;
        if (error.needs_abort) abort();
        return std::unexpected(end_of(error));
    }
}

std::expected<std::uint64_t, run_end> source_writer::commit_transaction() {
    tracker_.acknowledge_all();
    const auto done = tracker_.take();
    if (!done) return 0;
    if (records_ > 0 || !done->positions.empty()) {
        if (auto begun = begin(); !begun) return std::unexpected(begun.error());
        if (auto sent = send_positions(*done, position_tag); !sent) {
            return std::unexpected(sent.error());
        }
        if (auto finished = finish_transaction(); !finished) {
            return std::unexpected(finished.error());
        }
        in_transaction_ = false;
    }
    records_ = 0;
    bytes_ = 0;
    return done->batches;
}

std::expected<std::uint64_t, run_end> source_writer::commit() {
    if (is_exactly_once()) return commit_transaction();
    if (auto served = serve(milliseconds(0)); !served) return std::unexpected(served.error());
    if (positions_waiting_ == 0) {
        if (auto done = tracker_.take()) {
            positions_batches_ = done->batches;
            positions_waiting_ = done->positions.size();
            if (done->positions.empty()) durable_batches_ = done->batches;
            since_ms_ = steady_ms();
            records_ = 0;
            bytes_ = 0;
            if (auto sent = send_positions(*done, position_tag); !sent) {
                return std::unexpected(sent.error());
            }
        }
    }
    return std::exchange(durable_batches_, 0);
}

std::expected<std::uint64_t, run_end> source_writer::commit_all(milliseconds timeout) {
    if (is_exactly_once()) return commit_transaction();
    std::uint64_t durable = 0;
    // The records, then the positions of those that waited for them.
    for (int round = 0; round < 3; ++round) {
        const bool flushed = producer_->flush(timeout);
        if (failed_) return std::unexpected(end_of(*failed_));
        if (!flushed) return std::unexpected(may_heal("not all records were delivered in time"));
        auto done = commit();
        if (!done) return done;
        durable = std::max(durable, *done);
    }
    return durable;
}

write_result source_writer::serve(milliseconds timeout) {
    producer_->poll(timeout);
    if (failed_) return std::unexpected(end_of(*failed_));
    if (auto fatal = producer_->fatal_error()) return std::unexpected(end_of(*fatal));
    return {};
}

void source_writer::abort() {
    if (!producer_ || !in_transaction_) return;
    const auto done = producer_->abort_transaction(setup_.options->request_timeout);
    if (!done) base::log_info("{}: abort: {}", task_name(setup_), done.error().text);
    in_transaction_ = false;
}

}  // namespace weir::connect::worker
