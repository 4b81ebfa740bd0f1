// Goal: consumers see records, and producers get their answers, when the flush policy says so; a
// client that believes in another epoch is told. Method: a partition on the fault disk, synced by
// hand.
#include "broker/replication/partition.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "tests/support/manual_shard.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::broker::replication {
namespace {

using namespace std::chrono_literals;

base::bytes batch_of(int count) {
    protocol::batch_builder builder;
    for (int index = 0; index < count; ++index)
        builder.add(1000, std::nullopt, base::as_bytes("value"));
    return builder.finish({});
}

class partitions : public testing::Test {
  protected:
    partitions() { base::configure_log({.level = base::log_level::off}); }

    std::unique_ptr<partition> make(bool durable) {
        auto log = log::partition_log::open(disk_, memory_, {.directory = "t-0"});
        auto made = std::make_unique<partition>(
            partition_options{.topic = "t", .durable_commit = durable}, std::move(*log), shard_);
        made->become(node_id(1),
                     {.isr = {node_id(1)}, .leader = node_id(1), .leader_epoch = leader_epoch(5)});
        return made;
    }
    static void append(partition& to, int count) {
        auto batch = batch_of(count);
        ASSERT_TRUE(to.append(batch, {}).has_value());
    }
    static std::uint32_t readable(partition& of, std::int64_t from) {
        const auto got = of.fetch({.from = offset(from), .max_bytes = 1 << 20});
        return got ? got->slice.length : 0;
    }

    test::manual_shard shard_;
    test::fault_disk disk_;
    log::batch_memory memory_;
};

TEST_F(partitions, with_commit_nothing_is_seen_before_it_is_synced) {
    auto one = make(true);
    append(*one, 3);
    EXPECT_EQ(one->high_watermark(), offset(0));
    EXPECT_EQ(readable(*one, 0), 0U);
    one->flushed(offset(3));
    EXPECT_EQ(one->high_watermark(), offset(3));
    EXPECT_GT(readable(*one, 0), 0U);
}

TEST_F(partitions, with_os_the_page_cache_is_enough) {
    auto one = make(false);
    append(*one, 3);
    EXPECT_EQ(one->high_watermark(), offset(3));
    EXPECT_GT(readable(*one, 0), 0U);
}

TEST_F(partitions, a_fetch_is_bounded_by_what_is_committed) {
    auto one = make(true);
    append(*one, 2);
    const auto size = static_cast<std::uint32_t>(one->log().size_bytes());
    append(*one, 2);
    one->flushed(offset(2));
    EXPECT_EQ(readable(*one, 0), size);
    EXPECT_EQ(readable(*one, 2), 0U);
    EXPECT_EQ(one->fetch({.from = offset(5), .max_bytes = 1}).error(),
              error_code::offset_out_of_range);
    EXPECT_EQ(one->fetch({.from = offset(-1), .max_bytes = 1}).error(),
              error_code::offset_out_of_range);
}

TEST_F(partitions, who_waits_is_woken_when_its_records_are_committed) {
    auto one = make(true);
    append(*one, 1);
    append(*one, 1);
    std::optional<bool> first;
    std::optional<bool> second;
    const auto keep = [](io::task<bool> work, std::optional<bool>& into) -> io::task<void> {
        into = co_await std::move(work);
    };
    shard_.spawn(keep(one->wait_committed(offset(1), shard_.now() + 1s), first));
    shard_.spawn(keep(one->wait_committed(offset(2), shard_.now() + 1s), second));
    one->flushed(offset(1));
    shard_.run();
    EXPECT_EQ(first, true);
    EXPECT_FALSE(second.has_value());
    shard_.advance(1s);
    EXPECT_EQ(second, false);
    EXPECT_EQ(shard_.result_of(one->wait_committed(offset(1), shard_.now())), true);
}

TEST_F(partitions, a_failed_sync_wakes_everybody_and_is_never_forgotten) {
    auto one = make(true);
    append(*one, 1);
    std::optional<bool> waited;
    const auto keep = [](io::task<bool> work, std::optional<bool>& into) -> io::task<void> {
        into = co_await std::move(work);
    };
    shard_.spawn(keep(one->wait_committed(offset(1), shard_.now() + 1s), waited));
    one->flush_failed({.code = 5, .message = "sync failed"});
    shard_.run();
    EXPECT_EQ(waited, false);
    one->flushed(offset(1));
    EXPECT_EQ(one->high_watermark(), offset(0));
    auto batch = batch_of(1);
    EXPECT_EQ(one->append(batch, {}).error().code, error_code::kafka_storage_error);
    EXPECT_EQ(one->fetch({.from = offset(0), .max_bytes = 1}).error(),
              error_code::kafka_storage_error);
    EXPECT_TRUE(one->log().take_flush_work().empty());
}

TEST_F(partitions, watchers_are_told_of_every_advance_and_of_the_end) {
    struct counter : watcher {
        int calls = 0;
        void partition_advanced() override { ++calls; }
    } seen;
    auto one = make(true);
    one->watch(seen);
    append(*one, 1);
    EXPECT_EQ(seen.calls, 0);
    one->flushed(offset(1));
    EXPECT_EQ(seen.calls, 1);
    one->flushed(offset(1));
    EXPECT_EQ(seen.calls, 1);
    one->close();
    EXPECT_EQ(seen.calls, 2);
    EXPECT_TRUE(one->is_closed());
}

TEST_F(partitions, epochs_that_do_not_agree_are_told_apart) {
    auto one = make(true);
    EXPECT_EQ(one->check_leader(no_leader_epoch), error_code::none);
    EXPECT_EQ(one->check_leader(leader_epoch(5)), error_code::none);
    EXPECT_EQ(one->check_leader(leader_epoch(4)), error_code::fenced_leader_epoch);
    EXPECT_EQ(one->check_leader(leader_epoch(6)), error_code::unknown_leader_epoch);
    one->become(node_id(1), {.isr = {}, .leader = node_id(2), .leader_epoch = leader_epoch(6)});
    EXPECT_EQ(one->check_leader(leader_epoch(6)), error_code::not_leader_or_follower);
    EXPECT_FALSE(one->has_enough_replicas());
}

}  // namespace
}  // namespace weir::broker::replication
