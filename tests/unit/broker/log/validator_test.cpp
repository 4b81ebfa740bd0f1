// Goal: what Kafka's broker refuses is refused, with its code, at bounded cost.
// Method: good batches are spoiled in one way each.
#include "broker/log/validator.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/crc32c.hpp"
#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::error_code;
using broker::log::validation_rules;
using broker::protocol::compression::codec;

error_code verdict(base::bytes batch, validation_rules rules = {.wall_ms = test_now_ms}) {
    broker::log::batch_memory memory;
    const auto outcome = broker::log::validate_batch(batch, rules, memory);
    return outcome ? error_code::none : outcome.error().code;
}

void renew_crc(base::bytes& batch) {
    base::store_be(batch.data() + 17, base::crc32c(base::bytes_view(batch).subspan(21)));
}

template <class Int>
base::bytes spoiled(std::size_t at, Int value) {
    auto batch = make_batch({.count = 3});
    base::store_be(batch.data() + at, value);
    renew_crc(batch);
    return batch;
}

TEST(validator, takes_good_batches_of_every_codec) {
    for (const auto each : {codec::none, codec::gzip, codec::snappy, codec::lz4, codec::zstd}) {
        EXPECT_EQ(verdict(make_batch({.count = 50, .codec = each})), error_code::none);
    }
}

TEST(validator, refuses_a_wrong_checksum) {
    auto batch = make_batch({.count = 3});
    batch[70] ^= std::byte{1};
    EXPECT_EQ(verdict(batch), error_code::corrupt_message);
}

TEST(validator, refuses_counts_that_do_not_fit) {
    EXPECT_EQ(verdict(spoiled(57, std::int32_t{4})), error_code::invalid_record);
    EXPECT_EQ(verdict(spoiled(57, std::int32_t{0})), error_code::invalid_record);
    EXPECT_EQ(verdict(spoiled(23, std::int32_t{7})), error_code::invalid_record);
    auto both = spoiled(57, std::int32_t{5});
    base::store_be(both.data() + 23, std::int32_t{4});
    renew_crc(both);
    EXPECT_EQ(verdict(both), error_code::invalid_record);
}

TEST(validator, refuses_unknown_codecs_and_control_batches_of_clients) {
    EXPECT_EQ(verdict(spoiled(21, std::int16_t{6})), error_code::invalid_record);
    EXPECT_EQ(verdict(spoiled(21, std::int16_t{0x20})), error_code::invalid_record);
}

TEST(validator, refuses_old_formats_and_several_batches) {
    auto old = make_batch({.count = 1});
    old[16] = std::byte{1};
    EXPECT_EQ(verdict(old), error_code::invalid_record);
    auto two = make_batch({.count = 1});
    const auto second = two;
    two.insert(two.end(), second.begin(), second.end());
    EXPECT_EQ(verdict(two), error_code::invalid_record);
}

TEST(validator, refuses_batches_above_the_size_of_the_topic) {
    EXPECT_EQ(verdict(make_batch({.count = 100}), {.max_message_bytes = 200}),
              error_code::message_too_large);
}

TEST(validator, refuses_zstd_before_produce_7) {
    EXPECT_EQ(
        verdict(make_batch({.codec = codec::zstd}), {.wall_ms = test_now_ms, .produce_version = 6}),
        error_code::unsupported_compression_type);
}

TEST(validator, wants_keys_on_compacted_topics) {
    broker::protocol::batch_builder builder;
    builder.add(1, std::nullopt, base::as_bytes("v"));
    EXPECT_EQ(verdict(builder.finish({}), {.compacted = true, .wall_ms = test_now_ms}),
              error_code::invalid_record);
}

TEST(validator, wants_times_within_the_bounds_of_the_topic) {
    EXPECT_EQ(verdict(make_batch({.timestamp = test_now_ms + 2 * 3'600'000})),
              error_code::invalid_timestamp);
    EXPECT_EQ(verdict(make_batch({.timestamp = 5}),
                      {.timestamp_before_max_ms = 1000, .wall_ms = test_now_ms}),
              error_code::invalid_timestamp);
}

TEST(validator, sets_the_time_of_the_append) {
    auto batch = make_batch({.count = 2});
    broker::log::batch_memory memory;
    const validation_rules rules{.timestamps = broker::log::timestamp_type::log_append_time,
                                 .wall_ms = 77};
    const auto outcome = broker::log::validate_batch(batch, rules, memory);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->log_append_time, 77);
    const auto view = broker::protocol::batch_view::parse(batch);
    EXPECT_TRUE(view->crc_matches());
    EXPECT_TRUE(view->is_log_append_time());
    EXPECT_EQ(view->max_timestamp(), 77);
}

