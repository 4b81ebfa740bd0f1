// Goal: a group of the classic protocol goes through its states as Kafka's coordinator has them.
// Method: requests with times go into the pure core, replies and records come out.
#include <gtest/gtest.h>

#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {
namespace {

class groups : public testing::Test {
  protected:
    using join_answer = protocol::join_group_response;
    using sync_answer = protocol::sync_group_response;

    groups() { limit({}); }

    request_token join(const std::string& member, const std::string& fresh,
                       std::optional<std::string> instance = {}, std::int16_t version = 9) {
        protocol::join_group_request request;
        request.group_id = "g";
        request.member_id = member;
        request.group_instance_id = std::move(instance);
        request.session_timeout_ms = 10'000;
        request.rebalance_timeout_ms = 20'000;
        request.protocol_type = "consumer";
        auto& protocol = request.protocols.emplace_back();
        protocol.name = "range";
        protocol.metadata =
            base::to_bytes(std::string_view("\0\0\0\0\0\1\0\1t\377\377\377\377", 13));
        const join_context context{.client = {.client_id = "c", .client_host = "/h"},
                                   .version = version,
                                   .fresh_member_id = fresh};
        const auto token = ++token_;
        run([&](effects& out) { core_->join(token, request, context, now_, out); });
        return token;
    }
    // Joins as a new member does: first for its id, then with it.
    request_token enter(const std::string& id) {
        join("", id);
        return join(id, "");
    }
    request_token sync(const std::string& member, int generation,
                       const std::vector<std::string>& assigned = {}) {
        protocol::sync_group_request request;
        request.group_id = "g";
        request.member_id = member;
        request.generation_id = generation_id(generation);
        for (const auto& each : assigned) {
            auto& assignment = request.assignments.emplace_back();
            assignment.member_id = each;
            assignment.assignment = base::to_bytes(std::string_view("for-" + each));
        }
        const auto token = ++token_;
        run([&](effects& out) { core_->sync(token, request, now_, out); });
        return token;
    }
    error_code beat(const std::string& member, int generation) {
        protocol::heartbeat_request request;
        request.group_id = "g";
        request.member_id = member;
        request.generation_id = generation_id(generation);
        const auto token = ++token_;
        run([&](effects& out) { core_->heartbeat(token, request, now_, out); });
        return answer<protocol::heartbeat_response>(token).error_code;
    }
    // The same with other bounds; before anything was asked.
    void limit(core_options options) {
        options.initial_rebalance_delay_ms = 0;
        core_ = std::make_unique<group_core>(options, cluster_);
    }
    error_code commit(const std::string& member, int generation, std::int64_t at) {
        protocol::offset_commit_request request;
        request.group_id = "g";
        request.member_id = member;
        request.generation_id_or_member_epoch = generation_id(generation);
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.partitions.emplace_back().committed_offset = offset(at);
        const auto token = ++token_;
        run([&](effects& out) { core_->commit(token, request, 9, now_, out); });
        return answer<protocol::offset_commit_response>(token).topics[0].partitions[0].error_code;
    }
    void leave(const std::string& member) {
        protocol::leave_group_request request;
        request.group_id = "g";
        request.members.emplace_back().member_id = member;
        run([&](effects& out) { core_->leave(++token_, request, now_, out); });
    }
    void pass(time_ms time) {
        now_ += time;
        run([&](effects& out) { core_->tick(now_, out); });
    }
    template <class Call>
    void run(Call call) {
        effects out;
        call(out);
        for (auto& each : out.records)
            records_.push_back(std::move(each));
        for (auto& each : out.replies) {
            EXPECT_TRUE(replies_.emplace(each.to, std::move(each.what)).second);
        }
    }
    bool answered(request_token token) const { return replies_.contains(token); }
    template <class Response>
    const Response& answer(request_token token) const {
        return std::get<Response>(replies_.at(token));
    }
    // A group of two stable members, "a" the leader.
    void settle_two() {
        enter("a");
        sync("a", 1, {"a"});
        const auto b = enter("b");
        EXPECT_EQ(beat("a", 1), error_code::rebalance_in_progress);
        join("a", "");
        EXPECT_TRUE(answered(b));
        sync("b", 2);
        sync("a", 2, {"a", "b"});
    }
    std::string state() const { return core_->describe("g")->group_state; }

