// Fetch (key 1): batches from logs, sent from the page cache by sendfile.
//   v4+    isolation level (KIP-98): read_committed reads up to the last stable offset, and is told
//          which transactions were aborted
//   v7+    sessions (KIP-227);  v9+ leader epochs (KIP-320);  v10+ zstd
//   v12+   diverging epoch when the last fetched epoch is another's history
//   v13+   topics by id (KIP-516);  v15+ the replica in a tagged field
// Waits until min_bytes are there or max_wait has passed. The first partition that has records
// gives one whole batch even above the limits (KIP-74). Not served: fetches of follower replicas.
#include <algorithm>
#include <deque>
#include <vector>

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/fetch_request.hpp"
#include "broker/protocol/messages/fetch_response.hpp"

namespace weir::broker::api {
namespace {

using partition_data = protocol::fetch_response::partition_data;

// What one pass over the partitions found.
struct fetch_round {
    std::deque<partition_data> answers;  // as the session's partitions
    std::vector<network::file_slice> slices;
    std::size_t bytes = 0;
    bool failed = false;          // an error is told at once
    bool committed_only = false;  // isolation level read_committed
};

struct read_limits {
    std::size_t bytes_max = 0;
    bool committed_only = false;
};

struct read_outcome {
    error_code error = error_code::none;
    replication::fetched found;
    log::epoch_end diverging;
};

// Wakes the fetch on its own shard when a partition on this or another shard advances. Shared with
// what is posted meanwhile; `waiting` becomes null when the fetch has gone on.
struct fetch_signal {
    network::connection_info* waiting = nullptr;
};

class fetch_watcher final : public replication::watcher {
  public:
    fetch_watcher(io::shard& home, bool local, std::shared_ptr<fetch_signal> signal)
        : home_(home), local_(local), signal_(std::move(signal)) {}

    void partition_advanced() override {
        if (local_) return notify(*signal_);
        home_.post([signal = signal_] { notify(*signal); });
    }

  private:
    static void notify(const fetch_signal& signal) {
        if (signal.waiting != nullptr) signal.waiting->changed.notify_all();
    }

