// Goal: a group goes from the classic to the consumer protocol and back while its members work on,
// each with the requests that it knows (KIP-848, online migration).
// Method: requests of both protocols go into one core.
#include "broker/coordinator/group/core/consumer_protocol.hpp"
#include "tests/unit/broker/coordinator/consumer_group_fixture.hpp"

namespace weir::broker::coordinator::group {
namespace {

class migration : public consumer_groups {
  protected:
    using join_answer = protocol::join_group_response;
    using sync_answer = protocol::sync_group_response;

    migration() { limit({.initial_rebalance_delay_ms = 0}); }

    // A subscription to topics as the consumers' protocol writes it.
    static base::bytes subscription(const std::vector<std::string>& topics,
                                    const partition_set& owned = {}) {
        protocol::consumer_protocol_subscription message;
        message.topics = topics;
        if (!owned.empty()) {
            auto& each = message.owned_partitions.emplace_back();
            each.topic = "t";
            each.partitions.assign(owned.begin(), owned.end());
        }
        protocol::writer out;
        out.put_int16(1);
        message.encode(out, 1);
        return std::move(out).take_bytes();
    }
    protocol::join_group_request classic_join(const std::string& member,
                                              const partition_set& owned = {}) {
        protocol::join_group_request request;
        request.group_id = "g";
        request.member_id = member;
        request.session_timeout_ms = 30'000;
        request.rebalance_timeout_ms = 30'000;
        request.protocol_type = "consumer";
        auto& protocol = request.protocols.emplace_back();
        protocol.name = "range";
        protocol.metadata = subscription({"t"}, owned);
        return request;
    }
    join_answer send(const protocol::join_group_request& request) {
        return ask<join_answer>([&](request_token token, effects& out) {
            core_->join(token, request, {.client = {}, .version = 3, .fresh_member_id = "fresh"},
                        now_, out);
        });
    }
    using consumer_groups::send;
    sync_answer sync(const std::string& member, std::int32_t generation,
                     const std::map<std::string, base::bytes>& assignments = {}) {
        protocol::sync_group_request request;
        request.group_id = "g";
        request.member_id = member;
        request.generation_id = generation_id(generation);
        for (const auto& [id, data] : assignments) {
            auto& each = request.assignments.emplace_back();
            each.member_id = id;
            each.assignment = data;
        }
        return ask<sync_answer>(
            [&](request_token token, effects& out) { core_->sync(token, request, now_, out); });
    }
    error_code classic_beat(const std::string& member, std::int32_t generation) {
        protocol::heartbeat_request request;
        request.group_id = "g";
        request.member_id = member;
        request.generation_id = generation_id(generation);
        return ask<protocol::heartbeat_response>([&](request_token token, effects& out) {
                   core_->heartbeat(token, request, now_, out);
               })
            .error_code;
    }
    base::bytes assignment(const topic_id& topic, const partition_set& partitions) {
        return write_assignment({{topic, partitions}}, subscription({"t"}), cluster_);
    }
    partition_map synced(const sync_answer& answer) {
        EXPECT_EQ(answer.error_code, error_code::none);
        return partitions_of(*read_assignment(answer.assignment), cluster_);
    }
    // One classic member with the whole topic, in a stable group.
    topic_id settle_classic() {
        const auto id = cluster_.add("t", 4);
        EXPECT_EQ(send(classic_join("")).member_id, "fresh");
        sync("fresh", 1, {{"fresh", assignment(id, first(4))}});
        EXPECT_EQ(core_->list().at(0).state, "Stable");
        return id;
    }
    std::string_view type() const { return core_->list().at(0).type; }
};

TEST_F(migration, a_classic_group_takes_a_member_of_the_consumer_protocol) {
    const auto id = settle_classic();
    const auto joined = join("new");
    EXPECT_EQ(joined.error_code, error_code::none);
    EXPECT_EQ(joined.member_epoch, 2);
    EXPECT_TRUE(told(joined).empty());
    EXPECT_EQ(type(), "consumer");
    // The classic member goes on in its generation, and is told to join again.
    EXPECT_EQ(commit("fresh", 1), error_code::none);
    EXPECT_EQ(commit("fresh", 2), error_code::illegal_generation);
    EXPECT_EQ(classic_beat("fresh", 1), error_code::rebalance_in_progress);
    auto again = send(classic_join("fresh", first(4)));
    EXPECT_EQ(again.generation_id, generation_id(1));
    EXPECT_EQ(synced(sync("fresh", 1)), (partition_map{{id, first(2)}}));
    EXPECT_TRUE(told(send(having("new", 2, {}))).empty());
    // It has two left to tell, and joins again with them.
    EXPECT_EQ(classic_beat("fresh", 1), error_code::rebalance_in_progress);
    again = send(classic_join("fresh", first(2)));
    EXPECT_EQ(again.generation_id, generation_id(2));
    EXPECT_EQ(synced(sync("fresh", 2)), (partition_map{{id, first(2)}}));
    EXPECT_EQ(told(send(having("new", 2, {}))), (partition_map{{id, first(2, 2)}}));
    EXPECT_EQ(classic_beat("fresh", 2), error_code::none);
    EXPECT_EQ(state(), "Stable");
    const auto members = described().members;
    EXPECT_EQ(members.at(0).member_type, 0);
    EXPECT_EQ(members.at(1).member_type, 1);
}

TEST_F(migration, the_group_goes_back_when_only_classic_members_are_left) {
    const auto id = settle_classic();
    join("new");
    send(classic_join("fresh"));  // eager: it has given up all
    EXPECT_EQ(synced(sync("fresh", 2)), (partition_map{{id, first(2)}}));
    send(beating("new", -1));
    EXPECT_EQ(type(), "classic");
    EXPECT_EQ(core_->list().at(0).state, "PreparingRebalance");
    reload();  // the rebalance is not forgotten
    EXPECT_EQ(core_->list().at(0).state, "PreparingRebalance");
    EXPECT_EQ(classic_beat("fresh", 2), error_code::rebalance_in_progress);
    const auto again = send(classic_join("fresh"));
    EXPECT_EQ(again.error_code, error_code::none);
    EXPECT_EQ(again.leader, "fresh");
    const auto generation = again.generation_id.value();
    EXPECT_EQ(synced(sync("fresh", generation, {{"fresh", assignment(id, first(4))}})),
              (partition_map{{id, first(4)}}));
    reload();
    EXPECT_EQ(type(), "classic");
    EXPECT_EQ(classic_beat("fresh", generation), error_code::none);
}

TEST_F(migration, it_goes_back_when_the_last_consumer_member_falls_silent) {
    settle_classic();
    join("new");
    for (int second = 0; second < 45; ++second) {
        tick(1000);
        classic_beat("fresh", 1);
        if (second % 20 == 0) send(classic_join("fresh"));
    }
    EXPECT_EQ(type(), "classic");
}

TEST_F(migration, a_reload_keeps_both_kinds_of_members) {
    const auto id = settle_classic();
    join("new");
    const auto before = described();
    reload();
    EXPECT_EQ(described(), before);
    EXPECT_EQ(classic_beat("fresh", 1), error_code::rebalance_in_progress);
    send(classic_join("fresh"));
    EXPECT_EQ(synced(sync("fresh", 2)), (partition_map{{id, first(2)}}));
}

TEST_F(migration, a_classic_member_joins_a_consumer_group) {
    const auto id = cluster_.add("t", 2);
    join("a");
    EXPECT_EQ(send(classic_join("")).member_id, "fresh");
    EXPECT_EQ(type(), "consumer");
    EXPECT_EQ(synced(sync("fresh", 3)), partition_map{});
    EXPECT_EQ(classic_beat("fresh", 3), error_code::none);  // joining again would bring nothing
    send(having("a", 2, {{id, first(2)}}));
    send(having("a", 2, {{id, first(1)}}));
    EXPECT_EQ(classic_beat("fresh", 3), error_code::rebalance_in_progress);
    send(classic_join("fresh"));
    EXPECT_EQ(synced(sync("fresh", 3)), (partition_map{{id, first(1, 1)}}));
    // Sessions of classic members are their own.
    for (int second = 0; second < 30; ++second) {
        tick(1000);
        send(beating("a", 3));
    }
    EXPECT_EQ(described().members.size(), 1U);
}

TEST_F(migration, who_does_not_join_again_or_sync_in_time_is_removed) {
    settle_classic();
    join("new");
    EXPECT_EQ(classic_beat("fresh", 1), error_code::rebalance_in_progress);
    for (int second = 0; second < 30; ++second) {
        EXPECT_EQ(described().members.size(), 2U);
        tick(1000);
        classic_beat("fresh", 1);
        send(having("new", 2, {}));
    }
    EXPECT_EQ(described().members.size(), 1U);
    EXPECT_EQ(send(classic_join("late")).error_code, error_code::none);
    for (int second = 0; second < 29; ++second) {
        tick(1000);
        classic_beat("late", described().members.at(0).member_epoch);
        partition_map owned;
        const auto consumer = described().members.at(1);
        for (const auto& each : consumer.assignment.topic_partitions)
            owned[each.topic_id].insert(each.partitions.begin(), each.partitions.end());
        send(having("new", consumer.member_epoch, owned));
    }
    EXPECT_EQ(described().members.size(), 2U);
    tick(1000);
    EXPECT_EQ(described().members.size(), 1U);
}

TEST_F(migration, requests_of_the_other_protocol_are_refused) {
    settle_classic();
    join("new");
    EXPECT_EQ(sync("new", 2).error_code, error_code::unknown_member_id);
    EXPECT_EQ(classic_beat("new", 2), error_code::unknown_member_id);
    EXPECT_EQ(sync("fresh", 7).error_code, error_code::illegal_generation);
    EXPECT_EQ(classic_beat("fresh", 7), error_code::illegal_generation);
    auto request = classic_join("x");
    request.protocols.front().name = "other";
    EXPECT_EQ(send(request).error_code, error_code::inconsistent_group_protocol);
    request = classic_join("x");
    request.protocol_type = "connect";
    EXPECT_EQ(send(request).error_code, error_code::inconsistent_group_protocol);
}

TEST_F(migration, what_cannot_be_read_is_not_upgraded) {
    const auto refused = [this] {
        const auto answer = join("new");
        EXPECT_EQ(answer.error_code, error_code::group_id_not_found);
        EXPECT_EQ(type(), "classic");
        return answer.error_message.value_or("");
    };
    auto request = classic_join("");
    request.protocols.front().metadata = base::to_bytes("?");
    send(request);
    EXPECT_EQ(refused(),
              "Cannot upgrade classic group g to consumer group because the embedded consumer "
              "protocol is malformed.");
    limit({.initial_rebalance_delay_ms = 0});
    request = classic_join("");
    request.protocol_type = "connect";
    send(request);
    EXPECT_EQ(refused(),
              "Cannot upgrade classic group g to consumer group because the group does not use the "
              "consumer embedded protocol.");
    limit({.initial_rebalance_delay_ms = 0, .consumer = {.migration = {.upgrade = false}}});
    send(classic_join(""));
    EXPECT_EQ(refused(),
              "Cannot upgrade classic group g to consumer group because online upgrade is "
              "disabled.");
}

TEST_F(migration, a_partition_that_two_members_were_given_stays_with_one) {
    const auto id = cluster_.add("t", 1);
    send(classic_join(""));
    effects out;
    core_->join(7, classic_join(""), {.client = {}, .version = 3, .fresh_member_id = "b"}, now_,
                out);
    core_->join(8, classic_join("fresh"), {.client = {}, .version = 3}, now_, out);
    keep(out);
    sync("fresh", 2, {{"fresh", assignment(id, first(1))}, {"b", assignment(id, first(1))}});
    join("new");
    std::size_t owners = 0;
    for (const auto& each : described().members)
        owners += each.assignment.topic_partitions.size();
    EXPECT_EQ(owners, 1U);
}

TEST_F(migration, a_static_member_changes_its_protocol_and_back) {
    const auto id = cluster_.add("t", 2);
    auto request = classic_join("");
    request.group_instance_id = "one";
    send(request);
    sync("fresh", 1, {{"fresh", assignment(id, first(2))}});
    auto upgraded = joining("new", {"t"});
    upgraded.instance_id = "one";
    const auto answer = send(upgraded);
    EXPECT_EQ(answer.error_code, error_code::none);
    EXPECT_EQ(told(answer), (partition_map{{id, first(2)}}));
    EXPECT_EQ(described().members.size(), 1U);
    EXPECT_EQ(type(), "consumer");
    // Back: nobody else is there, so the group is a classic one again.
    EXPECT_EQ(send(request).error_code, error_code::none);
    EXPECT_EQ(type(), "classic");
    EXPECT_EQ(core_->describe("g")->members.size(), 1U);
}

TEST_F(migration, an_administrator_removes_members_of_both_protocols) {
    settle_classic();
    join("new");
    protocol::leave_group_request request;
    request.group_id = "g";
    request.members.emplace_back().member_id = "new";
    request.members.emplace_back().member_id = "stranger";
    const auto answer = ask<protocol::leave_group_response>(
        [&](request_token token, effects& out) { core_->leave(token, request, now_, out); });
    EXPECT_EQ(answer.members.at(0).error_code, error_code::none);
    EXPECT_EQ(answer.members.at(1).error_code, error_code::unknown_member_id);
    EXPECT_EQ(type(), "classic");
}

}  // namespace
}  // namespace weir::broker::coordinator::group
