// Goal: whatever happens in whatever order, flushed records survive and reads give what was
// written. Method: a seed decides about appends, flushes, reads, deletions, housekeeping and
// crashes (unsynced bytes lost or torn); a list in memory is what the log must equal.
#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::offset;

struct history {
    fault_disk disk;
    base::prng random;
    broker::log::open_options options;
    std::unique_ptr<broker::log::partition_log> log;
    std::vector<std::string> records;  // by offset
    std::int64_t flushed = 0;
    std::int64_t start = 0;

    explicit history(std::uint64_t seed) : random(seed) {
        options.config.segment_bytes = 2000;
        options.config.index_interval_bytes = 150;
        options.config.retention_ms = -1;
        log = open_log(disk, options);
    }

    void append_some() {
        const batch_wish wish{
            .count = static_cast<int>(1 + random.below(6)),
            .value = "v" + std::to_string(random.below(1'000'000)) + "-",
            .codec = static_cast<broker::protocol::compression::codec>(random.below(5))};
        const auto done = append(*log, wish);
        ASSERT_TRUE(done);
        ASSERT_EQ(done->base_offset.value(), static_cast<std::int64_t>(records.size()));
        for (int index = 0; index < wish.count; ++index) {
            records.push_back(wish.value + std::to_string(index));
        }
    }
    void flush_all() {
        flush(*log, disk);
        flushed = log->flushed_offset().value();
        ASSERT_EQ(flushed, static_cast<std::int64_t>(records.size()));
    }
    void check_all() {
        const auto from =
            start + static_cast<std::int64_t>(random.below(records.size() - start + 1));
        const auto limit = static_cast<std::uint32_t>(50 + random.below(3000));
        const auto all = read_all(*log, from, limit);
        ASSERT_EQ(all.size(), records.size() - static_cast<std::size_t>(from))
            << "from " << from << " with at most " << limit << " bytes a read, got "
            << all.front().offset << " to " << all.back().offset << " of " << records.size();
        for (const auto& each : all) {
            ASSERT_EQ(each.value, records[static_cast<std::size_t>(each.offset)]);
        }
    }
    void delete_some() {
        start += static_cast<std::int64_t>(random.below(flushed - start + 1));
        ASSERT_EQ(log->delete_records(offset(start), offset(flushed)), broker::error_code::none);
        log->housekeep(test_now_ms, offset(flushed));
        ASSERT_EQ(log->start_offset(), offset(start));
    }
    void crash() {
        options.recovery_point = offset(flushed);
        options.start_offset = offset(start);
        log.reset();
        disk.crash(random);
        log = open_log(disk, options);
        const auto end = log->end_offset().value();
        ASSERT_GE(end, flushed);
        ASSERT_LE(end, static_cast<std::int64_t>(records.size()));
        records.resize(static_cast<std::size_t>(end));
        flushed = end;
    }
    void stop_cleanly() {
        flush_all();
        ASSERT_TRUE(log->close().has_value());
        options.recovery_point = offset(flushed);
        options.start_offset = offset(start);
        options.clean = true;
        log.reset();
        ASSERT_TRUE(disk.sync_all().has_value());
        log = open_log(disk, options);
        options.clean = false;
        ASSERT_EQ(log->end_offset(), offset(flushed));
    }
};

TEST(log_model, a_thousand_random_histories_equal_their_model) {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        SCOPED_TRACE(seed);
        history run(seed);
        for (int step = 0; step < 40 && !testing::Test::HasFatalFailure(); ++step) {
            switch (run.random.below(12)) {
                case 0:
                    run.crash();
                    break;
                case 1:
                    run.stop_cleanly();
                    break;
                case 2:
                    run.delete_some();
                    break;
                case 3:
                case 4:
                    run.check_all();
                    break;
                case 5:
                case 6:
                    run.flush_all();
                    break;
                default:
                    run.append_some();
                    break;
            }
        }
        if (testing::Test::HasFatalFailure()) return;
        run.check_all();
    }
}

}  // namespace
}  // namespace weir::test
