// Goal: the coordinator answers as Kafka's does, state by state (KIP-98, KIP-360, KIP-890).
// Method: requests are made of a core one by one; every step is repeated from the stored records.
#include "broker/coordinator/transaction/core/transaction_core.hpp"

#include <gtest/gtest.h>

namespace weir::test {
namespace {

using namespace broker::coordinator::transaction;
using broker::error_code;
using broker::partition_index;
using broker::producer_epoch;
using broker::producer_id;

constexpr const char* id = "shop";

class transaction_cores : public testing::Test {
  protected:
    answer init(producer_identity expected = {}, std::int32_t timeout = 60'000) {
        return asked([&](auto& core, auto& out) {
            core.init(1,
                      {.transactional_id = id,
                       .timeout_ms = timeout,
                       .expected = expected,
                       .fresh = producer_id(next_id_++)},
                      now_, out);
        });
    }
    answer add(const producer_identity& producer, int partition, std::int16_t version = 2) {
        return asked([&](auto& core, auto& out) {
            core.add_partitions(1,
                                {.transactional_id = id,
                                 .producer = producer,
                                 .partitions = {at(partition)},
                                 .client_version = version},
                                now_, out);
        });
    }
    answer verify(const producer_identity& producer, int partition) {
        return asked([&](auto& core, auto& out) {
            core.verify(
                1, {.transactional_id = id, .producer = producer, .partitions = {at(partition)}},
                out);
        });
    }
    answer end(const producer_identity& producer, bool commits, std::int16_t version = 2) {
        return asked([&](auto& core, auto& out) {
            core.end(1,
                     {.transactional_id = id,
                      .producer = producer,
                      .commits = commits,
                      .client_version = version,
                      .fresh = producer_id(next_id_++)},
                     now_, out);
        });
    }
    void write_markers() {
        for (const auto work = std::exchange(markers_, {}); const auto& each : work) {
            run([&](auto& core, auto& out) {
                core.markers_written(each.transactional_id, each.producer, now_, out);
            });
        }
    }
    transaction_state state() { return core_.find(id)->state; }
    static topic_partition at(int partition) {
        return {.topic = "t", .partition = partition_index(partition)};
    }

    template <class Step>
    effects run(Step step) {
        effects out;
        step(core_, out);
        for (const auto& each : out.records) {
            std::optional<base::bytes_view> value;
            if (each.value) value = *each.value;
            stored_.load(each.key, value);
        }
        for (const auto& each : out.markers)
            markers_.push_back(each);
        // What a restart would know.
        EXPECT_EQ(core_.list().size(), stored_.list().size());
        for (const auto& each : core_.list()) {
            const auto* kept = stored_.find(each.transactional_id);
            EXPECT_TRUE(kept && kept->state == each.state);
            EXPECT_TRUE(kept && kept->producer == core_.find(each.transactional_id)->producer);
            EXPECT_TRUE(kept && kept->partitions == core_.find(each.transactional_id)->partitions);
        }
        return out;
    }
    template <class Step>
    answer asked(Step step) {
        auto out = run(step);
        EXPECT_EQ(out.replies.size(), 1U);
        return out.replies.at(0).what;
    }

