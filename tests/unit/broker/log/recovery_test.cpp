// Goal: after a crash nothing that was flushed is lost and nothing damaged is served.
// Method: files are cut, spoiled or left half written, and the log is opened again.
#include <gtest/gtest.h>

#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::offset;

constexpr const char* first_segment = "t-0/00000000000000000000.log";

TEST(recovery, a_clean_stop_needs_no_scan_and_keeps_everything) {
    fault_disk disk;
    auto log = open_log(disk);
    for (int batch = 0; batch < 30; ++batch)
        ASSERT_TRUE(append(*log, {.count = 10}));
    flush(*log, disk);
    ASSERT_TRUE(log->close().has_value());
    log.reset();
    broker::log::open_options options;
    options.clean = true;
    options.recovery_point = offset(300);
    auto again = open_log(disk, options);
    EXPECT_EQ(again->end_offset(), offset(300));
    EXPECT_EQ(read_all(*again, 0).size(), 300U);
    EXPECT_EQ(append(*again, {.count = 1})->base_offset, offset(300));
}

TEST(recovery, a_new_log_of_a_leader_has_the_files_that_its_first_append_needs) {
    fault_disk disk;
    broker::log::open_options options;
    options.first_epoch = broker::leader_epoch(1);
    auto log = open_log(disk, options);
    EXPECT_EQ(log->end_offset(), offset(0));
    EXPECT_EQ(log->epochs().latest(), broker::leader_epoch(1));
    EXPECT_TRUE(disk.open(first_segment, broker::io::open_mode::read).has_value());
    EXPECT_TRUE(disk.open("t-0/leader-epoch-checkpoint", broker::io::open_mode::read).has_value());
    // What is not new is left as it is.
    ASSERT_TRUE(append(*log, {.count = 5}));
    log.reset();
    options.first_epoch = broker::leader_epoch(9);
    EXPECT_EQ(open_log(disk, options)->epochs().latest(), broker::leader_epoch(1));
}

TEST(recovery, a_torn_tail_is_cut) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 5}));
    ASSERT_TRUE(append(*log, {.count = 5}));
    log.reset();
    auto file = *disk.open(first_segment, broker::io::open_mode::read_write);
    ASSERT_TRUE(file->truncate(disk.size_of(first_segment) - 3).has_value());
    auto again = open_log(disk);
    EXPECT_EQ(again->end_offset(), offset(5));
    EXPECT_EQ(append(*again, {.count = 1})->base_offset, offset(5));
}

TEST(recovery, bytes_behind_a_damaged_middle_are_kept_aside_and_not_served) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 5}));
    const auto second = disk.size_of(first_segment);
    ASSERT_TRUE(append(*log, {.count = 5}));
    ASSERT_TRUE(append(*log, {.count = 5}));
    const auto whole = disk.size_of(first_segment);
    log.reset();
    disk.rot(first_segment, second + 70);
    auto again = open_log(disk);
    EXPECT_EQ(again->end_offset(), offset(5));
    EXPECT_EQ(read_all(*again, 0).size(), 5U);
    const auto aside = std::string(first_segment) + "." + std::to_string(second) + "-cut";
    EXPECT_EQ(disk.size_of(aside), whole - second);
}

TEST(recovery, damaged_indexes_are_made_again) {
    fault_disk disk;
    broker::log::open_options options;
    options.config.segment_bytes = 20'000;
    options.config.index_interval_bytes = 100;
    auto log = open_log(disk, options);
    for (int batch = 0; batch < 400; ++batch)
        ASSERT_TRUE(append(*log, {.count = 3}));
    flush(*log, disk);
    ASSERT_TRUE(log->close().has_value());
    log.reset();
    auto index = *disk.open("t-0/00000000000000000000.index", broker::io::open_mode::read_write);
    ASSERT_TRUE(index->truncate(13).has_value());
    options.clean = true;
    auto again = open_log(disk, options);
    EXPECT_EQ(read_all(*again, 0).size(), 1200U);
    EXPECT_EQ(read_all(*again, 17).front().offset, 17);
}

TEST(recovery, producers_are_remembered) {
    fault_disk disk;
    const batch_wish wish{.count = 2,
                          .producer = broker::producer_id(9),
                          .epoch = broker::producer_epoch(1),
                          .sequence = 0};
    {
        auto log = open_log(disk);
        ASSERT_TRUE(append(*log, wish));
        flush(*log, disk);
    }
    auto log = open_log(disk);
    const auto again = append(*log, wish);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
}

TEST(recovery, leader_epochs_survive_even_without_their_file) {
    fault_disk disk;
    {
        auto log = open_log(disk);
        ASSERT_TRUE(append(*log, {.count = 2}, 3));
        ASSERT_TRUE(append(*log, {.count = 2}, 5));
        flush(*log, disk);
    }
    ASSERT_TRUE(disk.remove("t-0/leader-epoch-checkpoint").has_value());
    auto log = open_log(disk);
    EXPECT_EQ(log->epochs().latest(), broker::leader_epoch(5));
    EXPECT_EQ(log->epochs().end_of(broker::leader_epoch(3), log->end_offset()).end, offset(2));
}

}  // namespace
}  // namespace weir::test