    io::shard& home_;
    bool local_;
    std::shared_ptr<fetch_signal> signal_;
};

// Runs on the partition's shard.
read_outcome read_one(const replication::partition_ref& partition, const fetch_partition& wish,
                      const replication::fetch_wish& read) {
    read_outcome outcome;
    if (!partition) {
        outcome.error = error_code::kafka_storage_error;
        return outcome;
    }
    outcome.error = partition->check_leader(wish.current_leader_epoch);
    if (outcome.error != error_code::none) return outcome;
    auto& log = partition->log();
    if (wish.last_fetched_epoch != no_leader_epoch) {
        const auto end = log.epochs().end_of(wish.last_fetched_epoch, log.end_offset());
        if (end.epoch == no_leader_epoch) {
            outcome.error = error_code::offset_out_of_range;
            return outcome;
        }
        const bool diverges = end.epoch < wish.last_fetched_epoch || end.end < wish.fetch_offset;
        if (diverges) {
            outcome.diverging = end;
            outcome.found.high_watermark = partition->high_watermark();
            outcome.found.last_stable = partition->last_stable_offset();
            outcome.found.log_start = log.start_offset();
            return outcome;
        }
    }
    auto found = partition->fetch(read);
    if (found) {
        outcome.found = std::move(*found);
    } else {
        outcome.error = found.error();
    }
    return outcome;
}

partition_data empty_answer(const fetch_partition& wish, error_code error) {
    partition_data answer;
    answer.partition_index = wish.key.partition;
    answer.error_code = error;
    answer.high_watermark = no_offset;
    answer.records = {.present = true};
    answer.aborted_transactions.reset();
    return answer;
}

void tell_aborted(partition_data& answer, const std::vector<log::aborted_transaction>& aborted) {
    auto& told = answer.aborted_transactions.emplace();
    for (const auto& each : aborted) {
        auto& row = told.emplace_back();
        row.producer_id = each.producer;
        row.first_offset = each.first;
    }
}

partition_data make_answer(const fetch_partition& wish, read_outcome& outcome, fetch_round& round) {
    auto answer = empty_answer(wish, outcome.error);
    if (outcome.error == error_code::none) {
        answer.high_watermark = outcome.found.high_watermark;
        answer.last_stable_offset = outcome.found.last_stable;
        answer.log_start_offset = outcome.found.log_start;
    }
    if (round.committed_only) tell_aborted(answer, outcome.found.aborted);
    answer.diverging_epoch.epoch = outcome.diverging.epoch;
    answer.diverging_epoch.end_offset = outcome.diverging.end;
    if (outcome.found.slice.length > 0) {
        auto& slice = outcome.found.slice;
        answer.records.external_size = slice.length;
        answer.records.external_index = static_cast<std::uint32_t>(round.slices.size());
        round.bytes += slice.length;
        round.slices.push_back(
            {.from = std::move(slice.from), .position = slice.position, .length = slice.length});
    }
    const bool urgent = outcome.diverging.end != no_offset;
    round.failed = round.failed || outcome.error != error_code::none || urgent;
    return answer;
}

const controller::topic_image* topic_of(const services& node, const fetch_key& key) {
    return key.name.empty() ? node.image().topic(key.topic) : node.image().topic(key.name);
}

io::task<fetch_round> read_all(request_context& context, const std::vector<fetch_partition>& wishes,
                               read_limits limits) {
    auto& node = context.node;
    fetch_round round{.committed_only = limits.committed_only};
    for (const auto& wish : wishes) {
        const auto* topic = topic_of(node, wish.key);
        const bool exists = topic && node.image().partition(topic->id, wish.key.partition);
        if (!exists) {
            const bool by_id = wish.key.name.empty();
            const auto error = by_id && !topic ? error_code::unknown_topic_id
                                               : error_code::unknown_topic_or_partition;
            auto& answer = round.answers.emplace_back(empty_answer(wish, error));
            answer.aborted_transactions.emplace();
            round.failed = true;
            continue;
        }
        const bool first = round.bytes == 0;
        const auto room = limits.bytes_max > round.bytes ? limits.bytes_max - round.bytes : 0;
        const auto asked = static_cast<std::size_t>(std::max(0, wish.max_bytes));
        const replication::fetch_wish own{
            .from = wish.fetch_offset,
            .max_bytes = static_cast<std::uint32_t>(std::min(room, asked)),
            .at_least_one_batch = first,
            .committed_only = limits.committed_only};
        auto read = [&wish, &own](const replication::partition_ref& partition) {
            return read_one(partition, wish, own);
        };
        auto outcome = co_await on_partition(node, topic->id, wish.key.partition, std::move(read));
        round.answers.push_back(make_answer(wish, outcome, round));
    }
    co_return round;
}

// Watches (or stops watching) the partitions on all their shards.
io::task<void> set_watch(request_context& context, const std::vector<fetch_partition>& wishes,
                         std::vector<std::unique_ptr<fetch_watcher>>& watchers, bool on) {
    auto& node = context.node;
    for (const auto& wish : wishes) {
        const auto* topic = topic_of(node, wish.key);
        if (!topic) continue;
        auto& watcher = *watchers[node.replicas.shard_of(topic->id, wish.key.partition)];
        auto change = [&watcher, on](const replication::partition_ref& partition) {
            if (!partition) return;
            on ? partition->watch(watcher) : partition->unwatch(watcher);
        };
        co_await on_partition(node, topic->id, wish.key.partition, std::move(change));
    }
}

// Waits until there is enough, or time is up, or the client has gone.
io::task<fetch_round> read_until_enough(request_context& context,
                                        const protocol::fetch_request& request,
                                        const std::vector<fetch_partition>& wishes) {
    auto& node = context.node;
    const read_limits limits{.bytes_max = static_cast<std::size_t>(
                                 std::clamp(request.max_bytes, 0, node.config.fetch_max_bytes)),
                             .committed_only = request.isolation_level == 1};
    const auto bytes_min = static_cast<std::size_t>(std::max(0, request.min_bytes));
    const auto deadline =
        node.shard.now() + std::chrono::milliseconds(std::max(0, request.max_wait_ms));
    auto round = co_await read_all(context, wishes, limits);
    const auto enough = [&] { return round.failed || round.bytes >= bytes_min; };
    if (enough() || wishes.empty() || request.max_wait_ms <= 0) co_return round;

    auto signal = std::make_shared<fetch_signal>();
    signal->waiting = &context.connection;
    std::vector<std::unique_ptr<fetch_watcher>> watchers;
    for (const auto& shard : node.shards) {
        const bool local = shard.shard == &node.shard;
        watchers.push_back(std::make_unique<fetch_watcher>(node.shard, local, signal));
    }
    co_await set_watch(context, wishes, watchers, true);
    // What came between the read and the watch is seen by reading again.
    bool in_time = true;
    for (;;) {
        round = co_await read_all(context, wishes, limits);
        if (enough() || !in_time || context.connection.closed) break;
        in_time = co_await context.connection.changed.wait_until(deadline);
    }
    signal->waiting = nullptr;
    co_await set_watch(context, wishes, watchers, false);
    co_return round;
}

void add_answer(protocol::fetch_response& response, const fetch_key& key, partition_data answer) {
    const bool same = !response.responses.empty() &&
                      response.responses.back().topic_id == key.topic &&
                      response.responses.back().topic == key.name;
    if (!same) {
        auto& topic = response.responses.emplace_back();
        topic.topic_id = key.topic;
        topic.topic = key.name;
    }
    response.responses.back().partitions.push_back(std::move(answer));
}

}  // namespace

io::task<protocol::fetch_response> fetch(request_context& context,
                                         protocol::fetch_request request) {
    auto& node = context.node;
    protocol::fetch_response response;
    auto opened = node.fetch_sessions.open(request, context.version, node.shard.now());
    if (!opened) {
        response.error_code = opened.error();
        co_return response;
    }
    request.topics.clear();
    // A copy: the session may be changed by another connection while this fetch waits.
    const std::vector<fetch_partition> wishes(opened->session->partitions().begin(),
                                              opened->session->partitions().end());
    if (opened->session_id == 0 && !opened->changes_only) opened->session.reset();
    auto round = co_await read_until_enough(context, request, wishes);
    response.session_id = opened->session_id;
    for (const auto& wish : wishes) {
        auto answer = std::move(round.answers.front());
        round.answers.pop_front();
        const bool news = !opened->session || opened->session->must_tell(wish.key, answer);
        if (news || !opened->changes_only) add_answer(response, wish.key, std::move(answer));
    }
    context.slices = std::move(round.slices);
    co_return response;
}

}  // namespace weir::broker::api
