// Goal: a read_committed reader sees every record of a committed transaction below the last stable
// offset and none of an aborted one, whatever happens to the log meanwhile (KIP-98).
// Method: producers write, end their transactions, the log is flushed, rolled, cut by a crash and
// opened again as a seed decides; a reader that filters as clients do is compared with a list.
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::error_code;
using broker::offset;
using broker::producer_epoch;
using broker::producer_id;
using broker::log::aborted_transaction;

constexpr std::int32_t coordinator_epoch = 3;

std::optional<offset> end_transaction(broker::log::partition_log& log, std::int64_t producer,
                                      bool commits, std::int16_t epoch = 0,
                                      std::int32_t coordinator = coordinator_epoch) {
    const auto done =
        log.append_marker({.producer = producer_id(producer),
                           .epoch = producer_epoch(epoch),
                           .marker = {.commits = commits, .coordinator_epoch = coordinator}},
                          {.epoch = broker::leader_epoch(1), .wall_ms = test_now_ms});
    if (!done) return std::nullopt;
    return done->base_offset;
}

std::vector<read_record> read_committed(broker::log::partition_log& log, offset from,
                                        std::uint32_t max_bytes) {
    std::vector<read_record> records;
    for_each_committed(log, from, max_bytes, [&records](offset at, const auto& record) {
        records.push_back(
            {.offset = at.value(), .value = std::string(base::as_text(*record.value))});
    });
    return records;
}

class transactions : public testing::Test {
  protected:
    offset add(std::int64_t producer, std::int32_t sequence, std::int16_t epoch = 0) {
        const auto done = append(*log_, {.value = "v",
                                         .producer = producer_id(producer),
                                         .epoch = producer_epoch(epoch),
                                         .sequence = sequence,
                                         .transactional = true});
        EXPECT_TRUE(done.has_value());
        return done->base_offset;
    }
    offset stable() { return log_->last_stable_offset(log_->flushed_offset()); }
    std::vector<aborted_transaction> aborted() {
        const auto slice = log_->read(offset(0), 1 << 20, log_->end_offset(), true);
        return *log_->aborted_in(*slice, offset(0), log_->end_offset());
    }
    void reopen(bool clean) {
        flush(*log_, disk_);
        if (clean) ASSERT_TRUE(log_->close().has_value());
        log_.reset();
        broker::log::open_options options;
        options.clean = clean;
        log_ = open_log(disk_, options);
    }

    fault_disk disk_;
    std::unique_ptr<broker::log::partition_log> log_ = open_log(disk_);
};

TEST_F(transactions, an_open_one_holds_the_last_stable_offset) {
    ASSERT_TRUE(append(*log_, {.count = 2}));
    EXPECT_EQ(add(1, 0), offset(2));
    EXPECT_EQ(add(2, 0), offset(3));
    flush(*log_, disk_);
    EXPECT_EQ(stable(), offset(2));
    EXPECT_EQ(end_transaction(*log_, 1, true), offset(4));
    // The marker is not committed yet.
    EXPECT_EQ(stable(), offset(2));
    flush(*log_, disk_);
    EXPECT_EQ(stable(), offset(3));
    EXPECT_EQ(end_transaction(*log_, 2, false), offset(5));
    flush(*log_, disk_);
    EXPECT_EQ(stable(), offset(6));
    const std::vector<aborted_transaction> expected{{.producer = producer_id(2),
                                                     .first = offset(3),
                                                     .last = offset(5),
                                                     .last_stable = offset(6)}};
    EXPECT_EQ(aborted(), expected);
}

TEST_F(transactions, what_is_open_or_aborted_survives_a_restart) {
    add(1, 0);
    add(2, 0);
    end_transaction(*log_, 2, false);
    const auto before = aborted();
    for (const bool clean : {true, false, true}) {
        reopen(clean);
        EXPECT_EQ(stable(), offset(0)) << clean;
        EXPECT_EQ(aborted(), before) << clean;
        EXPECT_EQ(log_->producers().find(producer_id(1)).open_since, offset(0)) << clean;
    }
    end_transaction(*log_, 1, true);
    flush(*log_, disk_);
    EXPECT_EQ(stable(), offset(4));
}

