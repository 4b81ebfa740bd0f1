// Goal: what the metadata log says is committed survives a crash, each start is a new epoch, and
// after a failed write or sync nothing is committed any more. Method: a log on the fault disk,
// driven on a manual shard, crashed and opened again.
#include "broker/raft/metadata_log.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/log.hpp"
#include "tests/support/manual_shard.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::broker::raft {
namespace {

constexpr const char* first_segment = "__cluster_metadata-0/00000000000000000000.log";

class metadata_logs : public testing::Test {
  protected:
    metadata_logs() { base::configure_log({.level = base::log_level::off}); }

    // Opens the log, replays it and leads; gives what was replayed.
    std::vector<std::string> start(offset recovery_point = offset(0)) {
        log_.reset();
        auto opened = metadata_log::open(disk_, shard_, node_id(1), recovery_point);
        EXPECT_TRUE(opened.has_value()) << opened.error();
        log_ = std::move(*opened);
        std::vector<std::string> values;
        const auto replayed = log_->replay([&](base::bytes_view value) {
            values.emplace_back(base::as_text(value));
            return std::expected<void, std::string>{};
        });
        EXPECT_TRUE(replayed.has_value());
        EXPECT_TRUE(log_->become_leader().has_value());
        return values;
    }
    using outcome = std::expected<committed, std::string>;
    io::task<outcome> append(const std::vector<std::string>& values) {
        std::vector<base::bytes> copies;
        for (const auto& each : values)
            copies.push_back(base::to_bytes(std::string_view(each)));
        return log_->append(std::move(copies));
    }
    outcome committed_now(const std::vector<std::string>& values) {
        auto result = shard_.result_of(append(values));
        return result ? std::move(*result) : outcome(std::unexpected("no answer"));
    }

