// Goal: each rule of compaction by itself: when a log is due, what may not be touched, how long
// tombstones and markers stay, what a rewritten batch looks like, what is left of a swap.
// Method: a few records in segments that the test rolls, a pass over them, and a look at each batch
// of the files.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>

#include "broker/log/batch_walker.hpp"
#include "broker/log/cleaning/cleaning_pass.hpp"
#include "broker/log/cleaning/key_map.hpp"
#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::no_offset;
using broker::offset;
namespace cleaning = broker::log::cleaning;

struct keyed {
    std::string key;
    std::optional<std::string> value;
    std::int64_t timestamp = test_now_ms;
    bool operator==(const keyed&) const = default;
};

// What is known of a batch in the log, without its checksum.
struct seen_batch {
    std::int64_t base = 0;
    std::int64_t last = 0;
    int count = 0;
    bool is_control = false;
    bool has_horizon = false;
    bool operator==(const seen_batch&) const = default;
};

class cleaning_rules : public testing::Test {
  protected:
    cleaning_rules() {
        options_.config.segment_bytes = 1'000'000;
        options_.config.retention_ms = -1;
        options_.config.compacted = true;
        options_.config.deletes = false;
        options_.config.delete_retention_ms = 1000;
        options_.config.file_delete_delay_ms = 0;
        log_ = open_log(disk_, options_);
    }

    void add(const std::vector<keyed>& records, broker::protocol::batch_options how = {}) {
        broker::protocol::batch_builder builder;
        for (const auto& each : records) {
            builder.add(each.timestamp, base::as_bytes(each.key),
                        each.value ? std::optional(base::as_bytes(*each.value)) : std::nullopt);
        }
        auto batch = builder.finish(how);
        ASSERT_TRUE(log_->append_as_leader(batch, context(how.transactional)));
    }
    void end(std::int64_t producer, bool commits) {
        ASSERT_TRUE(log_->append_marker({.producer = broker::producer_id(producer),
                                         .epoch = broker::producer_epoch(0),
                                         .marker = {.commits = commits}},
                                        context(true)));
    }
    broker::log::append_context context(bool transactional) const {
        return {.epoch = broker::leader_epoch(1), .wall_ms = now_, .transactional = transactional};
    }
    // The next append goes into a new segment.
    void roll() {
        auto config = log_->config();
        config.segment_bytes = 1;
        log_->set_config(config);
        add({{"filler-" + std::to_string(++fillers_), "x"}});
        config.segment_bytes = 1'000'000;
        log_->set_config(config);
        flush(*log_, disk_);
    }
    void clean(std::size_t memory = 1 << 20) {
        const auto watermark = log_->flushed_offset();
        cleaning::cleaning_pass pass(disk_, log_->plan_cleaning(now_, watermark), memory);
        for (;;) {
            const auto progress = pass.step(1000);
            ASSERT_TRUE(progress.has_value()) << progress.error().message;
            if (*progress == cleaning::cleaning_progress::done) break;
            if (*progress == cleaning::cleaning_progress::more) continue;
            const auto taken = log_->take_cleaned(pass.take_group(), now_);
            ASSERT_TRUE(taken && *taken);
        }
        log_->cleaned(pass.cleaned_up_to());
    }
    cleaning::cleaning_need need() { return log_->cleaning_need(now_, log_->flushed_offset()); }
    std::vector<seen_batch> batches() {
        std::vector<seen_batch> seen;
        for (const auto& path : disk_.paths()) {
            if (!path.ends_with(".log")) continue;
            const auto file = *disk_.open(path, broker::io::open_mode::read);
            broker::log::batch_walker walker(*file, 0, *file->size());
            while (const auto batch = walker.next_verified()) {
                const auto& header = batch->header;
                seen.push_back({.base = header.base_offset().value(),
                                .last = header.last_offset().value(),
                                .count = header.count(),
                                .is_control = header.is_control(),
                                .has_horizon = header.has_delete_horizon()});
            }
        }
        return seen;
    }
    std::map<std::int64_t, keyed> records() {
        std::map<std::int64_t, keyed> found;
        base::bytes scratch;
        const auto slice = log_->read(offset(0), 1 << 20, log_->end_offset(), true);
        EXPECT_TRUE(slice.has_value());
        broker::log::batch_walker walker(*slice->from, slice->position,
                                         slice->position + slice->length);
        while (const auto batch = walker.next_verified()) {
            const auto& header = batch->header;
            if (header.is_control()) continue;
            const auto payload = broker::protocol::inflated_payload(header, 1 << 24, scratch);
            broker::protocol::record_reader reader(*payload, header.count());
            std::int64_t newest = -1;
            while (const auto record = reader.next()) {
                auto& each = found[header.base_offset().value() + record->offset_delta];
                each = {.key = std::string(base::as_text(*record->key)),
                        .timestamp = record->timestamp_in(header)};
                if (record->value) each.value = std::string(base::as_text(*record->value));
                newest = std::max(newest, each.timestamp);
            }
            if (header.count() > 0) EXPECT_EQ(header.max_timestamp(), newest);
        }
        return found;
    }

