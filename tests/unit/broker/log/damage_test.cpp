// Goal: damaged files are reported and never served, what is sound goes on, and what was synced is
// never thrown away. Method: a log is written on a fault disk; each byte of each of its files is
// cut off, zeroed or flipped in turn, and the log is opened again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <ranges>

#include "broker/log/topic_directory.hpp"
#include "tests/unit/broker/log/log_fixture.hpp"

namespace weir::test {
namespace {

using broker::error_code;
using broker::offset;

constexpr const char* first_log = "t-0/00000000000000000000.log";
constexpr const char* epoch_file = "t-0/leader-epoch-checkpoint";

using records = std::vector<read_record>;

bool is_prefix(const records& some, const records& all) {
    return some.size() <= all.size() && std::equal(some.begin(), some.end(), all.begin());
}

// The content of every file, to begin again from.
std::map<std::string, base::bytes> photograph(const fault_disk& disk) {
    std::map<std::string, base::bytes> files;
    for (const auto& path : disk.paths())
        files[path] = disk.content_of(path);
    return files;
}

void restore(fault_disk& disk, const std::map<std::string, base::bytes>& files) {
    for (const auto& path : disk.paths())
        (void)disk.remove(path);
    for (const auto& [path, content] : files)
        disk.put(path, content);
}

std::vector<std::string> kept_aside(const fault_disk& disk) {
    std::vector<std::string> found;
    for (const auto& path : disk.paths()) {
        if (path.ends_with("-cut")) found.push_back(path);
    }
    return found;
}

TEST(damage, a_torn_write_is_cut_at_whatever_byte_it_ends) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 3}));
    ASSERT_TRUE(append(*log, {.count = 3}));
    flush(*log, disk);
    const auto synced = disk.size_of(first_log);
    const auto before = read_all(*log, 0);
    ASSERT_TRUE(append(*log, {.count = 4}));
    const auto whole = disk.size_of(first_log);
    log.reset();
    const auto files = photograph(disk);
    for (auto size = synced; size <= whole; ++size) {
        for (const bool zeros : {false, true}) {
            SCOPED_TRACE(size);
            restore(disk, files);
            auto content = files.at(first_log);
            content.resize(size);
            if (zeros) content.resize(whole + 4096);  // as ext4 leaves it after a power cut
            disk.put(first_log, content);
            broker::log::open_options options;
            options.recovery_point = offset(6);
            const auto again = open_log(disk, options);
            const bool all_there = std::ranges::equal(
                std::views::take(content, static_cast<std::ptrdiff_t>(whole)), files.at(first_log));
            EXPECT_EQ(again->end_offset(), offset(all_there ? 10 : 6));
            EXPECT_TRUE(is_prefix(before, read_all(*again, 0)));
            EXPECT_TRUE(kept_aside(disk).empty());
            EXPECT_EQ(append(*again, {.count = 1})->base_offset, offset(all_there ? 10 : 6));
            if (testing::Test::HasFailure()) return;
        }
    }
}

TEST(damage, a_flipped_bit_in_the_middle_is_never_served_and_nothing_is_thrown_away) {
    fault_disk disk;
    auto log = open_log(disk);
    for (int batch = 0; batch < 3; ++batch)
        ASSERT_TRUE(append(*log, {.count = 3, .value = "b" + std::to_string(batch)}));
    flush(*log, disk);
    const auto all = read_all(*log, 0);
    const auto batch_size = disk.size_of(first_log) / 3;
    log.reset();
    const auto files = photograph(disk);
    // Of what was synced, and when no checkpoint says that it was.
    for (const auto recovery_point : {9, 0}) {
        for (auto position = batch_size; position < 2 * batch_size; ++position) {
            for (const auto mask : {std::byte{0x01}, std::byte{0x80}}) {
                SCOPED_TRACE(position - batch_size);
                restore(disk, files);
                disk.rot(first_log, position, mask);
                broker::log::open_options options;
                options.recovery_point = offset(recovery_point);
                const auto again = open_log(disk, options);
                const bool epoch_only = position >= batch_size + 12 && position < batch_size + 16;
                const auto read = read_all(*again, 0);
                EXPECT_TRUE(is_prefix(read, all));
                EXPECT_EQ(read.size(), epoch_only ? 9U : 3U);
                const auto aside = kept_aside(disk);
                ASSERT_EQ(aside.size(), epoch_only ? 0U : 1U);
                if (!epoch_only) {
                    EXPECT_EQ(disk.size_of(aside.front()), 2 * batch_size);
                }
                if (testing::Test::HasFailure()) return;
            }
        }
    }
}