    test::manual_shard shard_;
    test::fault_disk disk_;
    std::unique_ptr<metadata_log> log_;
};

TEST_F(metadata_logs, what_is_committed_survives_a_crash) {
    EXPECT_TRUE(start().empty());
    ASSERT_TRUE(committed_now({"a", "b"}).has_value());
    const auto last = committed_now({"c"});
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->epoch, log_->epoch());
    EXPECT_EQ(log_->high_watermark(), last->last_offset + 1);
    log_.reset();
    disk_.crash_hard();
    EXPECT_EQ(start(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(metadata_logs, each_start_is_a_new_epoch_that_is_on_disk_before_anything_else) {
    start();
    EXPECT_EQ(log_->epoch(), leader_epoch(1));
    for (int epoch = 2; epoch < 5; ++epoch) {
        log_.reset();
        disk_.crash_hard();
        start();
        EXPECT_EQ(log_->epoch(), leader_epoch(epoch));
        const auto state = disk_.content_of("__cluster_metadata-0/quorum-state");
        EXPECT_NE(base::as_text(state).find("\"leaderEpoch\":" + std::to_string(epoch)),
                  std::string_view::npos);
    }
}

TEST_F(metadata_logs, values_of_one_append_are_there_together_or_not_at_all) {
    start();
    ASSERT_TRUE(committed_now({"a"}).has_value());
    const auto before = disk_.size_of(first_segment);
    ASSERT_TRUE(committed_now({"b", "c", "d"}).has_value());
    const auto whole = disk_.content_of(first_segment);
    log_.reset();
    for (auto size = before; size < whole.size(); ++size) {
        disk_.put(first_segment,
                  {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        EXPECT_EQ(start(), std::vector<std::string>{"a"}) << size;
        log_.reset();
    }
}

TEST_F(metadata_logs, appends_are_committed_in_their_order_by_as_few_syncs_as_there_can_be) {
    start();
    std::atomic<int> syncs = 0;
    disk_.on_sync([&](const std::string&) { ++syncs; });
    std::vector<std::optional<outcome>> outcomes(20);
    std::vector<std::shared_ptr<bool>> done;
    const auto keep = [](io::task<outcome> work, std::optional<outcome>& into) -> io::task<void> {
        into.emplace(co_await std::move(work));
    };
    for (int index = 0; index < 20; ++index) {
        auto& into = outcomes[static_cast<std::size_t>(index)];
        // Not run yet: all of them are written before the first sync is done.
        done.push_back(shard_.spawn(keep(append({std::to_string(index)}), into)));
    }
    ASSERT_TRUE(shard_.run_until([&] { return *done.back(); }));
    for (int index = 0; index < 20; ++index)
        EXPECT_EQ(outcomes[static_cast<std::size_t>(index)]->value().last_offset,
                  offset(index + 1));
    EXPECT_LE(syncs, 20);
    disk_.on_sync({});
}

TEST_F(metadata_logs, after_a_failed_sync_nothing_is_committed_any_more) {
    start();
    ASSERT_TRUE(committed_now({"a"}).has_value());
    disk_.fail_syncs(EIO);
    const auto failed = committed_now({"b"});
    ASSERT_FALSE(failed.has_value());
    EXPECT_TRUE(log_->is_offline());
    EXPECT_EQ(log_->failure(), failed.error());
    // The next sync would succeed, and prove nothing.
    disk_.fail_syncs(0);
    EXPECT_FALSE(committed_now({"c"}).has_value());
    log_.reset();
    disk_.crash_hard();
    EXPECT_EQ(start(), std::vector<std::string>{"a"});
    EXPECT_TRUE(committed_now({"d"}).has_value());
}

TEST_F(metadata_logs, a_failed_write_takes_it_offline) {
    start();
    disk_.fail_writes(ENOSPC);
    EXPECT_FALSE(committed_now({"a"}).has_value());
    disk_.fail_writes(0);
    EXPECT_FALSE(committed_now({"b"}).has_value());
}

// The file of a log that was idle is opened anew for its next sync.
TEST_F(metadata_logs, a_file_that_cannot_be_opened_takes_it_offline) {
    start();
    disk_.fail("open", EMFILE);
    disk_.fail_writes(EIO);
    EXPECT_FALSE(committed_now({"a"}).has_value());
    EXPECT_TRUE(log_->is_offline());
}

TEST_F(metadata_logs, it_does_not_lead_when_its_epoch_cannot_be_stored) {
    auto opened = metadata_log::open(disk_, shard_, node_id(1), offset(0));
    ASSERT_TRUE(opened.has_value());
    disk_.fail_syncs(EIO);
    EXPECT_FALSE((*opened)->become_leader().has_value());
}

TEST_F(metadata_logs, damage_below_the_recovery_point_is_refused_with_the_file) {
    start();
    ASSERT_TRUE(committed_now({"a"}).has_value());
    ASSERT_TRUE(committed_now({"b"}).has_value());
    const auto end = log_->high_watermark();
    log_.reset();
    disk_.rot(first_segment, disk_.size_of(first_segment) - 3);
    const auto opened = metadata_log::open(disk_, shard_, node_id(1), end);
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().find(first_segment), std::string::npos) << opened.error();
}

TEST_F(metadata_logs, bytes_that_rot_between_opening_and_replay_end_the_replay) {
    start();
    ASSERT_TRUE(committed_now({"a"}).has_value());
    log_.reset();
    auto opened = metadata_log::open(disk_, shard_, node_id(1), offset(0));
    ASSERT_TRUE(opened.has_value());
    disk_.rot(first_segment, disk_.size_of(first_segment) - 3);
    const auto replayed =
        (*opened)->replay([](base::bytes_view) { return std::expected<void, std::string>{}; });
    ASSERT_FALSE(replayed.has_value());
    EXPECT_NE(replayed.error().find("__cluster_metadata-0"), std::string::npos);
}

TEST_F(metadata_logs, the_replay_stops_at_the_first_value_that_is_refused) {
    start();
    ASSERT_TRUE(committed_now({"a", "b"}).has_value());
    log_.reset();
    auto opened = metadata_log::open(disk_, shard_, node_id(1), offset(0));
    int seen = 0;
    const auto replayed =
        (*opened)->replay([&seen](base::bytes_view) -> std::expected<void, std::string> {
            ++seen;
            return std::unexpected("not this one");
        });
    EXPECT_EQ(replayed.error(), "not this one");
    EXPECT_EQ(seen, 1);
}

TEST_F(metadata_logs, stopping_waits_for_the_sync_under_way) {
    start();
    const auto appending = shard_.spawn([](io::task<outcome> work) -> io::task<void> {
        (void)co_await std::move(work);
    }(append({"a"})));
    const auto stopped = shard_.spawn(log_->stop());
    ASSERT_TRUE(shard_.run_until([&] { return *stopped && *appending; }));
}

}  // namespace
}  // namespace weir::broker::raft