    transaction_core core_{core_options{}};
    transaction_core stored_{core_options{}};
    std::vector<marker_work> markers_;
    time_ms now_ = 1000;
    std::int64_t next_id_ = 100;
};

TEST_F(transaction_cores, a_transaction_of_version_two_goes_round) {
    const auto first = init().producer;
    EXPECT_EQ(first, (producer_identity{.id = producer_id(100), .epoch = producer_epoch(0)}));
    EXPECT_EQ(add(first, 3).error, error_code::none);
    EXPECT_EQ(state(), transaction_state::ongoing);
    const auto ended = end(first, true);
    EXPECT_EQ(ended.producer.epoch, producer_epoch(1));
    EXPECT_EQ(state(), transaction_state::prepare_commit);
    ASSERT_EQ(markers_.size(), 1U);
    EXPECT_TRUE(markers_[0].commits && markers_[0].above_epoch);
    EXPECT_EQ(markers_[0].producer, ended.producer);
    EXPECT_EQ(add(ended.producer, 4).error, error_code::concurrent_transactions);
    EXPECT_EQ(end(first, true).error, error_code::concurrent_transactions);
    // The end of the next one, which has written nothing yet.
    EXPECT_EQ(end(ended.producer, false).error, error_code::concurrent_transactions);
    write_markers();
    EXPECT_EQ(state(), transaction_state::complete_commit);
    // The answer was lost and the client asks again.
    EXPECT_EQ(end(first, true).producer, ended.producer);
    EXPECT_EQ(end(first, false).error, error_code::invalid_txn_state);
    EXPECT_EQ(add(first, 3).error, error_code::producer_fenced);
    EXPECT_EQ(add(ended.producer, 3).error, error_code::none);
}

TEST_F(transaction_cores, version_one_keeps_its_epoch) {
    const auto producer = init().producer;
    EXPECT_EQ(end(producer, true, 1).error, error_code::invalid_txn_state);
    add(producer, 0, 1);
    EXPECT_EQ(end(producer, false, 1).error, error_code::none);
    ASSERT_EQ(markers_.size(), 1U);
    EXPECT_FALSE(markers_[0].commits || markers_[0].above_epoch);
    EXPECT_EQ(markers_[0].producer, producer);
    write_markers();
    EXPECT_EQ(end(producer, false, 1).error, error_code::none);
    EXPECT_EQ(end(producer, true, 1).error, error_code::invalid_txn_state);
}

TEST_F(transaction_cores, a_second_client_fences_the_first) {
    const auto first = init().producer;
    add(first, 0, 1);
    EXPECT_EQ(init().error, error_code::concurrent_transactions);
    EXPECT_EQ(state(), transaction_state::prepare_abort);
    EXPECT_EQ(end(first, true, 1).error, error_code::producer_fenced);
    write_markers();
    const auto second = init().producer;
    EXPECT_EQ(second.id, first.id);
    EXPECT_GT(second.epoch, first.epoch);
    EXPECT_EQ(add(first, 0, 1).error, error_code::producer_fenced);
    EXPECT_EQ(init(first).error, error_code::producer_fenced);
}

TEST_F(transaction_cores, a_client_that_names_its_epoch_goes_on_with_the_next) {
    const auto first = init().producer;
    const auto second = init(first).producer;
    EXPECT_EQ(second.epoch, producer_epoch(1));
    EXPECT_EQ(init(first).producer, second);  // asked again
    EXPECT_EQ(init({.id = producer_id(7), .epoch = producer_epoch(0)}).error,
              error_code::producer_fenced);
}

TEST_F(transaction_cores, a_transaction_whose_time_is_over_is_aborted) {
    const auto producer = init({}, 5000).producer;
    add(producer, 0);
    now_ += 4999;
    run([&](auto& core, auto& out) { core.tick(now_, out); });
    EXPECT_EQ(state(), transaction_state::ongoing);
    now_ += 1;
    run([&](auto& core, auto& out) { core.tick(now_, out); });
    EXPECT_EQ(state(), transaction_state::prepare_abort);
    EXPECT_EQ(end(producer, true).error, error_code::producer_fenced);
    write_markers();
    EXPECT_EQ(state(), transaction_state::complete_abort);
    EXPECT_EQ(add(producer, 0).error, error_code::producer_fenced);
}

TEST_F(transaction_cores, epochs_that_are_used_up_give_a_new_producer_id) {
    auto producer = init().producer;
    const auto first = producer.id;
    for (int round = 0; round < 33'000 && producer.id == first; ++round) {
        ASSERT_EQ(add(producer, 0).error, error_code::none) << round;
        const auto ended = end(producer, round % 2 == 0);
        ASSERT_EQ(ended.error, error_code::none) << round;
        write_markers();
        producer = ended.producer;
    }
    EXPECT_NE(producer.id, first);
    EXPECT_EQ(producer.epoch, producer_epoch(0));
    EXPECT_EQ(core_.find(id)->producer, producer);
    EXPECT_EQ(add(producer, 0).error, error_code::none);
}

TEST_F(transaction_cores, partitions_outside_of_the_transaction_are_told) {
    const auto producer = init().producer;
    EXPECT_EQ(verify(producer, 0).refused.size(), 1U);
    add(producer, 0, 1);
    EXPECT_TRUE(verify(producer, 0).refused.empty());
    EXPECT_EQ(verify(producer, 1).refused, std::set{at(1)});
}

TEST_F(transaction_cores, an_empty_transaction_of_version_two_can_be_aborted) {
    const auto producer = init().producer;
    EXPECT_EQ(end(producer, true).error, error_code::invalid_txn_state);
    const auto ended = end(producer, false);
    EXPECT_EQ(ended.producer.epoch, producer_epoch(1));
    ASSERT_EQ(markers_.size(), 1U);
    EXPECT_TRUE(markers_[0].partitions.empty());
    write_markers();
    EXPECT_EQ(state(), transaction_state::complete_abort);
}

TEST_F(transaction_cores, what_is_prepared_is_finished_after_a_load) {
    const auto producer = init().producer;
    add(producer, 0);
    end(producer, true);
    effects out;
    stored_.finish_load(out);
    ASSERT_EQ(out.markers.size(), 1U);
    EXPECT_EQ(out.markers[0].producer, markers_[0].producer);
    EXPECT_EQ(out.markers[0].partitions, markers_[0].partitions);
}

TEST_F(transaction_cores, bad_requests_change_nothing) {
    EXPECT_EQ(init({}, 0).error, error_code::invalid_transaction_timeout);
    EXPECT_EQ(init({}, 900'001).error, error_code::invalid_transaction_timeout);
    const producer_identity stranger{.id = producer_id(1), .epoch = producer_epoch(0)};
    EXPECT_EQ(add(stranger, 0).error, error_code::invalid_producer_id_mapping);
    EXPECT_EQ(end(stranger, true).error, error_code::invalid_producer_id_mapping);
    const auto producer = init().producer;
    EXPECT_EQ(add(stranger, 0).error, error_code::invalid_producer_id_mapping);
    EXPECT_EQ(end(stranger, true).error, error_code::invalid_producer_id_mapping);
    EXPECT_EQ(add(producer, 0).error, error_code::none);
}

TEST_F(transaction_cores, ids_that_nobody_uses_are_forgotten) {
    init();
    now_ += core_options{}.id_expiration_ms - 1;
    run([&](auto& core, auto& out) { core.expire_ids(now_, out); });
    EXPECT_NE(core_.find(id), nullptr);
    now_ += 1;
    run([&](auto& core, auto& out) { core.expire_ids(now_, out); });
    EXPECT_EQ(core_.find(id), nullptr);
}

}  // namespace
}  // namespace weir::test
