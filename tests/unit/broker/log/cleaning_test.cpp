// Goal: a cleaned log gives the newest value of every key at its own offset, nothing of aborted
// transactions, and no key twice; tombstones and markers go when their time has come; producers and
// open transactions are not touched; a crash at any change of the disk loses nothing.
// Method: a seed decides about keyed batches, transactions, passes (with small memory for keys),
// crashes inside passes and restarts; a list of all records is what the log is compared with.
#include <gtest/gtest.h>

#include <map>

#include "broker/log/cleaning/cleaning_pass.hpp"
#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::offset;
using broker::producer_epoch;
using broker::producer_id;
namespace cleaning = broker::log::cleaning;

constexpr std::int64_t delete_retention_ms = 1000;
constexpr int producers = 3;

struct written_record {
    std::int64_t at = 0;
    std::string key;
    std::optional<std::string> value;
    int producer = 0;  // 0: none
    enum class fate { open, committed, aborted } fate = fate::committed;
};

struct open_transaction {
    std::int32_t sequence = 0;
    bool is_open = false;
};

struct history {
    fault_disk disk;
    base::prng random;
    broker::log::open_options options;
    std::unique_ptr<broker::log::partition_log> log;
    std::vector<written_record> records;
    std::map<int, open_transaction> transactions;
    std::int64_t now = test_now_ms;
    std::int64_t start = 0;
    bool is_dying = false;  // the disk gives up soon
    int passes = 0;
    int overtaken = 0;  // groups whose segments were gone

    explicit history(std::uint64_t seed) : random(seed) {
        options.config.segment_bytes = 900;
        options.config.index_interval_bytes = 150;
        options.config.retention_ms = -1;
        options.config.compacted = true;
        options.config.deletes = false;
        options.config.delete_retention_ms = delete_retention_ms;
        options.config.file_delete_delay_ms = 0;
        log = open_log(disk, options);
    }

    void append_some() {
        const int producer = static_cast<int>(random.below(producers + 1));
        broker::protocol::batch_builder builder;
        std::vector<written_record> added;
        const auto count = 1 + random.below(5);
        for (std::uint64_t index = 0; index < count; ++index) {
            written_record each{.at = log->end_offset().value() + static_cast<std::int64_t>(index),
                                .key = "k" + std::to_string(random.below(25)),
                                .producer = producer};
            if (random.below(5) > 0) each.value = "v" + std::to_string(random.below(1'000'000));
            if (producer > 0) each.fate = written_record::fate::open;
            builder.add(now + static_cast<std::int64_t>(random.below(100)),
                        base::as_bytes(each.key),
                        each.value ? std::optional(base::as_bytes(*each.value)) : std::nullopt);
            added.push_back(std::move(each));
        }
        auto& transaction = transactions[producer];
        broker::protocol::batch_options how{
            .codec = static_cast<broker::protocol::compression::codec>(random.below(5))};
        if (producer > 0) {
            how.producer_id = producer_id(producer);
            how.producer_epoch = producer_epoch(0);
            how.base_sequence = transaction.sequence;
            how.transactional = true;
        }
        auto batch = builder.finish(how);
        const auto done = log->append_as_leader(batch, context(producer > 0));
        ASSERT_TRUE(done);
        ASSERT_FALSE(done->duplicate);
        ASSERT_EQ(done->base_offset.value(), added.front().at);
        if (producer > 0) {
            transaction.sequence += static_cast<std::int32_t>(count);
            transaction.is_open = true;
        }
        records.insert(records.end(), added.begin(), added.end());
    }
    void end_one(int producer) {
        auto& transaction = transactions[producer];
        if (producer == 0 || (!transaction.is_open && random.below(4) > 0)) return;
        const bool commits = random.below(2) == 0;
        const broker::log::marker_wish wish{.producer = producer_id(producer),
                                            .epoch = producer_epoch(0),
                                            .marker = {.commits = commits}};
        ASSERT_TRUE(log->append_marker(wish, context(true)));
        transaction.is_open = false;
        for (auto& each : records) {
            if (each.producer != producer || each.fate != written_record::fate::open) continue;
            each.fate = commits ? written_record::fate::committed : written_record::fate::aborted;
        }
    }
    broker::log::append_context context(bool transactional) const {
        return {.epoch = broker::leader_epoch(1), .wall_ms = now, .transactional = transactional};
    }
    void flush_all() { flush(*log, disk); }