    fault_disk disk_;
    broker::log::open_options options_;
    std::unique_ptr<broker::log::partition_log> log_;
    std::int64_t now_ = test_now_ms;
    int fillers_ = 0;
};

TEST_F(cleaning_rules, the_newest_value_of_a_key_stays_at_its_offset) {
    add({{"a", "1"}, {"b", "2", test_now_ms + 7}, {"a", "3"}});
    add({{"b", "4"}});
    roll();
    clean();
    const std::map<std::int64_t, keyed> expected = {{2, {"a", "3"}}, {3, {"b", "4"}}};
    EXPECT_EQ(records(), expected);
    const std::vector<seen_batch> left = {{.base = 0, .last = 2, .count = 1},
                                          {.base = 3, .last = 3, .count = 1},
                                          {.base = 4, .last = 4, .count = 1}};
    EXPECT_EQ(batches(), left);
    EXPECT_EQ(log_->end_offset(), offset(5));
}

TEST_F(cleaning_rules, a_batch_of_which_all_stays_is_not_touched) {
    add({{"a", "1"}, {"b", "2"}}, {.codec = broker::protocol::compression::codec::zstd});
    roll();
    const auto before = disk_.content_of("t-0/00000000000000000000.log");
    clean();
    EXPECT_EQ(disk_.content_of("t-0/00000000000000000000.log"), before);
}

TEST_F(cleaning_rules, a_tombstone_goes_when_its_horizon_has_passed) {
    add({{"a", "1"}});
    add({{"a", std::nullopt, test_now_ms - 5}, {"b", "2", test_now_ms + 9}});
    roll();
    clean();
    // The first pass sets the horizon, times stay what they were.
    const std::map<std::int64_t, keyed> expected = {{1, {"a", std::nullopt, test_now_ms - 5}},
                                                    {2, {"b", "2", test_now_ms + 9}}};
    EXPECT_EQ(records(), expected);
    EXPECT_TRUE(batches().front().has_horizon);
    now_ += 999;
    roll();
    clean();
    EXPECT_EQ(records().size(), 3);
    EXPECT_TRUE(records().contains(1));
    now_ += 1;
    roll();
    clean();
    EXPECT_FALSE(records().contains(1));
    EXPECT_EQ(records().at(2), (keyed{"b", "2", test_now_ms + 9}));
}

TEST_F(cleaning_rules, markers_go_after_their_data_and_a_horizon) {
    const broker::protocol::batch_options how{.producer_id = broker::producer_id(7),
                                              .producer_epoch = broker::producer_epoch(0),
                                              .base_sequence = 0,
                                              .transactional = true};
    add({{"a", "1"}}, how);
    end(7, false);
    auto second = how;
    second.base_sequence = 1;
    add({{"b", "2"}}, second);
    end(7, true);
    add({{"b", "3"}});
    roll();
    clean();
    // The aborted record is gone; the committed one was superseded, but it is its producer's last.
    const std::vector<seen_batch> first = {{.base = 1, .last = 1, .count = 1, .is_control = true},
                                           {.base = 2, .last = 2, .count = 0},
                                           {.base = 3, .last = 3, .count = 1, .is_control = true},
                                           {.base = 4, .last = 4, .count = 1},
                                           {.base = 5, .last = 5, .count = 1}};
    EXPECT_EQ(batches(), first);
    EXPECT_TRUE(log_->last_stable_offset(log_->flushed_offset()) == log_->end_offset());
    roll();
    clean();
    EXPECT_TRUE(batches()[0].has_horizon);   // nothing of the aborted transaction is left
    EXPECT_FALSE(batches()[2].has_horizon);  // of the committed one there is
    now_ += 1000;
    roll();
    clean();
    EXPECT_EQ(batches()[0], (seen_batch{.base = 2, .last = 2, .count = 0}));
    EXPECT_EQ(batches()[1], (seen_batch{.base = 3, .last = 3, .count = 1, .is_control = true}));
}

