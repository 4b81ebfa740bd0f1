// Goal: nobody is told what a crash could take back: answers wait until what was appended before
// them is synced; a disk that fails ends the waiting, and what was committed is loaded again.
// Method: the runtime of one partition on the fault disk, whose syncs the test holds and fails.
#include "broker/coordinator/group_runtime.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <latch>

#include "base/log.hpp"
#include "tests/support/manual_shard.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::broker::coordinator {
namespace {

constexpr topic_id offsets{.high = 1, .low = 1};
using outcome = std::expected<group::any_response, error_code>;

class group_runtimes : public testing::Test {
  protected:
    group_runtimes() {
        base::configure_log({.level = base::log_level::off});
        start();
    }

    void start() {
        runtime_.reset();
        replicas_.reset();
        const auto policy = [](const controller::metadata_image&, const std::string&) {
            return replication::topic_policy{};
        };
        replicas_ = std::make_unique<replication::replica_manager>(
            shard_, disk_, replication::replica_options{.self = node_id(1)}, policy,
            std::make_shared<replication::recovered_checkpoints>());
        protocol::topic_record topic;
        topic.name = "__consumer_offsets";
        topic.topic_id = offsets;
        protocol::partition_record partition;
        partition.topic_id = offsets;
        partition.partition_id = partition_index(0);
        partition.replicas = partition.isr = {node_id(1)};
        partition.leader = node_id(1);
        partition.leader_epoch = leader_epoch(0);
        auto image = std::make_shared<controller::metadata_image>();
        image->apply(topic);
        image->apply(partition);
        controller::metadata_delta delta;
        delta.changed_topics.insert(offsets);
        replicas_->apply(image, delta);
        runtime_ = std::make_unique<group_runtime>(shard_, *replicas_, log_partition(),
                                                   group::core_options{}, cluster_);
    }
    replication::partition_ref log_partition() {
        return replicas_->find(offsets, partition_index(0));
    }
    io::task<outcome> commit(std::int64_t at) {
        protocol::offset_commit_request request;
        request.group_id = "g";
        request.generation_id_or_member_epoch = generation_id(-1);
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.partitions.emplace_back().committed_offset = offset(at);
        return runtime_->ask(
            [request](group::group_core& core, group::request_token token, group::time_ms now,
                      group::effects& out) { core.commit(token, request, 9, now, out); });
    }
    static io::task<void> keep(io::task<outcome> work, std::optional<outcome>& into) {
        into.emplace(co_await std::move(work));
    }
    std::int64_t stored() const {
        const auto* found = runtime_->core().offset_of("g", {.topic = "t", .partition = {}});
        return found ? found->at.value() : -1;
    }
    error_code load() { return runtime_->load(); }

    test::manual_shard shard_;
    test::fault_disk disk_;
    std::unique_ptr<replication::replica_manager> replicas_;
    group::fixed_cluster cluster_;
    std::unique_ptr<group_runtime> runtime_;
};

TEST_F(group_runtimes, answers_wait_for_the_sync_of_what_was_appended) {
    ASSERT_EQ(load(), error_code::none);
    std::latch begun(1);
    std::latch released(1);
    std::atomic<bool> first = true;
    disk_.on_sync([&](const std::string&) {
        if (!first.exchange(false)) return;
        begun.count_down();
        released.wait();
    });
    std::optional<outcome> answer;
    std::optional<error_code> read;
    const auto done = shard_.spawn(keep(commit(5), answer));
    const auto look = [](io::task<error_code> work,
                         std::optional<error_code>& into) -> io::task<void> {
        into = co_await std::move(work);
    };
    shard_.spawn(look(runtime_->read([](const group::group_core&) {}), read));
    shard_.run();
    begun.wait();
    shard_.run();
    EXPECT_FALSE(answer.has_value());
    EXPECT_FALSE(read.has_value());
    released.count_down();
    ASSERT_TRUE(shard_.run_until([&] { return *done && read.has_value(); }));
    EXPECT_TRUE(answer->has_value());
    EXPECT_EQ(read, error_code::none);
    disk_.on_sync({});
}

TEST_F(group_runtimes, a_failed_sync_answers_everybody_with_an_error_from_then_on) {
    ASSERT_EQ(load(), error_code::none);
    disk_.fail_syncs(EIO);
    std::optional<outcome> answer;
    const auto done = shard_.spawn(keep(commit(5), answer));
    ASSERT_TRUE(shard_.run_until([&] { return *done; }));
    ASSERT_FALSE(answer->has_value());
    EXPECT_EQ(answer->error(), error_code::not_coordinator);
    EXPECT_TRUE(runtime_->is_failed());
    disk_.fail_syncs(0);
    EXPECT_FALSE(shard_.result_of(commit(6))->has_value());
    runtime_.reset();
    replicas_.reset();
    disk_.crash_hard();
    start();
    ASSERT_EQ(load(), error_code::none);
    EXPECT_EQ(stored(), -1);
}

TEST_F(group_runtimes, what_was_answered_is_loaded_after_a_crash) {
    ASSERT_EQ(load(), error_code::none);
    for (int at = 0; at < 50; ++at)
        ASSERT_TRUE(shard_.result_of(commit(at))->has_value());
    runtime_.reset();
    replicas_.reset();
    disk_.crash_hard();
    start();
    ASSERT_EQ(load(), error_code::none);
    EXPECT_EQ(stored(), 49);
}

// It must be an error, not a shard that reads for ever.
TEST_F(group_runtimes, a_partition_that_cannot_be_read_is_not_loaded) {
    ASSERT_EQ(load(), error_code::none);
    ASSERT_TRUE(shard_.result_of(commit(1))->has_value());
    start();
    const std::string log = "__consumer_offsets-0/00000000000000000000.log";
    disk_.fail("read", EIO, log);
    EXPECT_NE(load(), error_code::none);
    disk_.fail("read", 0);
    start();
    disk_.rot(log, disk_.size_of(log) - 2);
    EXPECT_EQ(load(), error_code::corrupt_message);
}

TEST_F(group_runtimes, the_end_of_the_partition_is_the_end_of_waiting) {
    ASSERT_EQ(load(), error_code::none);
    log_partition()->close();
    EXPECT_TRUE(runtime_->is_failed());
    EXPECT_EQ(shard_.result_of(commit(1))->error(), error_code::coordinator_not_available);
}

}  // namespace
}  // namespace weir::broker::coordinator
