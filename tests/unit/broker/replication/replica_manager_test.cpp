// Goal: group commit: what is appended while one sync runs shares the next; a sync that fails takes
// its partitions offline, once and for ever, and no other. Method: partitions on the fault disk,
// whose syncs the test holds and fails; the sync thread is real.
#include "broker/replication/replica_manager.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <latch>

#include "base/log.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "tests/support/manual_shard.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::broker::replication {
namespace {

constexpr topic_id orders{.high = 1, .low = 1};

class replica_managers : public testing::Test {
  protected:
    replica_managers() {
        base::configure_log({.level = base::log_level::off});
        start();
    }

    void start(bool durable = true, bool clean = false) {
        manager_.reset();
        auto checkpoints = std::make_shared<recovered_checkpoints>();
        checkpoints->clean = clean;
        for (const auto& row : rows_)
            checkpoints->recovery_points[directory_of(row.topic, row.index)] = row.recovery_point;
        const auto policy = [](const controller::metadata_image&, const std::string&) {
            return topic_policy{};
        };
        manager_ = std::make_unique<replica_manager>(
            shard_, disk_, replica_options{.self = node_id(1), .durable_commit = durable}, policy,
            std::move(checkpoints));
        create("orders", orders, 6);
    }
    void create(const std::string& name, const topic_id& id, int partitions) {
        const auto delta = imagine(name, id, partitions);
        manager_->apply(std::make_shared<controller::metadata_image>(image_), delta);
    }
    // A topic in the metadata that the manager does not know of yet.
    controller::metadata_delta imagine(const std::string& name, const topic_id& id,
                                       int partitions) {
        controller::metadata_delta delta;
        protocol::topic_record topic;
        topic.name = name;
        topic.topic_id = id;
        image_.apply(topic);
        for (int index = 0; index < partitions; ++index) {
            protocol::partition_record partition;
            partition.topic_id = id;
            partition.partition_id = partition_index(index);
            partition.replicas = partition.isr = {node_id(1)};
            partition.leader = node_id(1);
            partition.leader_epoch = leader_epoch(0);
            image_.apply(partition);
        }
        delta.changed_topics.insert(id);
        return delta;
    }
    partition_ref part(int index) { return manager_->find(orders, partition_index(index)); }
    void append(int index) {
        protocol::batch_builder builder;
        builder.add(1000, std::nullopt, base::as_bytes("value"));
        auto batch = builder.finish({});
        auto to = part(index);
        ASSERT_TRUE(to->append(batch, {}).has_value());
        manager_->appended(to);
    }
    bool settles(const std::function<bool()>& condition) { return shard_.run_until(condition); }
    void stop() {
        const auto stopped = shard_.spawn(manager_->stop());
        ASSERT_TRUE(settles([&] { return *stopped; }));
        rows_ = manager_->checkpoint_rows();
    }

