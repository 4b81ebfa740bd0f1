// Goal: a log gives back what was appended, in slices of whole batches, under every bound.
// Method: a log on a disk in memory; small segments so that rolling happens.
#include <gtest/gtest.h>

#include "broker/log/index_file.hpp"
#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::error_code;
using broker::offset;

broker::log::open_options small_segments() {
    broker::log::open_options options;
    options.config.segment_bytes = 1000;
    return options;
}

TEST(partition_log, assigns_offsets_in_order) {
    fault_disk disk;
    auto log = open_log(disk);
    EXPECT_EQ(append(*log, {.count = 3})->base_offset, offset(0));
    EXPECT_EQ(append(*log, {.count = 2})->base_offset, offset(3));
    EXPECT_EQ(log->end_offset(), offset(5));
}

TEST(partition_log, reads_across_segments_what_was_appended) {
    fault_disk disk;
    auto log = open_log(disk, small_segments());
    for (int batch = 0; batch < 100; ++batch) {
        ASSERT_TRUE(append(*log, {.count = 2, .value = "b" + std::to_string(batch) + "-"}));
    }
    EXPECT_GT(log->segment_count(), 5U);
    const auto all = read_all(*log, 0);
    ASSERT_EQ(all.size(), 200U);
    for (std::size_t at = 0; at < all.size(); ++at) {
        EXPECT_EQ(all[at].offset, static_cast<std::int64_t>(at));
        EXPECT_EQ(all[at].value, "b" + std::to_string(at / 2) + "-" + std::to_string(at % 2));
    }
    EXPECT_EQ(read_all(*log, 77).front().offset, 77);
}

TEST(partition_log, time_index_entries_name_the_batch_that_has_the_largest_time) {
    fault_disk disk;
    broker::log::open_options options;
    options.config.index_interval_bytes = 0;
    auto log = open_log(disk, options);
    for (const std::int64_t time : {1'000'005, 1'000'009, 1'000'001, 1'000'002}) {
        ASSERT_TRUE(append(*log, {.count = 2, .timestamp = time}));
    }
    flush(*log, disk);
    ASSERT_TRUE(log->close());
    const auto size = log->size_bytes();
    const auto index = broker::log::load_index(disk, "t-0/00000000000000000000", size);
    ASSERT_TRUE(index);
    const auto& newest = index->times.back();
    // A batch of two records has times t and t + 1.
    EXPECT_EQ(newest.timestamp, 1'000'010);
    EXPECT_EQ(newest.relative_offset, 3U);
    EXPECT_EQ(log->offset_for_time(1'000'010, log->end_offset())->at, offset(3));
}

TEST(partition_log, gives_one_batch_even_above_the_limit_and_none_without) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 10}));
    ASSERT_TRUE(append(*log, {.count = 10}));
    const auto one = log->read(offset(0), 10, log->end_offset(), true);
    EXPECT_GT(one->length, 10U);
    const auto none = log->read(offset(0), 10, log->end_offset(), false);
    EXPECT_EQ(none->length, 0U);
}

TEST(partition_log, never_reads_at_or_above_the_bound) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 1}));
    const auto first = log->read(offset(0), 1 << 20, log->end_offset(), true)->length;
    ASSERT_TRUE(append(*log, {.count = 1}));
    EXPECT_EQ(log->read(offset(0), 1 << 20, offset(1), true)->length, first);
    EXPECT_EQ(log->read(offset(1), 1 << 20, offset(1), true)->length, 0U);
}

TEST(partition_log, refuses_offsets_outside_of_the_log) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 2}));
    EXPECT_EQ(log->read(offset(3), 100, offset(9), true).error(), error_code::offset_out_of_range);
    EXPECT_EQ(log->delete_records(offset(1), log->end_offset()), error_code::none);
    EXPECT_EQ(log->read(offset(0), 100, offset(9), true).error(), error_code::offset_out_of_range);
    EXPECT_EQ(log->delete_records(offset(9), log->end_offset()), error_code::offset_out_of_range);
}