TEST(damage, a_spoiled_last_batch_is_kept_aside_when_it_was_synced) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 3}));
    const auto first = disk.size_of(first_log);
    ASSERT_TRUE(append(*log, {.count = 3}));
    flush(*log, disk);
    const auto whole = disk.size_of(first_log);
    log.reset();
    disk.rot(first_log, first + 70);
    broker::log::open_options options;
    options.recovery_point = offset(6);
    EXPECT_EQ(open_log(disk, options)->end_offset(), offset(3));
    ASSERT_EQ(kept_aside(disk).size(), 1U);
    EXPECT_EQ(disk.size_of(kept_aside(disk).front()), whole - first);
}

TEST(damage, what_a_failed_sync_left_in_memory_only_is_not_served_after_a_restart) {
    fault_disk disk;
    auto log = open_log(disk);
    ASSERT_TRUE(append(*log, {.count = 5}));
    flush(*log, disk);
    ASSERT_TRUE(append(*log, {.count = 5}));
    disk.fail_syncs(EIO);
    flush(*log, disk);
    disk.fail_syncs(0);
    ASSERT_TRUE(log->is_offline());
    log.reset();
    // The process is gone, the machine is not: its memory still holds the records, and takes them
    // for written.
    broker::log::open_options options;
    options.recovery_point = offset(5);
    auto again = open_log(disk, options);
    EXPECT_EQ(again->end_offset(), offset(5));
    EXPECT_EQ(append(*again, {.count = 1})->base_offset, offset(5));
    flush(*again, disk);
    again.reset();
    disk.crash_hard();
    EXPECT_EQ(read_all(*open_log(disk), 0).size(), 6U);
}

struct sealed_log {
    fault_disk disk;
    broker::log::open_options options;
    records all;
    std::map<std::string, base::bytes> files;

    sealed_log() {
        options.directory = "t-0";
        options.config.segment_bytes = 2500;
        options.config.index_interval_bytes = 300;
        options.config.retention_ms = -1;
        auto log = open_log(disk, options);
        for (int batch = 0; batch < 100; ++batch) {
            EXPECT_TRUE(append(*log, {.count = 3, .timestamp = 1000 + batch * 10}));
        }
        flush(*log, disk);
        all = read_all(*log, 0);
        EXPECT_GT(log->segment_count(), 3U);
        EXPECT_TRUE(log->close().has_value());
        options.clean = true;
        options.recovery_point = log->end_offset();
        files = photograph(disk);
    }
    void check(const std::string& what) {
        SCOPED_TRACE(what);
        auto log = open_log(disk, options);
        EXPECT_EQ(log->end_offset(), offset(300));
        for (std::int64_t from = 0; from < 300; from += 41) {
            const auto read = read_all(*log, from, 500);
            EXPECT_TRUE(std::equal(read.begin(), read.end(), all.begin() + from, all.end()));
        }
        for (int batch = 0; batch < 100; batch += 7) {
            const auto found = log->offset_for_time(1000 + batch * 10, log->end_offset());
            ASSERT_TRUE(found);
            EXPECT_EQ(found->at, offset(batch * 3));
        }
        EXPECT_EQ(append(*log, {.count = 1})->base_offset, offset(300));
    }
};

