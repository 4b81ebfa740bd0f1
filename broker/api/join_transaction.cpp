#include <algorithm>

#include "broker/api/produce_jobs.hpp"
#include "broker/api/transaction_access.hpp"

namespace weir::broker::api {
namespace {

using namespace coordinator::transaction;

constexpr std::int16_t first_version_that_adds = 12;
constexpr std::int16_t first_version_with_abortable = 11;

// What of a request is not in its transaction yet.
struct outsiders {
    std::optional<producer_identity> producer;
    bool several_producers = false;
    bool any = false;
};

// Runs on the partitions' shard.
outsiders find_outsiders(const replication::replica_manager& replicas, shard_jobs& jobs) {
    outsiders found;
    for (auto& job : jobs) {
        job.ended_before.reset();
        const auto batch = protocol::batch_view::parse(job.batch);
        const auto partition = replicas.find(job.topic, job.index);
        if (!batch || !batch->is_transactional() || !partition) continue;
        const producer_identity producer{.id = batch->producer_id(),
                                         .epoch = batch->producer_epoch()};
        found.several_producers =
            found.several_producers || (found.producer && *found.producer != producer);
        found.producer = producer;
        const auto known = partition->log().producers().find(producer.id);
        if (known.open_since != no_offset && known.epoch == producer.epoch) continue;
        if (producer.epoch < known.epoch) continue;  // the partition will refuse it
        job.ended_before = known.transactions_ended;
        found.any = true;
    }
    return found;
}

// What a producer is told of the coordinator's error.
error_code for_producer(error_code error, std::int16_t version) {
    switch (error) {
        case error_code::producer_fenced:
            return error_code::invalid_producer_epoch;
        case error_code::concurrent_transactions:
            return version >= first_version_that_adds ? error : error_code::not_enough_replicas;
        case error_code::coordinator_not_available:
        case error_code::coordinator_load_in_progress:
        case error_code::not_coordinator:
            return error_code::not_enough_replicas;  // it is sent again
        default:
            return error;
    }
}

void refuse_outsiders(std::vector<shard_jobs>& work, protocol::produce_response& response,
                      error_code error) {
    for (auto& jobs : work) {
        std::erase_if(jobs, [&](const append_job& job) {
            if (!job.ended_before) return false;
            job.answer_in(response).error_code = error;
            return true;
        });
    }
}

io::task<outsiders> find_all_outsiders(services& node, std::vector<shard_jobs>& work) {
    outsiders all;
    for (std::size_t shard = 0; shard < work.size(); ++shard) {
        if (work[shard].empty()) continue;
        auto look = [&, shard] {
            return find_outsiders(*node.shards[shard].replicas, work[shard]);
        };
        const auto found = co_await io::submit<decltype(look)>(
            node.shard, *node.shards[shard].shard, std::move(look));
        const bool other = all.producer && found.producer && *all.producer != *found.producer;
        all.several_producers = all.several_producers || found.several_producers || other;
        all.any = all.any || found.any;
        if (found.producer) all.producer = found.producer;
    }
    co_return all;
}

topic_partition place_of(const services& node, const append_job& job) {
    return {.topic = node.image().topic(job.topic)->name, .partition = job.index};
}

// Asks the coordinator for the outsiders; when there are none, nothing is refused.
io::task<std::expected<answer, error_code>> ask_for_outsiders(
    request_context& context, const protocol::produce_request& request,
    std::vector<shard_jobs>& work) {
    using outcome = std::expected<answer, error_code>;
    auto& node = context.node;
    const auto all = co_await find_all_outsiders(node, work);
    if (!all.any) co_return outcome(answer{});
    if (all.several_producers) {
        co_return outcome(std::unexpected(error_code::invalid_producer_id_mapping));
    }
    const bool adds = context.version >= first_version_that_adds;
    add_wish wish{.transactional_id = *request.transactional_id,
                  .producer = *all.producer,
                  .client_version = client_version(adds)};
    for (const auto& jobs : work) {
        for (const auto& job : jobs) {
            const bool exists = node.image().topic(job.topic) != nullptr;
            if (job.ended_before && exists) wish.partitions.push_back(place_of(node, job));
        }
    }
    auto asking = ask_to_add(node, std::move(wish), !adds);
    co_return co_await std::move(asking);
}

std::vector<std::optional<std::uint32_t>> ends_of(const std::vector<shard_jobs>& work) {
    std::vector<std::optional<std::uint32_t>> ends;
    for (const auto& jobs : work) {
        for (const auto& job : jobs)
            ends.push_back(job.ended_before);
    }
    return ends;
}

// The same for partitions that are added by writing to them. Each transaction has an epoch of its
// own then: an end that a partition has seen before the coordinator's answer was that of the
// transaction before, and only one that comes later counts.
io::task<std::expected<answer, error_code>> ask_until_settled(
    request_context& context, const protocol::produce_request& request,
    std::vector<shard_jobs>& work) {
    using outcome = std::expected<answer, error_code>;
    constexpr int tries_max = 3;
    for (int tries = 0; tries < tries_max; ++tries) {
        auto asking = ask_for_outsiders(context, request, work);
        auto answer = co_await std::move(asking);
        const auto before = ends_of(work);
        const bool joined = answer && answer->error == error_code::none &&
                            std::ranges::any_of(before, &std::optional<std::uint32_t>::has_value);
        if (!joined || context.version < first_version_that_adds) co_return answer;
        auto looking = find_all_outsiders(context.node, work);
        (void)co_await std::move(looking);
        if (ends_of(work) == before) co_return answer;
    }
    co_return outcome(std::unexpected(error_code::concurrent_transactions));
}

}  // namespace

io::task<void> join_transaction(request_context& context, const protocol::produce_request& request,
                                std::vector<shard_jobs>& work,
                                protocol::produce_response& response) {
    auto& node = context.node;
    const bool adds = context.version >= first_version_that_adds;
    if (!adds && !node.config.transaction_partition_verification_enable) co_return;
    // The next batches of this connection must not overtake these.
    const network::long_wait waiting(context.connection);
    // What has ended meanwhile is looked up again each time.
    transaction_question question = [&] { return ask_until_settled(context, request, work); };
    auto asking = ask_patiently(context, *request.transactional_id, std::move(question));
    const auto answer = co_await std::move(asking);
    const auto error = answer ? answer->error : answer.error();
    if (error != error_code::none) {
        co_return refuse_outsiders(work, response, for_producer(error, context.version));
    }
    const auto refusal = context.version >= first_version_with_abortable
                             ? error_code::transaction_abortable
                             : error_code::invalid_txn_state;
    for (auto& jobs : work) {
        std::erase_if(jobs, [&](const append_job& job) {
            if (!job.ended_before || !node.image().topic(job.topic)) return false;
            const bool refused = answer->refused.contains(place_of(node, job));
            if (refused) job.answer_in(response).error_code = refusal;
            return refused;
        });
    }
}

}  // namespace weir::broker::api
