// Goal: a crash between any two steps of what a log does to its files loses nothing that was synced
// and leaves a log that opens and goes on. Method: the disk refuses everything from its n-th change
// on, for every n; then the machine crashes (or only the process), and the log is opened again.
#include <gtest/gtest.h>

#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::offset;

// Rolls, syncs, retention, deletion of records, a clean stop and a start after it. Remembers what
// must be there afterwards.
struct life {
    fault_disk disk;
    broker::log::open_options options;
    std::int64_t synced = 0;
    std::int64_t written = 0;
    std::int64_t start_max = 0;  // nothing above it was deleted

    life() {
        options.config.segment_bytes = 600;
        options.config.index_interval_bytes = 100;
        options.config.retention_ms = -1;
        options.config.file_delete_delay_ms = 0;
    }

    // False when the disk has given up.
    bool write_some(broker::log::partition_log& log, int batches, int epoch) {
        for (int batch = 0; batch < batches; ++batch) {
            if (!append(log, wish(), epoch)) return false;
            written += 2;
            if (batch % 3 == 2) flush(log, disk);
            synced = std::max(synced, log.flushed_offset().value());
            if (log.is_offline()) return false;
        }
        return true;
    }
    batch_wish wish() const {
        return {.count = 2,
                .value = "v" + std::to_string(written) + "-",
                .producer = broker::producer_id(1),
                .epoch = broker::producer_epoch(0),
                .sequence = static_cast<std::int32_t>(written)};
    }
    void run() {
        static broker::log::batch_memory memory;
        options.directory = "t-0";
        auto opened = broker::log::partition_log::open(disk, memory, options);
        if (!opened) return;
        auto log = std::move(*opened);
        if (!write_some(*log, 12, 1)) return;
        start_max = 9;
        (void)log->delete_records(offset(9), offset(synced));
        log->housekeep(test_now_ms, offset(synced));
        log->housekeep(test_now_ms + 1, offset(synced));
        if (!write_some(*log, 3, 2)) return;
        flush(*log, disk);
        synced = log->flushed_offset().value();
        if (!log->close() || !disk.sync_all()) return;
        log.reset();
        auto again_options = options;
        again_options.clean = true;
        again_options.recovery_point = offset(synced);
        auto again = broker::log::partition_log::open(disk, memory, again_options);
        if (again) (void)write_some(**again, 6, 3);
    }
    void check(base::prng* random) {
        disk.stop_after(-1);
        if (random) disk.crash(*random);
        auto log = open_log(disk, options);
        const auto start = log->start_offset().value();
        ASSERT_LE(start, start_max);
        ASSERT_GE(log->end_offset().value(), synced);
        ASSERT_LE(log->end_offset().value(), written + 2);
        const auto all = read_all(*log, start);
        ASSERT_EQ(all.size(), static_cast<std::size_t>(log->end_offset().value() - start));
        for (const auto& each : all) {
            const auto first = each.offset / 2 * 2;
            ASSERT_EQ(each.value,
                      "v" + std::to_string(first) + "-" + std::to_string(each.offset % 2));
        }
        // The idempotent producer goes on where the log ends.
        written = log->end_offset().value();
        const auto next = append(*log, wish(), 4);
        ASSERT_TRUE(next);
        ASSERT_FALSE(next->duplicate);
        ASSERT_EQ(next->base_offset, offset(written));
    }
};

TEST(crash_steps, a_crash_at_every_change_of_the_disk_loses_nothing_synced) {
    life whole;
    whole.run();
    ASSERT_GT(whole.synced, 30);
    const int changes = whole.disk.changes();
    ASSERT_GT(changes, 60);
    for (int at = 0; at <= changes; ++at) {
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            SCOPED_TRACE(testing::Message() << "change " << at << ", seed " << seed);
            life cut_short;
            cut_short.disk.stop_after(at);
            cut_short.run();
            base::prng random(seed);
            if (seed % 2 == 1) cut_short.options.recovery_point = offset(cut_short.synced);
            // Seed 0: only the process dies.
            cut_short.check(seed == 0 ? nullptr : &random);
            if (testing::Test::HasFailure()) return;
        }
    }
}

}  // namespace
}  // namespace weir::test
