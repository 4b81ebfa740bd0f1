// Goal: an idempotent producer's batches are taken once and in order (KIP-98).
// Method: batches are checked and applied as the log does.
#include "broker/log/producer_state.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "broker/log/control_marker.hpp"
#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::error_code;
using broker::log::producer_state;

class producer_states : public testing::Test {
  protected:
    error_code offer(std::int32_t sequence, int count = 1, std::int16_t epoch = 0) {
        auto batch = make_batch({.count = count,
                                 .timestamp = 1000,
                                 .producer = broker::producer_id(1),
                                 .epoch = broker::producer_epoch(epoch),
                                 .sequence = sequence});
        broker::protocol::set_base_offset(batch, next_);
        const auto view = *broker::protocol::batch_view::parse(batch);
        const auto verdict = state_.check(view);
        if (!verdict) return verdict.error();
        duplicate_ = verdict->has_value();
        if (!duplicate_) {
            state_.apply(view);
            next_ = view.next_offset();
        }
        return error_code::none;
    }

    producer_state state_;
    broker::offset next_{0};
    bool duplicate_ = false;
};

TEST_F(producer_states, sequences_follow_each_other) {
    EXPECT_EQ(offer(0, 3), error_code::none);
    EXPECT_EQ(offer(3), error_code::none);
    EXPECT_EQ(offer(5), error_code::out_of_order_sequence_number);
}

TEST_F(producer_states, the_last_five_batches_are_known_again) {
    for (int sequence = 0; sequence < 6; ++sequence)
        ASSERT_EQ(offer(sequence), error_code::none);
    for (int sequence = 1; sequence < 6; ++sequence) {
        EXPECT_EQ(offer(sequence), error_code::none);
        EXPECT_TRUE(duplicate_);
    }
    EXPECT_EQ(offer(0), error_code::out_of_order_sequence_number);
}

TEST_F(producer_states, a_new_epoch_begins_at_zero_and_ends_the_old_one) {
    ASSERT_EQ(offer(0), error_code::none);
    EXPECT_EQ(offer(4, 1, 1), error_code::out_of_order_sequence_number);
    EXPECT_EQ(offer(0, 1, 1), error_code::none);
    EXPECT_EQ(offer(1, 1, 0), error_code::invalid_producer_epoch);
}

TEST_F(producer_states, sequences_go_on_at_zero_after_the_largest) {
    constexpr auto largest = std::numeric_limits<std::int32_t>::max();
    ASSERT_EQ(offer(largest - 1, 2), error_code::none);
    EXPECT_EQ(offer(0), error_code::none);
    EXPECT_FALSE(duplicate_);
}

TEST_F(producer_states, a_snapshot_restores_the_newest_batch) {
    ASSERT_EQ(offer(0, 4), error_code::none);
    const auto snapshot = state_.snapshot();
    producer_state other;
    ASSERT_TRUE(other.restore(snapshot));
    state_ = other;
    EXPECT_EQ(offer(0, 4), error_code::none);
    EXPECT_TRUE(duplicate_);
    EXPECT_EQ(offer(4), error_code::none);
}

TEST_F(producer_states, damaged_snapshots_are_refused) {
    ASSERT_EQ(offer(0), error_code::none);
    auto snapshot = state_.snapshot();
    for (std::size_t at = 0; at < snapshot.size(); ++at) {
        auto damaged = snapshot;
        damaged[at] ^= std::byte{4};
        EXPECT_FALSE(producer_state().restore(damaged)) << at;
    }
    snapshot.pop_back();
    EXPECT_FALSE(producer_state().restore(snapshot));
}

TEST_F(producer_states, a_snapshot_with_more_bytes_than_it_counts_is_refused) {
    ASSERT_EQ(offer(0), error_code::none);
    auto longer = state_.snapshot();
    longer.push_back(std::byte{0});
    const auto crc = base::crc32c(base::bytes_view(longer).subspan(6));
    base::store_be(longer.data() + 2, crc);
    EXPECT_FALSE(producer_state().restore(longer));
}

TEST_F(producer_states, ids_below_minus_one_are_no_producers) {
    const auto batch = make_batch({.producer = broker::producer_id(-7)});
    const auto view = *broker::protocol::batch_view::parse(batch);
    EXPECT_FALSE(view.has_producer());
    state_.apply(view);
    EXPECT_EQ(state_.size(), 0U);
}

TEST_F(producer_states, times_at_the_ends_of_the_range_do_not_overflow) {
    auto batch = make_batch({.timestamp = std::numeric_limits<std::int64_t>::min(),
                             .producer = broker::producer_id(1),
                             .epoch = broker::producer_epoch(0),
                             .sequence = 0});
    state_.apply(*broker::protocol::batch_view::parse(batch));
    state_.expire(7000, 5000);
    EXPECT_EQ(state_.size(), 0U);
}

// KIP-890: the marker has the next transaction's epoch. A batch of that one that is on its way
// while the first is refused must not overtake it: the first would be out of order for ever.
TEST_F(producer_states, after_a_marker_that_raised_the_epoch_zero_comes_first) {
    ASSERT_EQ(offer(0, 3), error_code::none);
    const broker::log::control_marker marker{};
    const auto batch = broker::log::make_marker_batch(broker::producer_id(1),
                                                      broker::producer_epoch(1), marker, 1000);
    state_.apply_marker(*broker::protocol::batch_view::parse(batch), marker);
    EXPECT_EQ(offer(5, 1, 1), error_code::out_of_order_sequence_number);
    EXPECT_EQ(offer(0, 5, 1), error_code::none);
    EXPECT_EQ(offer(5, 1, 1), error_code::none);
}

TEST_F(producer_states, an_unknown_producer_begins_at_zero_where_each_transaction_has_an_epoch) {
    const auto of_sequence = [](std::int32_t sequence) {
        return make_batch({.producer = broker::producer_id(1),
                           .epoch = broker::producer_epoch(1),
                           .sequence = sequence});
    };
    const auto later = of_sequence(5);
    const auto first = of_sequence(0);
    const auto view = [](const auto& of) { return *broker::protocol::batch_view::parse(of); };
    EXPECT_TRUE(state_.check(view(later)).has_value());
    EXPECT_EQ(state_.check(view(later), true).error(), error_code::out_of_order_sequence_number);
    EXPECT_TRUE(state_.check(view(first), true).has_value());
}

TEST_F(producer_states, idle_producers_are_forgotten) {
    ASSERT_EQ(offer(0), error_code::none);
    state_.expire(2000, 5000);
    EXPECT_EQ(state_.size(), 1U);
    state_.expire(7000, 5000);
    EXPECT_EQ(state_.size(), 0U);
    EXPECT_EQ(offer(17), error_code::none);
}

}  // namespace
}  // namespace weir::test