TEST_F(cleaning_rules, what_may_not_be_cleaned) {
    add({{"a", "1"}});
    EXPECT_EQ(need().dirty_bytes, 0U);  // the active segment
    roll();
    EXPECT_GT(need().dirty_bytes, 0U);
    EXPECT_EQ(log_->cleaning_need(now_, offset(0)).dirty_bytes, 0U);  // above the high watermark
    auto config = log_->config();
    config.min_compaction_lag_ms = 10;
    log_->set_config(config);
    EXPECT_EQ(need().dirty_bytes, 0U);
    now_ += 10;
    EXPECT_GT(need().dirty_bytes, 0U);
    config.min_compaction_lag_ms = 0;
    config.compacted = false;
    log_->set_config(config);
    EXPECT_EQ(need().dirty_bytes, 0U);
}

TEST_F(cleaning_rules, an_open_transaction_is_a_wall) {
    add({{"a", "1"}});
    roll();
    add({{"a", "2"}}, {.producer_id = broker::producer_id(1),
                       .producer_epoch = broker::producer_epoch(0),
                       .base_sequence = 0,
                       .transactional = true});
    roll();
    ASSERT_EQ(log_->plan_cleaning(now_, log_->flushed_offset()).segments.size(), 1U);
    end(1, true);
    flush(*log_, disk_);
    EXPECT_EQ(log_->plan_cleaning(now_, log_->flushed_offset()).segments.size(), 2U);
}

TEST_F(cleaning_rules, how_dirty_a_log_is) {
    add({{"a", std::string(1000, 'x')}});
    roll();
    clean();
    EXPECT_EQ(need().dirty_bytes, 0U);
    EXPECT_EQ(need().dirty_ratio(), 0);
    add({{"b", std::string(920, 'x')}});
    roll();
    EXPECT_NEAR(need().dirty_ratio(), 0.5, 0.01);
    EXPECT_FALSE(need().overdue);
    auto config = log_->config();
    config.max_compaction_lag_ms = 100;
    log_->set_config(config);
    now_ += 101;
    EXPECT_TRUE(need().overdue);
}

TEST_F(cleaning_rules, a_segment_ages_by_the_compaction_lag_too) {
    auto config = log_->config();
    config.max_compaction_lag_ms = 100;
    log_->set_config(config);
    add({{"a", "1"}});
    add({{"a", "2", test_now_ms + 101}});
    EXPECT_EQ(log_->segment_count(), 2U);
}

TEST_F(cleaning_rules, small_memory_takes_several_passes) {
    for (int index = 0; index < 300; ++index) {
        add({{"k" + std::to_string(index % 150), std::to_string(index)}});
        if (index % 30 == 29) roll();
    }
    const auto end = log_->plan_cleaning(now_, log_->flushed_offset()).segments.back().end;
    int passes = 0;
    for (; log_->first_dirty().value_or(offset(0)) < end && passes < 100; ++passes)
        clean(0);
    EXPECT_GT(passes, 2);
    EXPECT_LT(passes, 100);
    std::map<std::string, int> times;
    for_each_committed(*log_, offset(0), 1 << 20, [&](offset, const auto& record) {
        ++times[std::string(base::as_text(*record.key))];
    });
    for (const auto& [key, count] : times)
        EXPECT_EQ(count, 1) << key;
}

TEST_F(cleaning_rules, small_segments_become_one) {
    for (int index = 0; index < 10; ++index) {
        add({{"same", std::to_string(index)}});
        roll();
    }
    EXPECT_EQ(log_->segment_count(), 11U);
    clean();
    EXPECT_EQ(log_->segment_count(), 2U);
}