    test::manual_shard shard_;
    test::fault_disk disk_;
    controller::metadata_image image_;
    std::vector<replica_manager::checkpoint_row> rows_;
    std::unique_ptr<replica_manager> manager_;
};

TEST_F(replica_managers, many_partitions_are_opened_while_others_have_their_turn) {
    const topic_id many{.high = 2, .low = 2};
    const auto delta = imagine("many", many, 500);
    const auto image = std::make_shared<controller::metadata_image>(image_);
    const auto last = [&] { return manager_->find(many, partition_index(499)); };
    int turns = 0;
    std::function<void()> others = [&] {
        ++turns;
        if (!last()) shard_.post([&others] { others(); });
    };
    shard_.post([&others] { others(); });
    const auto prepared = shard_.spawn(manager_->prepare(image, delta));
    ASSERT_TRUE(settles([&] { return *prepared; }));
    EXPECT_GT(turns, 5);
    EXPECT_EQ(manager_->image().topic("many"), nullptr);
    manager_->apply(image, delta);
    EXPECT_EQ(last()->log().directory(), "many-499");
}

TEST_F(replica_managers, a_topic_with_the_name_of_a_removed_one_starts_empty) {
    append(0);
    ASSERT_TRUE(settles([&] { return part(0)->high_watermark() == offset(1); }));
    protocol::remove_topic_record removed;
    removed.topic_id = orders;
    image_.apply(removed);
    const topic_id again{.high = 3, .low = 3};
    auto delta = imagine("orders", again, 6);
    delta.removed_topics.insert(orders);
    const auto image = std::make_shared<controller::metadata_image>(image_);
    const auto prepared = shard_.spawn(manager_->prepare(image, delta));
    ASSERT_TRUE(settles([&] { return *prepared; }));
    manager_->apply(image, delta);
    EXPECT_EQ(part(0), nullptr);
    const auto fresh = manager_->find(again, partition_index(0));
    EXPECT_EQ(fresh->log().directory(), "orders-0");
    EXPECT_EQ(fresh->log().end_offset(), offset(0));
}

TEST_F(replica_managers, what_is_appended_in_one_turn_is_one_sync) {
    for (int index = 0; index < 6; ++index)
        append(index);
    ASSERT_TRUE(settles([&] { return part(5)->high_watermark() == offset(1); }));
    EXPECT_EQ(part(0)->high_watermark(), offset(1));
    EXPECT_EQ(manager_->flush_stats().rounds, 1U);
}

TEST_F(replica_managers, an_append_is_committed_by_a_sync) {
    append(0);
    EXPECT_EQ(part(0)->high_watermark(), offset(0));
    ASSERT_TRUE(settles([&] { return part(0)->high_watermark() == offset(1); }));
    EXPECT_EQ(manager_->flush_stats().rounds, 1U);
}

TEST_F(replica_managers, what_comes_while_a_sync_runs_shares_the_next) {
    std::latch begun(1);
    std::latch released(1);
    std::atomic<bool> first = true;
    disk_.on_sync([&](const std::string&) {
        if (!first.exchange(false)) return;
        begun.count_down();
        released.wait();
    });
    append(0);
    shard_.run();
    begun.wait();
    for (int index = 0; index < 6; ++index) {
        append(index);
        append(index);
    }
    released.count_down();
    ASSERT_TRUE(settles([&] { return part(5)->high_watermark() == offset(2); }));
    EXPECT_EQ(part(0)->high_watermark(), offset(3));
    EXPECT_EQ(manager_->flush_stats().rounds, 2U);
    disk_.on_sync({});
}

TEST_F(replica_managers, a_failed_sync_takes_its_partition_offline_and_no_other) {
    append(0);
    append(1);
    ASSERT_TRUE(settles([&] { return part(1)->high_watermark() == offset(1); }));
    disk_.fail("sync", EIO, "orders-0/");
    append(0);
    ASSERT_TRUE(settles([&] { return part(0)->log().is_offline(); }));
    EXPECT_EQ(part(0)->high_watermark(), offset(1));
    append(1);
    ASSERT_TRUE(settles([&] { return part(1)->high_watermark() == offset(2); }));
}

// The kernel marks pages clean when writing them back fails: a second sync would succeed and lie.
TEST_F(replica_managers, a_sync_that_failed_is_not_tried_again) {
    append(0);
    ASSERT_TRUE(settles([&] { return part(0)->high_watermark() == offset(1); }));
    std::atomic<int> syncs = 0;
    disk_.on_sync([&](const std::string& path) {
        if (path.starts_with("orders-0/")) ++syncs;
    });
    disk_.fail("sync", EIO, "orders-0/");
    append(0);
    ASSERT_TRUE(settles([&] { return part(0)->log().is_offline(); }));
    disk_.fail("sync", 0);
    EXPECT_EQ(syncs, 1);
    manager_->appended(part(0));
    manager_->housekeep();
    append(1);
    ASSERT_TRUE(settles([&] { return part(1)->high_watermark() == offset(1); }));
    EXPECT_EQ(syncs, 1);
    EXPECT_TRUE(part(0)->log().is_offline());
    stop();
    EXPECT_FALSE(manager_->all_closed_cleanly());
    EXPECT_EQ(syncs, 1);
    disk_.on_sync({});
}

TEST_F(replica_managers, when_syncing_all_fails_each_file_answers_for_itself) {
    for (int index = 0; index < 6; ++index)
        append(index);
    ASSERT_TRUE(settles([&] { return part(5)->high_watermark() == offset(1); }));
    std::latch begun(1);
    std::latch released(1);
    std::atomic<bool> first = true;
    disk_.on_sync([&](const std::string&) {
        if (!first.exchange(false)) return;
        begun.count_down();
        released.wait();
    });
    append(0);
    shard_.run();
    begun.wait();
    disk_.fail("sync", EIO, "fault-disk");  // the name of the root: syncfs alone
    for (int index = 1; index < 6; ++index)
        append(index);
    released.count_down();
    ASSERT_TRUE(settles([&] { return part(5)->high_watermark() == offset(2); }));
    for (int index = 0; index < 6; ++index)
        EXPECT_FALSE(part(index)->log().is_offline());
    disk_.on_sync({});
}

TEST_F(replica_managers, what_was_committed_is_there_after_a_crash) {
    for (int round = 0; round < 5; ++round) {
        for (int index = 0; index < 6; ++index)
            append(index);
    }
    ASSERT_TRUE(settles([&] { return part(5)->high_watermark() == offset(5); }));
    rows_ = manager_->checkpoint_rows();
    manager_.reset();
    disk_.crash_hard();
    image_ = {};
    start();
    for (int index = 0; index < 6; ++index)
        EXPECT_EQ(part(index)->high_watermark(), offset(5)) << index;
}

TEST_F(replica_managers, a_stop_syncs_everything_and_is_clean) {
    manager_.reset();
    image_ = {};
    start(false);
    for (int index = 0; index < 6; ++index)
        append(index);
    EXPECT_EQ(manager_->flush_stats().rounds, 0U);
    stop();
    EXPECT_TRUE(manager_->all_closed_cleanly());
    manager_.reset();
    disk_.crash_hard();
    image_ = {};
    start(true, true);
    EXPECT_EQ(part(3)->high_watermark(), offset(1));
}

TEST_F(replica_managers, a_partition_that_cannot_be_opened_is_offline_and_the_stop_not_clean) {
    manager_.reset();
    image_ = {};
    disk_.fail("list", EIO, "orders-2");
    start();
    EXPECT_TRUE(part(2)->log().is_offline());
    EXPECT_FALSE(part(3)->log().is_offline());
    stop();
    EXPECT_FALSE(manager_->all_closed_cleanly());
}

TEST_F(replica_managers, a_removed_topic_is_gone_with_its_directory) {
    append(0);
    ASSERT_TRUE(settles([&] { return part(0)->high_watermark() == offset(1); }));
    const auto gone = part(0);
    controller::metadata_delta delta;
    delta.removed_topics.insert(orders);
    protocol::remove_topic_record removal;
    removal.topic_id = orders;
    image_.apply(removal);
    manager_->apply(std::make_shared<controller::metadata_image>(image_), delta);
    EXPECT_TRUE(gone->is_closed());
    EXPECT_EQ(part(0), nullptr);
    EXPECT_FALSE(disk_.has("orders-0/00000000000000000000.log"));
}

}  // namespace
}  // namespace weir::broker::replication