TEST_F(transactions, a_damaged_index_of_aborted_ones_is_made_again) {
    add(1, 0);
    end_transaction(*log_, 1, false);
    const auto before = aborted();
    reopen(true);
    const std::string path = "t-0/00000000000000000000.txnindex";
    ASSERT_EQ(disk_.size_of(path), 34U);
    for (std::uint64_t at = 0; at < 34; ++at) {
        log_.reset();
        disk_.rot(path, at, std::byte{0x80});
        broker::log::open_options options;
        options.clean = true;
        log_ = open_log(disk_, options);
        // What cannot be noticed is a producer id that is still a good one.
        const bool plausible = at >= 3 && at < 10;
        if (!plausible) EXPECT_EQ(aborted(), before) << at;
        disk_.rot(path, at, std::byte{0x80});
    }
}

TEST_F(transactions, what_is_read_again_of_a_sealed_segment_is_stored) {
    broker::log::open_options options;
    options.config.segment_bytes = 400;
    log_ = open_log(disk_, options);
    add(1, 0);
    end_transaction(*log_, 1, false);
    for (int batch = 0; batch < 8; ++batch)
        ASSERT_TRUE(append(*log_, {.count = 3}));
    ASSERT_GT(log_->segment_count(), 1U);
    const auto before = aborted();
    ASSERT_EQ(before.size(), 1U);
    flush(*log_, disk_);
    log_.reset();
    const std::string path = "t-0/00000000000000000000.txnindex";
    ASSERT_TRUE(disk_.remove(path).has_value());  // as a crash before the sync may leave it
    log_ = open_log(disk_, options);
    EXPECT_EQ(aborted(), before);
    ASSERT_TRUE(log_->close().has_value());
    log_.reset();
    options.clean = true;
    log_ = open_log(disk_, options);
    EXPECT_EQ(aborted(), before);
}

TEST_F(transactions, an_index_of_a_log_that_was_longer_is_forgotten) {
    add(1, 0);
    for (int batch = 0; batch < 20; ++batch)
        ASSERT_TRUE(append(*log_, {.count = 3}));
    end_transaction(*log_, 1, false);
    flush(*log_, disk_);
    ASSERT_TRUE(log_->close().has_value());
    const std::string path = "t-0/00000000000000000000.txnindex";
    const auto stale = disk_.content_of(path);
    log_.reset();
    for (const auto& each : disk_.paths()) {
        if (each.starts_with("t-0/")) ASSERT_TRUE(disk_.remove(each).has_value());
    }
    log_ = open_log(disk_);
    ASSERT_TRUE(append(*log_, {.count = 3}));
    flush(*log_, disk_);
    ASSERT_TRUE(log_->close().has_value());
    log_.reset();
    disk_.put(path, stale);
    broker::log::open_options options;
    options.clean = true;
    log_ = open_log(disk_, options);
    EXPECT_TRUE(aborted().empty());
    for (int batch = 0; batch < 40; ++batch)
        ASSERT_TRUE(append(*log_, {.count = 3}));
    reopen(true);
    EXPECT_TRUE(aborted().empty());
}

TEST_F(transactions, markers_of_older_epochs_and_coordinators_are_refused) {
    add(1, 0, 4);
    EXPECT_FALSE(end_transaction(*log_, 1, true, 3));
    EXPECT_TRUE(end_transaction(*log_, 1, true, 4));
    EXPECT_FALSE(end_transaction(*log_, 1, true, 4, coordinator_epoch - 1));
    EXPECT_TRUE(end_transaction(*log_, 1, true, 5, coordinator_epoch + 1));
    const auto late = log_->append_marker(
        {.producer = producer_id(1),
         .epoch = producer_epoch(5),
         .marker = {.commits = true, .coordinator_epoch = coordinator_epoch + 1},
         .above_epoch = true},
        {});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, error_code::invalid_producer_epoch);
}

TEST_F(transactions, inside_of_one_every_record_is_of_it) {
    add(1, 0);
    const auto outside =
        append(*log_, {.producer = producer_id(1), .epoch = producer_epoch(0), .sequence = 1});
    ASSERT_FALSE(outside);
    EXPECT_EQ(outside.error().code, error_code::invalid_txn_state);
    auto batch = make_batch({.producer = producer_id(5),
                             .epoch = producer_epoch(0),
                             .sequence = 0,
                             .transactional = true});
    const auto nameless = log_->append_as_leader(batch, {.wall_ms = test_now_ms});
    ASSERT_FALSE(nameless);
    EXPECT_EQ(nameless.error().code, error_code::invalid_txn_state);
}