TEST_F(cleaning_rules, a_damaged_batch_is_told_and_nothing_is_changed) {
    add({{"a", "1"}});
    add({{"a", "2"}});
    roll();
    disk_.rot("t-0/00000000000000000000.log", 70);
    cleaning::cleaning_pass pass(disk_, log_->plan_cleaning(now_, log_->flushed_offset()), 1 << 20);
    const auto progress = pass.step(1 << 20);
    ASSERT_FALSE(progress.has_value());
    EXPECT_EQ(progress.error().code, EBADMSG);
    EXPECT_EQ(log_->segment_count(), 2U);
}

TEST_F(cleaning_rules, segments_that_retention_took_are_not_swapped) {
    add({{"a", "1"}});
    add({{"a", "2"}});
    roll();
    cleaning::cleaning_pass pass(disk_, log_->plan_cleaning(now_, log_->flushed_offset()), 1 << 20);
    auto progress = pass.step(1 << 20);
    ASSERT_EQ(*progress, cleaning::cleaning_progress::group);
    ASSERT_EQ(log_->delete_records(offset(2), log_->flushed_offset()), broker::error_code::none);
    log_->housekeep(now_, log_->flushed_offset());
    const auto taken = log_->take_cleaned(pass.take_group(), now_);
    ASSERT_TRUE(taken.has_value());
    EXPECT_FALSE(*taken);
    for (const auto& path : disk_.paths())
        EXPECT_FALSE(path.ends_with(".cleaned")) << path;
}

TEST_F(cleaning_rules, a_swap_that_fits_nothing_is_removed_at_the_start) {
    add({{"a", "1"}});
    roll();
    flush(*log_, disk_);
    const auto old = disk_.content_of("t-0/00000000000000000000.log");
    ASSERT_EQ(log_->delete_records(offset(1), log_->flushed_offset()), broker::error_code::none);
    add({{"a", "2"}});
    roll();
    ASSERT_EQ(log_->delete_records(offset(3), log_->flushed_offset()), broker::error_code::none);
    log_->housekeep(now_, log_->flushed_offset());
    ASSERT_TRUE(log_->close());
    log_.reset();
    disk_.put("t-0/00000000000000000000.log.swap", old);
    disk_.put("t-0/00000000000000000001.log.cleaned", old);
    options_.recovery_point = offset(4);
    options_.start_offset = offset(3);
    log_ = open_log(disk_, options_);
    EXPECT_EQ(log_->start_offset(), offset(3));
    EXPECT_EQ(log_->end_offset(), offset(4));
    EXPECT_FALSE(disk_.has("t-0/00000000000000000000.log.swap"));
    EXPECT_FALSE(disk_.has("t-0/00000000000000000001.log.cleaned"));
}

TEST_F(cleaning_rules, a_log_that_is_no_longer_compacted_may_have_holes) {
    add({{"a", "1"}, {"a", "2"}});
    add({{"a", "3"}});
    add({{"b", "4"}});
    roll();
    clean();
    options_.config.compacted = false;
    options_.first_dirty = log_->first_dirty();
    const auto left = batches();
    log_.reset();
    disk_.crash_hard();
    log_ = open_log(disk_, options_);  // all of it is scanned
    EXPECT_EQ(log_->end_offset(), offset(5));
    EXPECT_EQ(batches(), left);
}

TEST(key_map, holds_the_newest_offsets_within_its_memory) {
    constexpr std::size_t memory = 100'000;
    cleaning::key_map map(memory);
    const cleaning::key_hasher hash;
    const auto key = [&hash](int number) { return hash(base::as_bytes(std::to_string(number))); };
    int put = 0;
    while (map.put(key(put), offset(put)))
        ++put;
    EXPECT_LE(map.memory(), memory);
    EXPECT_GT(put, 1500);  // of 24 bytes
    EXPECT_EQ(map.size(), static_cast<std::size_t>(put));
    EXPECT_TRUE(map.put(key(7), offset(1'000'000)));  // a key that is there needs no room
    EXPECT_EQ(map.find(key(7)), offset(1'000'000));
    for (int number = 8; number < put; ++number)
        ASSERT_EQ(map.find(key(number)), offset(number));
    EXPECT_EQ(map.find(key(put)), no_offset);
}

}  // namespace
}  // namespace weir::test