    fixed_cluster cluster_;
    std::unique_ptr<group_core> core_;
    time_ms now_ = 1'000'000;
    request_token token_ = 0;
    std::map<request_token, any_response> replies_;
    std::vector<log_record> records_;
};

TEST_F(groups, a_new_member_is_first_told_its_id) {
    const auto token = join("", "fresh");
    EXPECT_EQ(answer<join_answer>(token).error_code, error_code::member_id_required);
    EXPECT_EQ(answer<join_answer>(token).member_id, "fresh");
}

TEST_F(groups, a_lone_member_leads_generation_one) {
    const auto token = enter("a");
    const auto& joined = answer<join_answer>(token);
    EXPECT_EQ(joined.error_code, error_code::none);
    EXPECT_EQ(joined.generation_id, generation_id(1));
    EXPECT_EQ(joined.leader, "a");
    EXPECT_EQ(joined.members.size(), 1U);
    const auto synced = sync("a", 1, {"a"});
    EXPECT_EQ(base::as_text(answer<sync_answer>(synced).assignment), "for-a");
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(records_.size(), 1U);
}

TEST_F(groups, a_second_member_makes_the_first_join_again) {
    enter("a");
    sync("a", 1, {"a"});
    const auto b = enter("b");
    EXPECT_FALSE(answered(b));
    EXPECT_EQ(beat("a", 1), error_code::rebalance_in_progress);
    const auto a = join("a", "");
    ASSERT_TRUE(answered(a));
    EXPECT_EQ(answer<join_answer>(a).generation_id, generation_id(2));
    EXPECT_EQ(answer<join_answer>(a).members.size(), 2U);
    EXPECT_TRUE(answer<join_answer>(b).members.empty());
}

TEST_F(groups, followers_get_their_assignment_when_the_leader_hands_it_in) {
    enter("a");
    sync("a", 1, {"a"});
    enter("b");
    join("a", "");
    const auto b = sync("b", 2);
    EXPECT_FALSE(answered(b));
    sync("a", 2, {"a", "b"});
    ASSERT_TRUE(answered(b));
    EXPECT_EQ(base::as_text(answer<sync_answer>(b).assignment), "for-b");
}

TEST_F(groups, a_silent_member_is_removed_after_its_session) {
    settle_two();
    pass(9'000);
    EXPECT_EQ(beat("a", 2), error_code::none);
    pass(2'000);
    EXPECT_EQ(beat("a", 2), error_code::rebalance_in_progress);
    EXPECT_EQ(beat("b", 2), error_code::unknown_member_id);
    const auto a = join("a", "");
    EXPECT_EQ(answer<join_answer>(a).generation_id, generation_id(3));
}

TEST_F(groups, who_does_not_join_again_in_time_is_removed) {
    settle_two();
    const auto c = enter("c");
    for (int step = 0; step < 4; ++step) {
        pass(5'000);
        beat("a", 2);
        beat("b", 2);
    }
    pass(5'000);
    ASSERT_TRUE(answered(c));
    EXPECT_EQ(answer<join_answer>(c).leader, "c");
    EXPECT_EQ(answer<join_answer>(c).members.size(), 1U);
}

TEST_F(groups, leaving_rebalances_and_the_last_one_leaves_an_empty_group) {
    settle_two();
    leave("b");
    EXPECT_EQ(beat("a", 2), error_code::rebalance_in_progress);
    leave("a");
    EXPECT_EQ(state(), "Empty");
}

TEST_F(groups, a_stranger_that_leaves_changes_nothing) {
    settle_two();
    leave("stranger");
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(beat("a", 2), error_code::none);
}

TEST_F(groups, of_two_joins_of_a_member_only_the_newer_waits) {
    settle_two();
    const auto older = join("a", "");
    EXPECT_FALSE(answered(older));
    const auto newer = join("a", "");
    ASSERT_TRUE(answered(older));
    EXPECT_EQ(answer<join_answer>(older).error_code, error_code::rebalance_in_progress);
    EXPECT_FALSE(answered(newer));
    join("b", "");
    ASSERT_TRUE(answered(newer));
    EXPECT_EQ(answer<join_answer>(newer).error_code, error_code::none);
}

TEST_F(groups, of_two_syncs_of_a_member_only_the_newer_waits) {
    settle_two();
    join("a", "");
    join("b", "");
    const auto older = sync("b", 3);
    const auto newer = sync("b", 3);
    ASSERT_TRUE(answered(older));
    EXPECT_EQ(answer<sync_answer>(older).error_code, error_code::rebalance_in_progress);
    sync("a", 3, {"a", "b"});
    EXPECT_EQ(base::as_text(answer<sync_answer>(newer).assignment), "for-b");
}

TEST_F(groups, an_assignment_that_fits_into_no_record_fails_the_sync_alone) {
    limit({.record_bytes_max = 60});
    enter("a");
    const auto failed = sync("a", 1, {"a"});
    EXPECT_EQ(answer<sync_answer>(failed).error_code, error_code::unknown_server_error);
    EXPECT_TRUE(records_.empty());
    EXPECT_EQ(state(), "PreparingRebalance");
    EXPECT_EQ(answer<join_answer>(join("a", "")).generation_id, generation_id(2));
}

TEST_F(groups, members_together_take_bounded_memory) {
    limit({.group_bytes_max = 40});
    enter("a");
    const auto refused = enter("b");
    EXPECT_EQ(answer<join_answer>(refused).error_code, error_code::group_max_size_reached);
    // Who is a member may join again: what it took before is not counted twice.
    EXPECT_EQ(answer<join_answer>(join("a", "")).error_code, error_code::none);
}

TEST_F(groups, a_refused_join_leaves_no_group) {
    limit({.group_bytes_max = 5});
    EXPECT_EQ(answer<join_answer>(join("", "a")).error_code, error_code::group_max_size_reached);
    EXPECT_FALSE(core_->describe("g"));
}

TEST_F(groups, a_commit_is_bounded) {
    limit({.commit_bytes_max = 10});
    EXPECT_EQ(commit("", -1, 5), error_code::invalid_commit_offset_size);
    EXPECT_TRUE(records_.empty());
}

TEST_F(groups, commits_need_the_current_generation) {
    settle_two();
    EXPECT_EQ(commit("a", 2, 5), error_code::none);
    EXPECT_EQ(commit("a", 1, 6), error_code::illegal_generation);
    EXPECT_EQ(commit("x", 2, 6), error_code::unknown_member_id);
    EXPECT_EQ(commit("", -1, 6), error_code::unknown_member_id);
    EXPECT_EQ(core_->offset_of("g", {.topic = "t", .partition = partition_index(0)})->at,
              offset(5));
}

TEST_F(groups, commits_are_taken_while_a_rebalance_is_prepared) {
    settle_two();
    enter("c");
    EXPECT_EQ(commit("a", 2, 9), error_code::none);
}

TEST_F(groups, offsets_can_be_stored_without_members) {
    EXPECT_EQ(commit("", -1, 7), error_code::none);
    EXPECT_EQ(core_->offset_of("g", {.topic = "t", .partition = partition_index(0)})->at,
              offset(7));
}

TEST_F(groups, a_static_member_comes_back_without_a_rebalance) {
    join("", "a1", "instance");
    sync("a1", 1, {"a1"});
    const auto back = join("", "a2", "instance");
    ASSERT_TRUE(answered(back));
    EXPECT_EQ(answer<join_answer>(back).generation_id, generation_id(1));
    EXPECT_TRUE(answer<join_answer>(back).skip_assignment);
    EXPECT_EQ(state(), "Stable");
    const auto synced = sync("a2", 1);
    EXPECT_EQ(base::as_text(answer<sync_answer>(synced).assignment), "for-a1");
    const auto old = join("a1", "", "instance");
    EXPECT_EQ(answer<join_answer>(old).error_code, error_code::fenced_instance_id);
}

TEST_F(groups, session_timeouts_are_bounded) {
    protocol::join_group_request request;
    request.group_id = "g";
    request.session_timeout_ms = 10;
    effects out;
    core_->join(1, request, {}, now_, out);
    EXPECT_EQ(std::get<join_answer>(out.replies[0].what).error_code,
              error_code::invalid_session_timeout);
}

TEST_F(groups, a_reload_restores_generation_members_and_offsets) {
    settle_two();
    commit("a", 2, 42);
    limit({});
    for (const auto& each : records_) {
        core_->load(each.key,
                    each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt);
    }
    core_->finish_load(now_);
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(beat("a", 2), error_code::none);
    EXPECT_EQ(beat("b", 2), error_code::none);
    EXPECT_EQ(core_->offset_of("g", {.topic = "t", .partition = partition_index(0)})->at,
              offset(42));
}

TEST_F(groups, offsets_of_an_empty_group_expire) {
    settle_two();
    commit("a", 2, 42);
    leave("a");
    leave("b");
    now_ += 8LL * 24 * 3600 * 1000;
    run([&](effects& out) { core_->expire_offsets(now_, out); });
    EXPECT_FALSE(core_->describe("g"));
    EXPECT_FALSE(records_.back().value.has_value());
}

TEST_F(groups, only_empty_groups_can_be_deleted) {
    settle_two();
    run([&](effects& out) { core_->delete_group(1000, "g", out); });
    EXPECT_EQ(answer<error_code>(1000), error_code::non_empty_group);
    run([&](effects& out) { core_->delete_group(1001, "none", out); });
    EXPECT_EQ(answer<error_code>(1001), error_code::group_id_not_found);
}

}  // namespace
}  // namespace weir::broker::coordinator::group