    // True when the pass came to its end.
    bool clean() {
        const auto watermark = log->flushed_offset();
        if (log->cleaning_need(now, watermark).dirty_bytes == 0) return false;
        const std::size_t memory = random.below(3) == 0 ? 0 : 1 << 20;
        cleaning::cleaning_pass pass(disk, log->plan_cleaning(now, watermark), memory);
        ++passes;
        for (;;) {
            const auto progress = pass.step(1 + random.below(500));
            if (!progress) return false;
            const bool deletes = random.below(30) == 0;
            if (deletes && !is_dying) delete_some();
            if (*progress == cleaning::cleaning_progress::done) break;
            if (*progress == cleaning::cleaning_progress::more) continue;
            const auto taken = log->take_cleaned(pass.take_group(), now);
            if (!taken) return false;
            overtaken += *taken ? 0 : 1;
        }
        log->cleaned(pass.cleaned_up_to());
        return true;
    }
    // Removes whole segments, as retention does.
    void delete_some() {
        const auto most = log->flushed_offset().value() - start;
        start += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) / 4 + 1));
        ASSERT_EQ(log->delete_records(offset(start), log->flushed_offset()),
                  broker::error_code::none);
        log->housekeep(now, log->flushed_offset());
    }
    offset stable() { return log->last_stable_offset(log->flushed_offset()); }
    void open_again(offset end, offset stable_before) {
        options.start_offset = offset(start);
        log = open_log(disk, options);
        ASSERT_EQ(log->end_offset(), end);
        // Of a transaction whose first records were deleted the log may forget where it began.
        if (start == 0) ASSERT_EQ(stable(), stable_before);
        ASSERT_EQ(log->start_offset(), offset(start));
    }
    void reopen(bool clean_stop) {
        flush_all();
        if (clean_stop) ASSERT_TRUE(log->close());
        options.clean = clean_stop;
        options.recovery_point = log->flushed_offset();
        // What the checkpoint says may be old.
        if (random.below(2) == 0) options.first_dirty = log->first_dirty();
        const auto end = log->end_offset();
        const auto stable_before = stable();
        log.reset();
        if (clean_stop) {
            ASSERT_TRUE(disk.sync_all());
        } else {
            disk.crash(random);
        }
        open_again(end, stable_before);
    }
    void crash_in_pass() {
        flush_all();
        const auto end = log->end_offset();
        const auto stable_before = stable();
        options.clean = false;
        options.recovery_point = random.below(2) == 0 ? end : offset(0);
        disk.stop_after(static_cast<int>(random.below(60)));
        is_dying = true;
        (void)clean();
        is_dying = false;
        disk.stop_after(-1);
        log.reset();
        disk.crash(random);
        open_again(end, stable_before);
    }

    void check() {
        const auto below = stable().value();
        std::map<std::string, written_record> newest;
        std::map<std::int64_t, written_record> all;
        for (const auto& each : records) {
            if (each.at < start || each.at >= below) continue;
            ASSERT_NE(each.fate, written_record::fate::open);
            if (each.fate == written_record::fate::committed) newest[each.key] = each;
            all.emplace(each.at, each);
        }
        std::map<std::string, std::int64_t> seen;
        std::int64_t last = -1;
        const auto max_bytes = static_cast<std::uint32_t>(80 + random.below(2000));
        for_each_committed(*log, offset(start), max_bytes, [&](offset at, const auto& record) {
            ASSERT_GT(at.value(), last);
            if (at < offset(start)) return;
            last = at.value();
            const auto found = all.find(last);
            ASSERT_NE(found, all.end());
            ASSERT_EQ(found->second.fate, written_record::fate::committed);
            ASSERT_EQ(base::as_text(*record.key), found->second.key);
            ASSERT_EQ(record.value.has_value(), found->second.value.has_value());
            if (record.value) ASSERT_EQ(base::as_text(*record.value), *found->second.value);
            seen[found->second.key] = last;
        });
        for (const auto& [key, record] : newest) {
            if (seen.contains(key)) {
                ASSERT_EQ(seen[key], record.at) << key;
            } else {
                ASSERT_FALSE(record.value.has_value()) << key << " at " << record.at;
            }
        }
    }
    // Below the clean end no key is there twice.
    void check_clean() {
        std::map<std::string, int> times;
        const auto end = *log->first_dirty();
        for_each_committed(*log, offset(start), 1 << 20, [&](offset at, const auto& record) {
            if (at >= offset(start) && at < end) ++times[std::string(base::as_text(*record.key))];
        });
        for (const auto& [key, count] : times)
            ASSERT_EQ(count, 1) << key;
    }
};

TEST(cleaning, five_hundred_random_histories_equal_their_model) {
    int passes = 0;
    int overtaken = 0;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        history run(seed);
        for (int step = 0; step < 120 && !testing::Test::HasFatalFailure(); ++step) {
            run.now += static_cast<std::int64_t>(run.random.below(300));
            switch (run.random.below(18)) {
                case 0:
                    run.flush_all();
                    if (run.clean()) run.check_clean();
                    break;
                case 1:
                    run.crash_in_pass();
                    break;
                case 2:
                    run.reopen(run.random.below(2) == 0);
                    break;
                case 3:
                    run.flush_all();
                    run.log->housekeep(run.now, run.log->flushed_offset());
                    run.check();
                    break;
                case 4:
                case 5:
                case 6:
                    run.end_one(static_cast<int>(run.random.below(producers + 1)));
                    break;
                case 7:
                    run.flush_all();
                    if (run.random.below(3) == 0) run.delete_some();
                    break;
                default:
                    run.append_some();
                    break;
            }
        }
        if (testing::Test::HasFatalFailure()) return;
        run.flush_all();
        run.check();
        passes += run.passes;
        overtaken += run.overtaken;
    }
    EXPECT_GT(passes, 1000);
    EXPECT_GT(overtaken, 10);
}

}  // namespace
}  // namespace weir::test