TEST(validator, a_bomb_is_refused_before_it_takes_much_memory) {
    // 100 MB of zeros are 100 KB of gzip.
    broker::protocol::batch_builder builder;
    const base::bytes zeros(100UL * 1024 * 1024);
    builder.add(1, std::nullopt, base::bytes_view(zeros));
    auto bomb = builder.finish({.codec = codec::gzip});
    broker::log::batch_memory memory;
    const auto outcome = broker::log::validate_batch(bomb, {.wall_ms = test_now_ms}, memory);
    EXPECT_EQ(outcome.error().code, error_code::invalid_record);
    EXPECT_LE(memory.inflated.capacity(), broker::log::inflated_floor + (4U << 20));
}

TEST(validator, what_sending_again_cannot_heal_is_no_corrupt_message) {
    EXPECT_EQ(verdict(spoiled(21, std::int16_t{1})), error_code::invalid_record);  // not gzip
    auto cut = make_batch({.count = 3});
    cut.pop_back();
    EXPECT_EQ(verdict(cut), error_code::invalid_record);
    EXPECT_EQ(verdict(base::bytes(10)), error_code::invalid_record);
}

TEST(validator, numbers_at_the_ends_of_their_range_do_not_overflow) {
    constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(verdict(spoiled(23, std::numeric_limits<std::int32_t>::max())),
              error_code::invalid_record);
    // The records' deltas are 0, 1 and 2: the last two wrap to the far past.
    EXPECT_EQ(verdict(spoiled(27, largest)), error_code::invalid_timestamp);
    EXPECT_EQ(verdict(spoiled(27, smallest), {.timestamp_before_max_ms = 1000, .wall_ms = 5}),
              error_code::invalid_timestamp);
    EXPECT_EQ(verdict(spoiled(27, smallest)), error_code::none);
    EXPECT_EQ(verdict(spoiled(27, largest), {.codec = codec::gzip,
                                             .wall_ms = test_now_ms,
                                             .origin = broker::log::append_origin::coordinator}),
              error_code::none);
}

TEST(validator, the_mark_of_the_append_time_is_taken_away_where_it_is_not_the_brokers) {
    auto batch = spoiled(21, std::int16_t{0x08});
    broker::log::batch_memory memory;
    ASSERT_TRUE(broker::log::validate_batch(batch, {.wall_ms = test_now_ms}, memory));
    const auto stored = broker::protocol::batch_view::parse(batch);
    EXPECT_FALSE(stored->is_log_append_time());
    EXPECT_TRUE(stored->crc_matches());
}

TEST(validator, a_clients_batch_begins_at_offset_zero) {
    auto batch = make_batch({.count = 3});
    broker::protocol::set_base_offset(batch, broker::offset(77));
    EXPECT_EQ(verdict(batch), error_code::invalid_record);
}

TEST(validator, a_format_of_the_future_is_corrupt_and_one_of_the_past_is_refused) {
    EXPECT_EQ(verdict(spoiled(16, std::int8_t{3})), error_code::corrupt_message);
    EXPECT_EQ(verdict(spoiled(16, std::int8_t{1})), error_code::invalid_record);
}

TEST(validator, refuses_transactional_batches_of_clients) {
    auto batch = make_batch(
        {.producer = broker::producer_id(1), .epoch = broker::producer_epoch(0), .sequence = 0});
    base::store_be(batch.data() + 21, std::int16_t{0x10});
    renew_crc(batch);
    EXPECT_EQ(verdict(batch), error_code::invalid_txn_state);
}

TEST(validator, inflates_at_most_128_mib_whatever_the_topic_takes) {
    EXPECT_EQ(broker::log::inflated_bound(1'048'588), 32U * 1'048'588);
    EXPECT_EQ(broker::log::inflated_bound(100), broker::log::inflated_floor);
    EXPECT_EQ(broker::log::inflated_bound(std::numeric_limits<std::int32_t>::max()),
              broker::log::inflated_ceiling);
}

TEST(validator, a_recompressed_batch_must_fit_the_topic_too) {
    auto batch = make_batch({.count = 200, .codec = codec::zstd});
    const auto size = static_cast<std::int32_t>(batch.size());
    EXPECT_EQ(
        verdict(batch, {.max_message_bytes = size, .codec = codec::none, .wall_ms = test_now_ms}),
        error_code::message_too_large);
}

TEST(validator, memory_of_large_batches_is_given_back) {
    broker::log::batch_memory memory;
    memory.inflated.resize(5UL << 20);
    memory.recompressed.resize(1000);
    memory.release();
    EXPECT_EQ(memory.inflated.capacity(), 0U);
    EXPECT_TRUE(memory.recompressed.empty());
}

TEST(validator, recompresses_for_the_codec_of_the_topic) {
    auto batch = make_batch({.count = 20, .codec = codec::gzip});
    broker::log::batch_memory memory;
    const auto outcome =
        broker::log::validate_batch(batch, {.codec = codec::lz4, .wall_ms = test_now_ms}, memory);
    ASSERT_TRUE(outcome);
    const auto view = broker::protocol::batch_view::parse(memory.recompressed);
    EXPECT_EQ(view->codec(), codec::lz4);
    EXPECT_EQ(view->count(), 20);
}

}  // namespace
}  // namespace weir::test