TEST(damage, a_flipped_bit_in_an_index_misleads_nobody) {
    sealed_log of;
    for (const auto& [path, content] : of.files) {
        if (!path.ends_with("index")) continue;
        for (std::size_t position = 0; position < content.size(); ++position) {
            for (const auto mask : {std::byte{0x01}, std::byte{0x10}}) {
                restore(of.disk, of.files);
                of.disk.rot(path, position, mask);
                of.check(path + " " + std::to_string(position));
                if (testing::Test::HasFailure()) return;
            }
        }
    }
}

TEST(damage, missing_empty_and_overlong_files_beside_the_log_are_made_again) {
    sealed_log of;
    for (const auto& [path, content] : of.files) {
        if (path.ends_with(".log")) continue;
        restore(of.disk, of.files);
        ASSERT_TRUE(of.disk.remove(path).has_value());
        of.check(path + " missing");
        restore(of.disk, of.files);
        of.disk.put(path, {});
        of.check(path + " empty");
        restore(of.disk, of.files);
        auto longer = content;
        longer.resize(longer.size() * 2 + 24);
        of.disk.put(path, longer);
        of.check(path + " with zeros behind");
        restore(of.disk, of.files);
        of.disk.put(path, base::bytes(content.size(), std::byte{0xff}));
        of.check(path + " overwritten");
        if (testing::Test::HasFailure()) return;
    }
}

TEST(damage, a_damaged_snapshot_is_replaced_by_what_the_log_says) {
    fault_disk disk;
    const auto wish = [](std::int32_t sequence) {
        return batch_wish{.count = 2,
                          .producer = broker::producer_id(9),
                          .epoch = broker::producer_epoch(1),
                          .sequence = sequence};
    };
    broker::log::open_options options;
    {
        auto log = open_log(disk);
        ASSERT_TRUE(append(*log, wish(0)));
        ASSERT_TRUE(append(*log, wish(2)));
        flush(*log, disk);
        ASSERT_TRUE(log->close().has_value());
        options.clean = true;
        options.recovery_point = offset(4);
    }
    const auto files = photograph(disk);
    const std::string snapshot = "t-0/00000000000000000004.snapshot";
    ASSERT_TRUE(disk.has(snapshot));
    for (std::size_t position = 0; position < files.at(snapshot).size(); ++position) {
        SCOPED_TRACE(position);
        restore(disk, files);
        disk.rot(snapshot, position);
        auto log = open_log(disk, options);
        const auto again = append(*log, wish(2));
        ASSERT_TRUE(again);
        EXPECT_TRUE(again->duplicate);
        EXPECT_EQ(again->base_offset, offset(2));
        EXPECT_EQ(append(*log, wish(6)).error().code, error_code::out_of_order_sequence_number);
    }
}

TEST(damage, a_snapshot_of_records_that_were_lost_is_not_taken_for_later_ones) {
    fault_disk disk;
    const batch_wish idempotent{.count = 2,
                                .producer = broker::producer_id(9),
                                .epoch = broker::producer_epoch(0),
                                .sequence = 0};
    {
        auto log = open_log(disk);
        ASSERT_TRUE(append(*log, {.count = 2}));
        ASSERT_TRUE(append(*log, idempotent));
        flush(*log, disk);
        ASSERT_TRUE(log->close().has_value());
    }
    // The producer's batch is lost, and other records take its offsets.
    const auto size = disk.size_of(first_log) / 2;
    auto content = disk.content_of(first_log);
    content.resize(size);
    disk.put(first_log, content);
    {
        auto log = open_log(disk);
        ASSERT_EQ(log->end_offset(), offset(2));
        ASSERT_TRUE(append(*log, {.count = 2}));
        flush(*log, disk);
    }
    auto log = open_log(disk);
    const auto again = append(*log, idempotent);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->duplicate);
    EXPECT_EQ(again->base_offset, offset(4));
}

