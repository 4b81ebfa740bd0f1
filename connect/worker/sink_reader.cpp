#include "connect/worker/sink_reader.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "connect/worker/topic_patterns.hpp"

namespace weir::connect::worker {
namespace {

std::vector<weir_partition> abi_partitions(const std::vector<kafka::assignment>& from) {
    std::vector<weir_partition> out;
    out.reserve(from.size());
    for (const auto& each : from)
        out.push_back({data::text_of(each.topic), each.partition, 0, each.offset});
    return out;
}

std::vector<kafka::assignment> assignments_of(const std::vector<core::partition_name>& from) {
    std::vector<kafka::assignment> out;
    for (const auto& [topic, partition] : from)
        out.push_back({.topic = topic, .partition = partition, .offset = -1});
    return out;
}

}  // namespace

sink_reader::~sink_reader() {
    if (!consumer_) return;
    if (setup_.control->is_given_up()) consumer_->abandon();
}

read_result sink_reader::open() {
    const auto& component = *setup_.component;
    const auto topics = subscription_of(component.from, component.errors.dead_letter_topic);
    auto options = client_options_of(setup_, "consumer");
    // The user's settings win over these, but for what the guarantees rest on.
    std::vector<std::pair<std::string, std::string>> defaults = {
        {"queued.max.messages.kbytes", "32768"},
        {"queued.min.messages", "200000"},
        // After the queue was full a partition rests for so long.
        {"fetch.error.backoff.ms", "5"},
        {"fetch.message.max.bytes", "4194304"},
        {"session.timeout.ms", "6000"},
        {"heartbeat.interval.ms", "2000"},
        // Within this time a topic that a pattern matches is found.
        {"topic.metadata.refresh.interval.ms", "1000"},
    };
    if (!topics.hidden.empty()) defaults.emplace_back("topic.blacklist", topics.hidden);
    options.settings.insert(options.settings.begin(), defaults.begin(), defaults.end());
    options.settings.emplace_back("isolation.level", "read_committed");
    // All partitions go and come together: revocations() relies on it.
    options.settings.emplace_back("partition.assignment.strategy", "roundrobin");
    options.settings.emplace_back("allow.auto.create.topics", "false");
    options.settings.emplace_back(
        "group.id", component.group.empty() ? "connect-" + component.name : component.group);
    options.settings.emplace_back("auto.offset.reset",
                                  component.from_beginning ? "earliest" : "latest");
    auto made = kafka::group_consumer::create(
        std::move(options),
        {.on_assigned = [this](const auto& what) { on_assigned(what); },
         .on_revoked = [this](const auto& what, bool lost) { on_revoked(what, lost); },
         .on_problem = [this](const auto& what) { on_problem(what); }});
    if (!made) return std::unexpected(cannot_heal(made.error().text));
    consumer_ = std::move(*made);
    if (auto subscribed = consumer_->subscribe(topics.topics); !subscribed) {
        return std::unexpected(cannot_heal(subscribed.error().text));
    }
    return {};
}

void sink_reader::fail(run_end how) {
    if (!failed_) failed_ = std::move(how);
}

read_result sink_reader::take_failure() {
    if (!failed_) return {};
    return std::unexpected(*std::exchange(failed_, std::nullopt));
}

void sink_reader::on_assigned(const partitions& what) {
    assigned_ = true;
    for (const auto& each : what)
        progress_.assign({each.topic, each.partition});
    setup_.metrics->partitions = progress_.assigned().size();
    const auto opened = plugin_.open(abi_partitions(what));
    if (!opened.is_ok()) fail(end_of(opened));
}

void sink_reader::on_revoked(const partitions& what, bool lost) {
    ++revocations_;
    if (!lost) {
        if (auto done = commit(); !done) fail(done.error());
    }
    const auto closed = plugin_.close(abi_partitions(what));
    if (!closed.is_ok()) fail(end_of(closed));
    for (const auto& each : what)
        progress_.revoke({each.topic, each.partition});
    setup_.metrics->partitions = progress_.assigned().size();
}

void sink_reader::on_problem(const kafka::consumer::problem& what) {
    using kind = kafka::client_errc;
    switch (what.error.kind) {
        case kind::unreachable:
        case kind::timed_out:
        case kind::unknown_topic:
        case kind::unknown_partition:
            // It goes on trying, or the topic may come yet.
            return;
        case kind::fatal:
            fail(may_heal(what.error.text));
            return;
        default:
            base::log_debug("{}: {}: {}", task_name(setup_), what.topic, what.error.text);
    }
}

read_result sink_reader::poll(kafka::group_consumer::poll_times times, std::size_t count_max,
                              kafka::message_batch& into) {
    const auto before = revocations_;
    assigned_ = false;
    consumer_->poll(times, count_max, into);
    if (revocations_ != before) {
        // Which of the records are of the partitions' time before cannot be told.
        if (assigned_ && into.size() > 0) fail(may_heal("the group was rebalanced while reading"));
        into.clear();
    }
    return take_failure();
}

void sink_reader::pause() {
    consumer_->pause(assignments_of(progress_.assigned()));
}
void sink_reader::resume() {
    consumer_->resume(assignments_of(progress_.assigned()));
}

read_result sink_reader::commit() {
    const auto next = progress_.committable();
    if (next.empty()) {
        count_lags();
        return {};
    }
    std::vector<weir_partition> asked;
    for (const auto& each : next) {
        asked.push_back(
            {data::text_of(each.partition.first), each.partition.second, 0, each.offset});
    }
    const auto told = plugin_.committable(asked);
    // It may heal: then there is nothing to commit yet.
    if (told.status == WEIR_RETRY) return {};
    if (!told.is_ok()) return std::unexpected(end_of(told));
    std::vector<kafka::assignment> offsets;
    for (std::size_t index = 0; index < next.size(); ++index) {
        const auto& each = next[index];
        const auto offset = std::min(asked[index].offset, each.offset);
        const auto known = progress_.committed_offset(each.partition);
        if (offset < 0 || (known && offset <= *known)) continue;
        offsets.push_back(
            {.topic = each.partition.first, .partition = each.partition.second, .offset = offset});
    }
    if (offsets.empty()) return {};
    if (auto durable = letters_.flush(); !durable) {
        return std::unexpected(may_heal("dead letters: " + durable.error().text));
    }
    const auto began = std::chrono::steady_clock::now();
    const auto done = consumer_->commit(offsets, setup_.options->request_timeout);
    auto& metrics = *setup_.metrics;
    if (!done) {
        // Somebody else has the partitions by now, or the coordinator is away: they come again.
        add(metrics.commit_failures);
        base::log_info("{}: commit: {}", task_name(setup_), done.error().text);
        return {};
    }
    add(metrics.commits);
    add(metrics.commit_us,
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                       std::chrono::steady_clock::now() - began)
                                       .count()));
    for (const auto& each : offsets)
        progress_.committed({each.topic, each.partition}, each.offset);
    count_lags();
    return {};
}

void sink_reader::count_lags() {
    std::vector<partition_lag> out;
    for (const auto& each : progress_.assigned()) {
        const auto committed = progress_.committed_offset(each);
        const auto end = consumer_->end_offset(each.first, each.second);
        if (!end || !committed) continue;
        out.push_back({.topic = each.first,
                       .partition = each.second,
                       .lag = std::max<std::int64_t>(*end - *committed, 0)});
    }
    setup_.metrics->set_lags(std::move(out));
}

read_result sink_reader::close() {
    if (!consumer_) return {};
    consumer_->close();
    consumer_.reset();
    return take_failure();
}

}  // namespace weir::connect::worker
