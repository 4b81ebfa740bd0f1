// Goal: groups of the consumer protocol as KIP-848 and Kafka 4.3 have them: members, epochs,
// reconciliation, static members, timeouts, commits.
// Method: heartbeats go into the pure core; time is a number.
#include "tests/unit/broker/coordinator/consumer_group_fixture.hpp"

namespace weir::broker::coordinator::group {
namespace {

TEST_F(consumer_groups, the_first_member_gets_everything_at_once) {
    const auto id = cluster_.add("t", 3);
    const auto answer = join("a");
    EXPECT_EQ(answer.error_code, error_code::none);
    EXPECT_EQ(answer.member_id, "a");
    EXPECT_EQ(answer.member_epoch, 2);
    EXPECT_EQ(answer.heartbeat_interval_ms, 5000);
    EXPECT_EQ(told(answer), (partition_map{{id, first(3)}}));
    EXPECT_EQ(state(), "Stable");
    // Nothing new: nothing is told, nothing stored.
    const auto stored = records_.size();
    EXPECT_FALSE(send(having("a", 2, {{id, first(3)}})).assignment);
    EXPECT_EQ(records_.size(), stored);
}

TEST_F(consumer_groups, a_partition_is_given_on_when_its_owner_has_given_it_up) {
    const auto id = cluster_.add("t", 4);
    join("a");
    const auto b = join("b");
    EXPECT_EQ(b.member_epoch, 3);
    EXPECT_TRUE(told(b).empty());
    EXPECT_EQ(state(), "Reconciling");
    // The owner is asked to give up two, and stays in its epoch until it has.
    const auto asked = send(having("a", 2, {{id, first(4)}}));
    EXPECT_EQ(asked.member_epoch, 2);
    EXPECT_EQ(told(asked), (partition_map{{id, first(2)}}));
    EXPECT_TRUE(told(send(having("b", 3, {}))).empty());
    EXPECT_FALSE(send(beating("a", 2)).assignment);  // says nothing of what it has
    EXPECT_EQ(send(having("a", 2, {{id, first(2)}})).member_epoch, 3);
    EXPECT_EQ(told(send(having("b", 3, {}))), (partition_map{{id, first(2, 2)}}));
    EXPECT_EQ(state(), "Stable");
}

TEST_F(consumer_groups, an_epoch_that_is_not_the_members_is_fenced) {
    const auto id = cluster_.add("t", 2);
    join("a");
    const auto fenced = send(beating("a", 3));
    EXPECT_EQ(fenced.error_code, error_code::fenced_member_epoch);
    EXPECT_EQ(fenced.error_message,
              "The consumer group member has a greater member epoch (3) than the one known by the "
              "group coordinator (2). The member must abandon all its partitions and rejoin.");
    EXPECT_EQ(send(beating("stranger", 2)).error_code, error_code::unknown_member_id);
    join("b");
    send(having("a", 2, {{id, first(2)}}));
    EXPECT_EQ(send(having("a", 2, {{id, first(1)}})).member_epoch, 3);
    // The answer was lost: the epoch before is taken, from who has no more than is assigned.
    EXPECT_EQ(send(having("a", 2, {{id, first(1)}})).error_code, error_code::none);
    EXPECT_EQ(send(having("a", 2, {{id, first(2)}})).error_code, error_code::fenced_member_epoch);
    EXPECT_EQ(send(beating("a", 2)).error_code, error_code::fenced_member_epoch);
    // Whoever was fenced joins again, and gets what it should have.
    const auto again = join("a");
    EXPECT_EQ(again.member_epoch, 3);
    EXPECT_EQ(told(again), (partition_map{{id, first(1)}}));
}

TEST_F(consumer_groups, a_member_that_leaves_or_falls_silent_frees_its_partitions) {
    const auto id = cluster_.add("t", 2);
    join("a");
    join("b");
    send(having("a", 2, {{id, first(2)}}));
    send(having("a", 2, {{id, first(1)}}));
    EXPECT_EQ(told(send(having("b", 3, {}))), (partition_map{{id, first(1, 1)}}));
    const auto left = send(beating("b", -1));
    EXPECT_EQ(left.error_code, error_code::none);
    EXPECT_EQ(left.member_epoch, -1);
    EXPECT_EQ(told(send(beating("a", 3))), (partition_map{{id, first(2)}}));
    EXPECT_EQ(send(beating("b", 3)).error_code, error_code::unknown_member_id);
    tick(44'999);
    EXPECT_EQ(state(), "Stable");
    tick(1);
    EXPECT_EQ(state(), "Empty");
    EXPECT_EQ(send(beating("a", 4)).error_code, error_code::unknown_member_id);
    EXPECT_EQ(join("c").member_epoch, 6);
}

TEST_F(consumer_groups, who_does_not_revoke_in_time_is_removed) {
    const auto id = cluster_.add("t", 2);
    join("a");
    join("b");
    send(having("a", 2, {{id, first(2)}}));
    for (int beat = 0; beat < 9; ++beat) {
        tick(1000);
        EXPECT_EQ(send(having("a", 2, {{id, first(2)}})).error_code, error_code::none);
        EXPECT_TRUE(told(send(having("b", 3, {}))).empty());
    }
    tick(1000);
    EXPECT_EQ(send(having("a", 2, {{id, first(2)}})).error_code, error_code::unknown_member_id);
    EXPECT_EQ(told(send(having("b", 3, {}))), (partition_map{{id, first(2)}}));
}

TEST_F(consumer_groups, topics_that_come_grow_and_go_are_assigned_anew) {
    const auto id = cluster_.add("t", 1);
    join("a", {"t", "u"});
    const auto other = cluster_.add("u", 2);
    core_->topics_changed({"u"});
    EXPECT_EQ(told(send(beating("a", 2))), (partition_map{{id, first(1)}, {other, first(2)}}));
    cluster_.topics["t"].partitions = 3;
    core_->topics_changed({"t"});
    EXPECT_EQ(told(send(beating("a", 3))), (partition_map{{id, first(3)}, {other, first(2)}}));
    cluster_.topics.erase("u");
    core_->topics_changed({"u"});
    const auto answer = send(having("a", 4, {{id, first(3)}, {other, first(2)}}));
    EXPECT_EQ(told(answer), (partition_map{{id, first(3)}}));
    EXPECT_EQ(send(having("a", 4, {{id, first(3)}})).member_epoch, 5);
    // A topic of the same name is another topic.
    const auto again = cluster_.add("t", 1);
    core_->topics_changed({"t"});
    EXPECT_TRUE(told(send(having("a", 5, {{id, first(3)}}))).empty());
    EXPECT_EQ(told(send(having("a", 5, {}))), (partition_map{{again, first(1)}}));
    // One that nobody reads is nobody's business.
    core_->topics_changed({"v"});
    EXPECT_EQ(send(beating("a", 6)).member_epoch, 6);
}

TEST_F(consumer_groups, a_null_field_leaves_what_was_told) {
    cluster_.add("t", 1);
    cluster_.add("u", 1);
    auto request = joining("a", {"t"});
    request.rack_id = "r";
    request.server_assignor = "range";
    send(request);
    request = beating("a", 2);
    request.subscribed_topic_names = {"t", "u"};
    EXPECT_EQ(send(request).member_epoch, 3);
    const auto member = described().members.at(0);
    EXPECT_EQ(member.rack_id, "r");
    EXPECT_EQ(member.subscribed_topic_names, (std::vector<std::string>{"t", "u"}));
    EXPECT_EQ(described().assignor_name, "range");
    EXPECT_EQ(member.member_type, 1);
}

TEST_F(consumer_groups, a_topic_that_is_given_up_is_taken_away_at_once) {
    const auto id = cluster_.add("t", 1);
    const auto other = cluster_.add("u", 1);
    join("a", {"t", "u"});
    auto request = having("a", 2, {{id, first(1)}, {other, first(1)}});
    request.subscribed_topic_names = {"u"};
    EXPECT_EQ(told(send(request)), (partition_map{{other, first(1)}}));
    EXPECT_EQ(send(having("a", 2, {{other, first(1)}})).member_epoch, 3);
}

TEST_F(consumer_groups, a_static_member_comes_back_to_its_partitions) {
    const auto id = cluster_.add("t", 2);
    auto request = joining("a", {"t"});
    request.instance_id = "one";
    send(request);
    auto second = joining("a2", {"t"});
    second.instance_id = "one";
    const auto refused = send(second);
    EXPECT_EQ(refused.error_code, error_code::unreleased_instance_id);
    EXPECT_EQ(refused.error_message,
              "Static member a2 with instance id one cannot join the group because the instance id "
              "is owned by a member.");
    auto leaving = beating("a", -2);
    leaving.instance_id = "one";
    EXPECT_EQ(send(leaving).member_epoch, -2);
    EXPECT_EQ(described().members.at(0).member_epoch, -2);
    // Nobody else gets what it had.
    EXPECT_TRUE(told(join("b")).empty());
    const auto back = send(second);
    EXPECT_EQ(back.error_code, error_code::none);
    EXPECT_EQ(told(back), (partition_map{{id, first(1)}}));
    auto old = beating("a", 2);
    old.instance_id = "one";
    EXPECT_EQ(send(old).error_code, error_code::fenced_instance_id);
    EXPECT_EQ(described().members.size(), 2U);
    old.instance_id = "two";
    EXPECT_EQ(send(old).error_code, error_code::unknown_member_id);
}

TEST_F(consumer_groups, a_static_member_that_stays_away_is_removed) {
    cluster_.add("t", 2);
    auto request = joining("a", {"t"});
    request.instance_id = "one";
    send(request);
    auto leaving = beating("a", -2);
    leaving.instance_id = "one";
    send(leaving);
    tick(45'000);
    EXPECT_EQ(state(), "Empty");
}

TEST_F(consumer_groups, requests_that_make_no_sense_are_refused) {
    cluster_.add("t", 1);
    const auto expect = [&](const request_type& request, error_code code, std::string message,
                            std::int16_t version = 1) {
        const auto answer = send(request, version);
        EXPECT_EQ(answer.error_code, code) << message;
        EXPECT_EQ(answer.error_message, message);
        EXPECT_FALSE(answer.member_id);
    };
    auto request = joining("", {"t"});
    expect(request, error_code::invalid_request, "MemberId can't be empty.");
    EXPECT_EQ(send(request, 0).member_id, "fresh");
    request = joining("a", {"t"});
    request.group_id = " ";
    expect(request, error_code::invalid_request, "GroupId can't be empty.");
    request = joining("a", {"t"});
    request.rebalance_timeout_ms = -1;
    expect(request, error_code::invalid_request,
           "RebalanceTimeoutMs must be provided in first request.");
    request = joining("a", {"t"});
    request.subscribed_topic_names.reset();
    expect(request, error_code::invalid_request,
           "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
           "(re-)joining.");
    request = joining("a", {"t"});
    request.server_assignor = "sticky";
    expect(request, error_code::unsupported_assignor,
           "ServerAssignor sticky is not supported. Supported assignors: uniform, range.");
    request = joining("a", {});
    request.subscribed_topic_regex = "a(b";
    expect(request, error_code::invalid_regular_expression,
           "SubscribedTopicRegex `a(b` is not a valid regular expression: missing closing ).");
    expect(beating("a", -3), error_code::invalid_request, "MemberEpoch is invalid.");
    expect(beating("a", -2), error_code::invalid_request, "InstanceId can't be null.");
    request = beating("a", 2);
    request.group_id = "none";
    expect(request, error_code::group_id_not_found, "Consumer group none not found.");
    request.member_epoch = -1;
    expect(request, error_code::group_id_not_found, "Group none not found.");
    EXPECT_EQ(core_->list().size(), 1U);
}

TEST_F(consumer_groups, a_full_group_takes_nobody_else) {
    limit({.consumer = {.group_size_max = 1}});
    cluster_.add("t", 1);
    join("a");
    const auto refused = join("b");
    EXPECT_EQ(refused.error_code, error_code::group_max_size_reached);
    EXPECT_EQ(refused.error_message,
              "The consumer group has reached its maximum capacity of 1 members.");
    EXPECT_EQ(join("a").error_code, error_code::none);
}

TEST_F(consumer_groups, what_members_take_is_bounded) {
    limit({.group_bytes_max = 3000, .record_bytes_max = 2000});
    EXPECT_EQ(join("a", {std::string(2000, 't')}).error_code, error_code::unknown_server_error);
    EXPECT_EQ(join("a", {std::string(1800, 't')}).error_code, error_code::none);
    EXPECT_EQ(join("b", {std::string(1800, 't')}).error_code, error_code::group_max_size_reached);
    EXPECT_EQ(join("a", {std::string(1900, 't')}).error_code, error_code::none);
}

TEST_F(consumer_groups, members_that_come_one_after_the_other_wait_for_one_assignment) {
    cluster_.settings.assignment_interval_ms = 1000;
    const auto id = cluster_.add("t", 2);
    EXPECT_EQ(told(join("a")), (partition_map{{id, first(2)}}));
    EXPECT_EQ(join("b").member_epoch, 2);
    EXPECT_EQ(state(), "Assigning");
    EXPECT_EQ(described().group_epoch, 3);
    tick(1000);
    EXPECT_EQ(send(having("b", 2, {})).member_epoch, 3);
    EXPECT_EQ(state(), "Reconciling");
}

TEST_F(consumer_groups, a_regular_expression_is_matched_to_whole_names) {
    const auto id = cluster_.add("orders-1", 1);
    cluster_.add("my-orders-1", 1);
    auto request = joining("a", {});
    request.subscribed_topic_names.reset();
    request.subscribed_topic_regex = "(?<what>orders)-.*";
    EXPECT_EQ(told(send(request)), (partition_map{{id, first(1)}}));
    const auto later = cluster_.add("orders-2", 1);
    core_->topics_changed({"orders-2"});
    EXPECT_FALSE(send(beating("a", 2)).assignment);  // too soon to look again
    tick(10'000);
    EXPECT_EQ(told(send(beating("a", 2))), (partition_map{{id, first(1)}, {later, first(1)}}));
    EXPECT_EQ(described().members.at(0).subscribed_topic_regex, "(?<what>orders)-.*");
    // No expression, and names instead.
    request = beating("a", 3);
    request.topic_partitions.emplace();
    request.subscribed_topic_regex = "";
    request.subscribed_topic_names = {"my-orders-1"};
    EXPECT_EQ(send(request).member_epoch, 4);
    reload();
    EXPECT_EQ(described().members.at(0).subscribed_topic_regex, "");
}

TEST_F(consumer_groups, commits_count_in_the_members_epoch) {
    const auto id = cluster_.add("t", 1);
    join("a");
    EXPECT_EQ(commit("a", 2), error_code::none);
    EXPECT_EQ(commit("a", 3), error_code::stale_member_epoch);
    EXPECT_EQ(commit("b", 2), error_code::unknown_member_id);
    EXPECT_EQ(commit("", -1), error_code::unknown_member_id);
    EXPECT_EQ(commit("a", 2, 8), error_code::unsupported_version);
    auto request = beating("a", 2);
    request.subscribed_topic_names = {"t", "u"};
    EXPECT_EQ(send(request).member_epoch, 3);
    // It has had the partition since epoch 1.
    EXPECT_EQ(commit("a", 2), error_code::none);
    EXPECT_EQ(commit("a", 1), error_code::stale_member_epoch);
    EXPECT_EQ(core_->check_fetch("g", "a", 3), error_code::none);
    EXPECT_EQ(core_->check_fetch("g", "a", 2), error_code::stale_member_epoch);
    EXPECT_EQ(core_->check_fetch("g", "b", 2), error_code::unknown_member_id);
    EXPECT_EQ(core_->check_fetch("g", std::nullopt, -1), error_code::none);
    send(beating("a", -1));
    EXPECT_EQ(commit("", -1), error_code::none);
    (void)id;
}

TEST_F(consumer_groups, a_group_is_deleted_when_it_is_empty) {
    cluster_.add("t", 1);
    join("a");
    commit("a", 2);
    const auto remove = [this] {
        return ask<error_code>(
            [this](request_token token, effects& out) { core_->delete_group(token, "g", out); });
    };
    EXPECT_EQ(remove(), error_code::non_empty_group);
    send(beating("a", -1));
    EXPECT_EQ(remove(), error_code::none);
    EXPECT_TRUE(core_->list().empty());
    reload();
    EXPECT_TRUE(core_->list().empty());
}

TEST_F(consumer_groups, offsets_expire_when_nobody_reads_their_topic) {
    limit({.offsets_retention_ms = 1000});
    cluster_.add("t", 1);
    join("a");
    commit("a", 2);
    now_ += 5000;
    effects out;
    core_->expire_offsets(now_, out);
    EXPECT_TRUE(out.records.empty());
    send(beating("a", -1));
    core_->expire_offsets(now_, out);
    keep(out);
    EXPECT_TRUE(core_->list().empty());
    reload();
    EXPECT_TRUE(core_->list().empty());
}

TEST_F(consumer_groups, a_reload_goes_on_where_the_core_was) {
    const auto id = cluster_.add("t", 4);
    join("a");
    join("b");
    send(having("a", 2, {{id, first(4)}}));
    const auto before = described();
    reload();
    EXPECT_EQ(described(), before);
    EXPECT_EQ(send(having("a", 2, {{id, first(2)}})).member_epoch, 3);
    EXPECT_EQ(told(send(having("b", 3, {}))), (partition_map{{id, first(2, 2)}}));
    // Sessions begin anew.
    tick(44'999);
    EXPECT_EQ(described().members.size(), 2U);
    tick(45'000);
    EXPECT_EQ(state(), "Empty");
}

TEST_F(consumer_groups, an_empty_classic_group_makes_way_and_comes_back) {
    cluster_.add("t", 1);
    EXPECT_EQ(commit("", -1), error_code::none);  // offsets alone
    EXPECT_EQ(core_->list().at(0).type, "classic");
    join("a");
    EXPECT_EQ(core_->list().at(0).type, "consumer");
    EXPECT_NE(core_->offset_of("g", {.topic = "t", .partition = {}}), nullptr);
    send(beating("a", -1));
    protocol::join_group_request request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10'000;
    request.protocol_type = "consumer";
    request.protocols.emplace_back().name = "range";
    const auto joined = ask<protocol::join_group_response>([&](request_token token, effects& out) {
        core_->join(token, request, {.version = 4, .fresh_member_id = "m"}, now_, out);
    });
    EXPECT_EQ(joined.error_code, error_code::member_id_required);
    EXPECT_EQ(core_->list().at(0).type, "classic");
    reload();
    EXPECT_EQ(core_->list().at(0).type, "classic");
    EXPECT_NE(core_->offset_of("g", {.topic = "t", .partition = {}}), nullptr);
}

}  // namespace
}  // namespace weir::broker::coordinator::group