TEST(damage, leader_epochs_that_do_not_fit_are_read_from_the_log) {
    fault_disk disk;
    broker::log::open_options options;
    options.config.segment_bytes = 200;
    {
        auto log = open_log(disk, options);
        for (const int epoch : {3, 5, 8})
            ASSERT_TRUE(append(*log, {.count = 4}, epoch));
        flush(*log, disk);
        ASSERT_TRUE(log->close().has_value());
        options.recovery_point = offset(12);
    }
    const auto files = photograph(disk);
    const std::string damaged[] = {"",           "0\n3\n3 0\n5 4\n", "0\n3\n3 0\n5 4\n8 x\n",
                                   "1\n0\n",     "0\n1\n9 0\n",      "0\n2\n5 4\n3 0\n",
                                   "0\n0\n",     "\0\0\0\0\0\0",     "0\n3\n3 0\n5 4\n8 2\n",
                                   "0\n1\n3 0\n"};
    for (const bool clean : {true, false}) {
        for (const auto& text : damaged) {
            SCOPED_TRACE(text);
            restore(disk, files);
            disk.put(epoch_file, base::to_bytes(base::as_bytes(text)));
            options.clean = clean;
            const auto log = open_log(disk, options);
            EXPECT_EQ(log->epochs().latest(), broker::leader_epoch(8));
            EXPECT_EQ(log->epochs().end_of(broker::leader_epoch(3), offset(12)).end, offset(4));
            EXPECT_EQ(log->epochs().end_of(broker::leader_epoch(5), offset(12)).end, offset(8));
        }
    }
}