// One history of many producers on one log.
struct story {
    struct entry {
        std::string value;
        std::int64_t producer = -1;  // -1: not transactional
        bool decided = true;
        bool aborted = false;
        bool control = false;
    };

    fault_disk disk;
    base::prng random;
    broker::log::open_options options;
    std::unique_ptr<broker::log::partition_log> log;
    std::vector<entry> entries;  // by offset
    std::map<std::int64_t, std::int32_t> sequences;
    std::int64_t flushed = 0;

    explicit story(std::uint64_t seed) : random(seed) {
        options.config.segment_bytes = 1500;
        options.config.index_interval_bytes = 150;
        options.config.retention_ms = -1;
        log = open_log(disk, options);
    }

    void write() {
        const auto producer = static_cast<std::int64_t>(random.below(4));
        const bool plain = producer == 0;
        batch_wish wish{.count = static_cast<int>(1 + random.below(3)),
                        .value = "v" + std::to_string(random.below(1'000'000)) + "-"};
        if (!plain) {
            wish.producer = producer_id(producer);
            wish.epoch = producer_epoch(0);
            wish.sequence = sequences[producer];
            wish.transactional = true;
            sequences[producer] += wish.count;
        }
        ASSERT_TRUE(append(*log, wish));
        for (int index = 0; index < wish.count; ++index)
            entries.push_back({.value = wish.value + std::to_string(index),
                               .producer = plain ? -1 : producer,
                               .decided = plain});
    }
    void end() {
        const auto producer = static_cast<std::int64_t>(1 + random.below(3));
        const bool commits = random.below(2) == 0;
        ASSERT_TRUE(end_transaction(*log, producer, commits));
        for (auto& each : entries) {
            if (each.producer != producer || each.decided) continue;
            each.decided = true;
            each.aborted = !commits;
        }
        entries.push_back({.control = true});
    }
    void flush_all() {
        flush(*log, disk);
        flushed = log->flushed_offset().value();
        ASSERT_EQ(flushed, static_cast<std::int64_t>(entries.size()));
    }
    void reopen(bool clean) {
        flush_all();
        if (clean) ASSERT_TRUE(log->close().has_value());
        log.reset();
        if (!clean) disk.crash(random);
        options.clean = clean;
        options.recovery_point = offset(clean ? flushed : random.below(flushed + 1));
        log = open_log(disk, options);
        ASSERT_EQ(log->end_offset().value(), static_cast<std::int64_t>(entries.size()));
    }
    void check() {
        flush_all();
        std::vector<read_record> expected;
        std::int64_t stable = 0;
        for (; stable < flushed && entries[static_cast<std::size_t>(stable)].decided; ++stable) {
        }
        ASSERT_EQ(log->last_stable_offset(log->flushed_offset()), offset(stable));
        const auto from =
            static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(stable) + 1));
        // Reading begins with the batch that holds `from`.
        for (std::int64_t at = 0; at < stable; ++at) {
            const auto& each = entries[static_cast<std::size_t>(at)];
            if (!each.control && !each.aborted)
                expected.push_back({.offset = at, .value = each.value});
        }
        auto found =
            read_committed(*log, offset(from), static_cast<std::uint32_t>(50 + random.below(2000)));
        std::erase_if(found, [&](const auto& each) { return each.offset < from; });
        std::erase_if(expected, [&](const auto& each) { return each.offset < from; });
        ASSERT_EQ(found, expected) << "from " << from << " to " << stable;
    }
};

TEST(transactions_of_a_log, readers_see_what_was_committed) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        story now(seed);
        for (int step = 0; step < 150 && !testing::Test::HasFatalFailure(); ++step) {
            const auto dice = now.random.below(100);
            if (dice < 55) {
                now.write();
            } else if (dice < 80) {
                now.end();
            } else if (dice < 95) {
                now.check();
            } else {
                now.reopen(dice < 97);
            }
        }
    }
}

}  // namespace
}  // namespace weir::test