TEST(partition_log, finds_the_first_record_of_a_time) {
    fault_disk disk;
    auto log = open_log(disk, small_segments());
    for (int batch = 0; batch < 50; ++batch) {
        ASSERT_TRUE(append(*log, {.count = 3, .timestamp = 1000 + batch * 10}));
    }
    const auto found = log->offset_for_time(1101, log->end_offset());
    EXPECT_EQ(found->at, offset(31));
    EXPECT_EQ(found->timestamp, 1101);
    EXPECT_EQ(log->offset_for_time(99'999, log->end_offset())->at, broker::no_offset);
    EXPECT_EQ(log->offset_for_time(0, log->end_offset())->at, offset(0));
    EXPECT_EQ(log->offset_of_max_time(log->end_offset())->at, offset(149));
}

TEST(partition_log, retention_by_size_keeps_the_newest_segments) {
    fault_disk disk;
    auto options = small_segments();
    options.config.retention_bytes = 3000;
    options.config.retention_ms = -1;
    auto log = open_log(disk, options);
    for (int batch = 0; batch < 100; ++batch)
        ASSERT_TRUE(append(*log, {.count = 2}));
    EXPECT_TRUE(log->housekeep(test_now_ms, log->end_offset()));
    EXPECT_LE(log->size_bytes(), 4000U);
    EXPECT_GT(log->start_offset(), offset(0));
    EXPECT_EQ(read_all(*log, log->start_offset().value()).back().offset, 199);
}

TEST(partition_log, retention_by_time_empties_an_old_log_and_goes_on_at_its_end) {
    fault_disk disk;
    auto options = small_segments();
    options.config.retention_ms = 1000;
    auto log = open_log(disk, options);
    for (int batch = 0; batch < 20; ++batch)
        ASSERT_TRUE(append(*log, {.count = 2}));
    EXPECT_TRUE(log->housekeep(test_now_ms + 100'000, log->end_offset()));
    EXPECT_EQ(log->start_offset(), offset(40));
    EXPECT_EQ(append(*log, {.count = 1})->base_offset, offset(40));
}

TEST(partition_log, retention_never_passes_the_high_watermark) {
    fault_disk disk;
    auto options = small_segments();
    options.config.retention_ms = 1000;
    auto log = open_log(disk, options);
    for (int batch = 0; batch < 20; ++batch)
        ASSERT_TRUE(append(*log, {.count = 2}));
    log->housekeep(test_now_ms + 100'000, offset(10));
    EXPECT_LE(log->start_offset(), offset(10));
}

TEST(partition_log, repeated_batches_are_answered_with_their_first_offset) {
    fault_disk disk;
    auto log = open_log(disk);
    const auto wish = [](std::int32_t sequence) {
        return batch_wish{.count = 2,
                          .producer = broker::producer_id(7),
                          .epoch = broker::producer_epoch(0),
                          .sequence = sequence};
    };
    for (int round = 0; round < 5; ++round)
        ASSERT_TRUE(append(*log, wish(round * 2)));
    const auto again = append(*log, wish(2));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->base_offset, offset(2));
    EXPECT_EQ(append(*log, wish(14)).error().code, error_code::out_of_order_sequence_number);
    EXPECT_EQ(log->end_offset(), offset(10));
}

TEST(partition_log, a_write_that_fails_takes_the_log_offline_and_loses_nothing_flushed) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 5}));
    flush(*log, disk);
    disk.fail_writes(ENOSPC);
    EXPECT_EQ(append(*log, {.count = 1}).error().code, error_code::kafka_storage_error);
    disk.fail_writes(0);
    EXPECT_TRUE(log->is_offline());
    EXPECT_EQ(append(*log, {.count = 1}).error().code, error_code::kafka_storage_error);
    log.reset();
    EXPECT_EQ(read_all(*open_log(disk), 0).size(), 5U);
}

TEST(partition_log, a_sync_that_fails_is_never_tried_again) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 5}));
    disk.fail_syncs(EIO);
    flush(*log, disk);
    disk.fail_syncs(0);
    EXPECT_TRUE(log->is_offline());
    EXPECT_TRUE(log->take_flush_work().empty());
    EXPECT_EQ(log->flushed_offset(), offset(0));
}

}  // namespace
}  // namespace weir::test
