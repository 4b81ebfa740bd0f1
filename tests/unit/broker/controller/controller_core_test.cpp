// Goal: topics are created, grown and deleted by Kafka's rules, with its error codes.
// Method: requests go into the pure core; records and responses come out.
#include "broker/controller/core/controller_core.hpp"

#include <gtest/gtest.h>

namespace weir::broker::controller {
namespace {

using protocol::create_partitions_request;
using protocol::create_topics_request;
using protocol::delete_topics_request;

class controllers : public testing::Test {
  protected:
    controllers()
        : core_({.num_partitions = 3,
                 .partitions_per_request_max = 100,
                 .check_topic_config = [](std::string_view name,
                                          std::string_view value) -> std::optional<std::string> {
                     if (name == "retention.ms" && value != "bad") return std::nullopt;
                     return "Invalid";
                 }},
                7) {
        core_.register_broker({.id = node_id(1), .epoch = 0}, {.high = 1, .low = 1});
    }

    static create_topics_request::creatable_topic topic(const std::string& name,
                                                        std::int32_t partitions = -1,
                                                        std::int16_t factor = -1) {
        create_topics_request::creatable_topic wanted;
        wanted.name = name;
        wanted.num_partitions = partitions;
        wanted.replication_factor = factor;
        return wanted;
    }
    auto create(const std::vector<create_topics_request::creatable_topic>& topics,
                bool validate_only = false) {
        create_topics_request request;
        request.topics = topics;
        request.validate_only = validate_only;
        return core_.create_topics(request);
    }
    error_code error_of(const create_topics_request::creatable_topic& wanted) {
        const auto plan = create({wanted});
        if (plan.response.topics[0].error_code != error_code::none) {
            EXPECT_TRUE(plan.records.empty());
            EXPECT_TRUE(plan.response.topics[0].error_message.has_value());
        }
        return plan.response.topics[0].error_code;
    }
    auto grow(const std::string& name, std::int32_t count, bool validate_only = false) {
        create_partitions_request request;
        request.validate_only = validate_only;
        auto& each = request.topics.emplace_back();
        each.name = name;
        each.count = count;
        each.assignments.reset();
        return core_.create_partitions(request);
    }