TEST(damage, a_recovery_point_above_the_log_makes_all_of_it_be_scanned) {
    sealed_log of;
    restore(of.disk, of.files);
    of.options.clean = false;
    of.options.recovery_point = offset(1'000'000'000);
    of.disk.rot(first_log, 100);
    const auto log = open_log(of.disk, of.options);
    EXPECT_EQ(log->end_offset(), offset(0));
    EXPECT_GT(kept_aside(of.disk).size(), 3U);
    // Nothing is damaged: nothing is lost.
    restore(of.disk, of.files);
    const auto whole = open_log(of.disk, of.options);
    EXPECT_EQ(read_all(*whole, 0), of.all);
}

TEST(damage, a_log_that_must_be_whole_is_not_opened_when_it_is_not) {
    fault_disk disk;
    broker::log::batch_memory memory;
    broker::log::open_options options{.directory = "t-0", .refuse_damage = true};
    {
        auto log = open_log(disk);
        for (int batch = 0; batch < 3; ++batch)
            ASSERT_TRUE(append(*log, {.count = 2}));
        flush(*log, disk);
    }
    const auto files = photograph(disk);
    const auto batch_size = files.at(first_log).size() / 3;
    const auto opens = [&] {
        return broker::log::partition_log::open(disk, memory, options).has_value();
    };
    disk.rot(first_log, batch_size + 70);
    options.recovery_point = offset(6);
    EXPECT_FALSE(opens());
    // It is left as it is, for whoever wants to mend it.
    EXPECT_EQ(disk.size_of(first_log), files.at(first_log).size());
    options.recovery_point = offset(2);
    EXPECT_TRUE(opens());
    restore(disk, files);
    auto shorter = files.at(first_log);
    shorter.resize(2 * batch_size);
    disk.put(first_log, shorter);
    options.recovery_point = offset(6);
    EXPECT_FALSE(opens());
}

TEST(damage, foreign_files_in_the_directory_are_left_alone) {
    sealed_log of;
    restore(of.disk, of.files);
    const std::map<std::string, std::string> foreign{
        {"t-0/notes.txt", "mine"},
        {"t-0/42.log", "not a segment's name"},
        {"t-0/00000000000000000007.log.bak", "a copy"},
        {"t-0/0000000000000000000x.log", "no number"},
        {"t-0/lost+found/00000000000000000000.log", "in a folder"}};
    for (const auto& [path, text] : foreign)
        of.disk.put(path, base::to_bytes(base::as_bytes(text)));
    of.check("with foreign files");
    for (const auto& [path, text] : foreign) {
        EXPECT_EQ(base::as_text(of.disk.content_of(path)), text);
    }
}

TEST(damage, a_read_that_fails_is_an_error_and_no_more) {
    sealed_log of;
    auto log = open_log(of.disk, of.options);
    log->housekeep(test_now_ms, log->end_offset());
    of.disk.fail("read", EIO, ".log");
    EXPECT_EQ(log->read(offset(50), 1000, log->end_offset(), true).error(),
              error_code::kafka_storage_error);
    of.disk.fail("read", 0);
    EXPECT_EQ(read_all(*log, 0), of.all);
    // While opening it is no shorter log, but none.
    log.reset();
    broker::log::batch_memory memory;
    for (const auto* part : {".log", "leader-epoch", ".snapshot"}) {
        of.disk.fail("read", EIO, part);
        const auto opened = broker::log::partition_log::open(of.disk, memory, of.options);
        if (opened) {
            EXPECT_EQ((*opened)->end_offset(), offset(300)) << part;
        }
        of.disk.fail("read", 0);
    }
    restore(of.disk, of.files);
    EXPECT_EQ(open_log(of.disk, of.options)->end_offset(), offset(300));
}

broker::topic_id id_of(std::uint64_t number) {
    base::prng random(number);
    const auto high = random.next();
    return base::uuid::from_random(high, random.next());
}

TEST(damage, partition_metadata_that_is_spoiled_never_hides_the_records) {
    fault_disk disk;
    broker::log::batch_memory memory;
    const auto never = [](const broker::topic_id&) { return false; };
    const auto open = [&] {
        return broker::log::open_for_topic(disk, memory, {.directory = "t-0"}, id_of(1), never);
    };
    {
        auto log = open();
        ASSERT_TRUE(log);
        ASSERT_TRUE(append(**log, {.count = 2}));
        flush(**log, disk);
    }
    const auto files = photograph(disk);
    const std::string path = "t-0/partition.metadata";
    int refused = 0;
    for (std::size_t position = 0; position < files.at(path).size(); ++position) {
        restore(disk, files);
        disk.rot(path, position);
        const auto log = open();
        refused += log ? 0 : 1;
        if (log) {
            EXPECT_EQ((*log)->end_offset(), offset(2));
        }
        EXPECT_TRUE(disk.has(first_log));
    }
    EXPECT_GT(refused, 10);
}

TEST(damage, a_topic_made_again_gets_neither_old_records_nor_old_checkpoints) {
    fault_disk disk;
    broker::log::batch_memory memory;
    const auto removed = [](const broker::topic_id& id) { return id == id_of(1); };
    broker::log::open_options options{.directory = "t-0"};
    options.start_offset = options.recovery_point = offset(7);
    {
        auto log =
            broker::log::open_for_topic(disk, memory, {.directory = "t-0"}, id_of(1), removed);
        ASSERT_TRUE(append(**log, {.count = 9}));
        flush(**log, disk);
    }
    {
        const auto same = broker::log::open_for_topic(disk, memory, options, id_of(1), removed);
        EXPECT_EQ((*same)->start_offset(), offset(7));
    }
    auto made_again = broker::log::open_for_topic(disk, memory, options, id_of(2), removed);
    ASSERT_TRUE(made_again);
    EXPECT_EQ((*made_again)->start_offset(), offset(0));
    EXPECT_EQ(append(**made_again, {.count = 1})->base_offset, offset(0));
    EXPECT_TRUE(
        disk.has(broker::log::deleted_directory("t-0", id_of(1)) + "/00000000000000000000.log"));
}

}  // namespace
}  // namespace weir::test