    controller_core core_;
};

TEST_F(controllers, a_topic_gets_the_defaults_and_is_there_at_once) {
    const auto plan = create({topic("a")});
    ASSERT_EQ(plan.records.size(), 4U);
    const auto& answer = plan.response.topics[0];
    EXPECT_EQ(answer.error_code, error_code::none);
    EXPECT_EQ(answer.num_partitions, 3);
    EXPECT_EQ(answer.replication_factor, 1);
    const auto* made = core_.image().topic("a");
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(made->id, answer.topic_id);
    EXPECT_EQ(made->partitions[2].leader, node_id(1));
    EXPECT_EQ(core_.image().partition_count(), 3U);
}

TEST_F(controllers, validation_alone_changes_nothing) {
    const auto plan = create({topic("a", 2, 1)}, true);
    EXPECT_EQ(plan.response.topics[0].error_code, error_code::none);
    EXPECT_EQ(plan.response.topics[0].num_partitions, 2);
    EXPECT_TRUE(plan.records.empty());
    EXPECT_EQ(core_.image().topic("a"), nullptr);
}

TEST_F(controllers, bad_wishes_are_refused_with_kafka_s_codes) {
    create({topic("a.b")});
    EXPECT_EQ(error_of(topic("a.b")), error_code::topic_already_exists);
    EXPECT_EQ(error_of(topic("a_b")), error_code::invalid_topic_exception);
    EXPECT_EQ(error_of(topic("")), error_code::invalid_topic_exception);
    EXPECT_EQ(error_of(topic("..")), error_code::invalid_topic_exception);
    EXPECT_EQ(error_of(topic("a b")), error_code::invalid_topic_exception);
    EXPECT_EQ(error_of(topic(std::string(250, 'x'))), error_code::invalid_topic_exception);
    EXPECT_EQ(error_of(topic(std::string(249, 'x'))), error_code::none);
    EXPECT_EQ(error_of(topic("c", 0)), error_code::invalid_partitions);
    EXPECT_EQ(error_of(topic("c", -2)), error_code::invalid_partitions);
    EXPECT_EQ(error_of(topic("c", 1, 0)), error_code::invalid_replication_factor);
    EXPECT_EQ(error_of(topic("c", 1, 2)), error_code::invalid_replication_factor);
    EXPECT_EQ(error_of(topic("c", 101)), error_code::policy_violation);
}

TEST_F(controllers, a_request_that_asks_for_too_much_in_all_creates_nothing) {
    const auto plan = create({topic("a", 60), topic("b", 41), topic("bad name")});
    EXPECT_TRUE(plan.records.empty());
    for (const auto& each : plan.response.topics)
        EXPECT_EQ(each.error_code, error_code::policy_violation);
    EXPECT_EQ(create({topic("a", 60), topic("b", 40)}).records.size(), 102U);
    create_partitions_request more;
    for (const auto* name : {"a", "b"}) {
        auto& each = more.topics.emplace_back();
        each.name = name;
        each.count = 111;
        each.assignments.reset();
    }
    const auto refused = core_.create_partitions(more);
    EXPECT_TRUE(refused.records.empty());
    EXPECT_EQ(refused.response.results[0].error_code, error_code::policy_violation);
    more.topics[0].count = 70;
    more.topics[1].count = 60;
    EXPECT_EQ(core_.create_partitions(more).records.size(), 30U);
}

TEST_F(controllers, the_largest_counts_do_not_overflow_the_sum) {
    const auto plan = create({topic("a", INT32_MAX), topic("b", INT32_MAX), topic("c", -5)});
    EXPECT_TRUE(plan.records.empty());
    EXPECT_EQ(plan.response.topics[2].error_code, error_code::policy_violation);
}

TEST_F(controllers, configs_are_judged_and_stored) {
    auto wanted = topic("a");
    auto& config = wanted.configs.emplace_back();
    config.name = "retention.ms";
    config.value = "bad";
    EXPECT_EQ(error_of(wanted), error_code::invalid_config);
    wanted.configs[0].value.reset();
    EXPECT_EQ(error_of(wanted), error_code::invalid_config);
    wanted.configs[0].value = "5";
    EXPECT_EQ(error_of(wanted), error_code::none);
    EXPECT_EQ(core_.image().configs({.name = "a"}).at("retention.ms"), "5");
}

TEST_F(controllers, a_name_that_stands_twice_in_a_request_is_refused_once) {
    const auto plan = create({topic("a"), topic("b"), topic("a")});
    ASSERT_EQ(plan.response.topics.size(), 2U);
    EXPECT_EQ(plan.response.topics[0].error_code, error_code::invalid_request);
    EXPECT_EQ(plan.response.topics[1].error_code, error_code::none);
}

TEST_F(controllers, an_assignment_by_hand_must_be_whole) {
    auto wanted = topic("a");
    wanted.assignments.resize(2);
    wanted.assignments[1].partition_index = partition_index(1);
    for (auto& each : wanted.assignments)
        each.broker_ids = {node_id(1)};
    auto other = wanted;
    other.num_partitions = 2;
    EXPECT_EQ(error_of(other), error_code::invalid_request);
    other = wanted;
    other.assignments[1].partition_index = partition_index(2);
    EXPECT_EQ(error_of(other), error_code::invalid_replica_assignment);
    other = wanted;
    other.assignments[0].broker_ids = {node_id(2)};
    EXPECT_EQ(error_of(other), error_code::invalid_replica_assignment);
    other.assignments[0].broker_ids = {node_id(1), node_id(1)};
    EXPECT_EQ(error_of(other), error_code::invalid_replica_assignment);
    EXPECT_EQ(error_of(wanted), error_code::none);
    EXPECT_EQ(core_.image().topic("a")->partitions.size(), 2U);
}

TEST_F(controllers, topics_only_grow) {
    create({topic("a", 2)});
    EXPECT_EQ(grow("a", 2).response.results[0].error_code, error_code::invalid_partitions);
    EXPECT_EQ(grow("a", 1).response.results[0].error_code, error_code::invalid_partitions);
    EXPECT_EQ(grow("a", -1).response.results[0].error_code, error_code::invalid_partitions);
    EXPECT_EQ(grow("x", 4).response.results[0].error_code, error_code::unknown_topic_or_partition);
    EXPECT_EQ(grow("a", 5, true).records.size(), 0U);
    EXPECT_EQ(grow("a", 5).records.size(), 3U);
    EXPECT_EQ(core_.image().topic("a")->partitions.size(), 5U);
    EXPECT_EQ(grow("a", 1000).response.results[0].error_code, error_code::policy_violation);
}

TEST_F(controllers, a_topic_without_partitions_cannot_grow) {
    protocol::topic_record record;
    record.name = "empty";
    record.topic_id = {.high = 5, .low = 5};
    ASSERT_TRUE(core_.replay(record).has_value());
    EXPECT_EQ(grow("empty", 1).response.results[0].error_code, error_code::unknown_server_error);
}

TEST_F(controllers, a_topic_whose_stored_partition_has_no_replicas_can_grow) {
    protocol::topic_record record;
    record.name = "bare";
    record.topic_id = {.high = 5, .low = 5};
    ASSERT_TRUE(core_.replay(record).has_value());
    protocol::partition_record partition;
    partition.topic_id = record.topic_id;
    partition.partition_id = partition_index(0);
    ASSERT_TRUE(core_.replay(partition).has_value());
    EXPECT_EQ(grow("bare", 2).response.results[0].error_code, error_code::none);
}

TEST_F(controllers, a_deleted_topic_is_gone_with_its_configs) {
    auto wanted = topic("a");
    wanted.configs.emplace_back();
    wanted.configs[0].name = "retention.ms";
    wanted.configs[0].value = "5";
    create({wanted});
    const auto id = core_.image().topic("a")->id;
    delete_topics_request request;
    request.topics.resize(3);
    request.topics[0].topic_id = id;
    request.topics[1].name = "a";
    request.topics[2].name = "a";
    request.topics[2].topic_id = id;
    const auto plan = core_.delete_topics(request);
    ASSERT_EQ(plan.response.responses.size(), 3U);
    EXPECT_EQ(plan.response.responses[0].error_code, error_code::none);
    EXPECT_EQ(plan.response.responses[0].name, "a");
    EXPECT_EQ(plan.response.responses[1].error_code, error_code::unknown_topic_or_partition);
    EXPECT_EQ(plan.response.responses[2].error_code, error_code::invalid_request);
    EXPECT_EQ(plan.records.size(), 1U);
    EXPECT_EQ(core_.image().partition_count(), 0U);
    create({topic("a")});
    EXPECT_TRUE(core_.image().configs({.name = "a"}).empty());
    EXPECT_NE(core_.image().topic("a")->id, id);
}

TEST_F(controllers, a_broker_that_comes_back_leads_in_a_later_epoch) {
    create({topic("a", 1)});
    EXPECT_EQ(core_.image().topic("a")->partitions[0].leader_epoch, leader_epoch(0));
    core_.register_broker({.id = node_id(1), .epoch = 9}, {.high = 1, .low = 2});
    EXPECT_EQ(core_.image().topic("a")->partitions[0].leader_epoch, leader_epoch(1));
    EXPECT_EQ(core_.image().brokers().at(node_id(1)).epoch, 9);
}

TEST_F(controllers, blocks_of_producer_ids_do_not_overlap) {
    const auto first = core_.allocate_producer_ids(node_id(1));
    const auto second = core_.allocate_producer_ids(node_id(1));
    EXPECT_EQ(second.first, first.first + first.count);
    EXPECT_EQ(core_.image().next_producer_id(), second.first + second.count);
}

TEST_F(controllers, producer_ids_may_run_out) {
    protocol::producer_ids_record record;
    record.next_producer_id = producer_id(std::numeric_limits<std::int64_t>::max() - 999);
    ASSERT_TRUE(core_.replay(record).has_value());
    const auto block = core_.allocate_producer_ids(node_id(1));
    EXPECT_EQ(block.error, error_code::unknown_server_error);
    EXPECT_TRUE(block.records.empty());
}

}  // namespace
}  // namespace weir::broker::controller
