// Goal: feature levels go up and down as Kafka lets them, and leaders are elected by its rules.
// Method: requests go into the pure core; records, answers and the image come out.
#include "broker/controller/core/features.hpp"

#include <gtest/gtest.h>

#include "broker/controller/core/controller_core.hpp"

namespace weir::broker::controller {
namespace {

class features : public testing::Test {
  protected:
    struct wish {
        std::string name;
        std::int16_t level = 0;
        feature_change type = feature_change::upgrade;
    };
    features() : core_({.self = node_id(7)}, 1) { core_.initial_features(); }

    auto update(const std::vector<wish>& wishes, bool validate_only = false) {
        protocol::update_features_request request;
        request.validate_only = validate_only;
        for (const auto& [name, level, type] : wishes) {
            auto& each = request.feature_updates.emplace_back();
            each.feature = name;
            each.max_version_level = level;
            each.upgrade_type = static_cast<std::int8_t>(type);
        }
        return core_.update_features(request);
    }
    // What is said of an update that is refused; empty: it was done.
    std::string refusal(const wish& wanted) {
        const auto plan = update({wanted});
        EXPECT_EQ(plan.response.error_code == error_code::none, !plan.response.error_message);
        return plan.response.error_message.value_or("");
    }
    std::int16_t level(std::string_view name) const { return core_.image().feature_level(name); }

    controller_core core_;
};

TEST_F(features, a_new_cluster_has_the_newest_levels) {
    EXPECT_EQ(level("metadata.version"), 30);
    EXPECT_EQ(level("transaction.version"), 2);
    EXPECT_EQ(level("kraft.version"), 0);
}

TEST_F(features, a_level_goes_down_only_when_that_is_said) {
    EXPECT_NE(refusal({"transaction.version", 1}).find("without setting the upgrade type"),
              std::string::npos);
    EXPECT_EQ(level("transaction.version"), 2);
    EXPECT_EQ(refusal({"transaction.version", 0, feature_change::safe_downgrade}), "");
    EXPECT_EQ(level("transaction.version"), 0);
    EXPECT_FALSE(core_.image().features().contains("transaction.version"));
    EXPECT_NE(
        refusal({"transaction.version", 1, feature_change::unsafe_downgrade}).find("to a newer"),
        std::string::npos);
    EXPECT_EQ(refusal({"transaction.version", 2}), "");
    EXPECT_EQ(level("transaction.version"), 2);
}

TEST_F(features, what_is_not_supported_is_refused_by_name) {
    EXPECT_EQ(refusal({"transaction.version", 3}),
              "The update failed for all features since the following feature had an error: "
              "Invalid update version 3 for feature transaction.version. Local controller 7 only "
              "supports versions 0-2");
    EXPECT_NE(refusal({"no.such", 1}).find("does not support this feature"), std::string::npos);
    EXPECT_NE(refusal({"no.such", 0}).find("Feature no.such not found."), std::string::npos);
    EXPECT_NE(refusal({"kraft.version", 1}).find("does not support"), std::string::npos);
    EXPECT_NE(refusal({"transaction.version", -1}).find("less than 0"), std::string::npos);
    EXPECT_NE(refusal({"transaction.version", 2, static_cast<feature_change>(9)}).find("type"),
              std::string::npos);
}

TEST_F(features, metadata_never_goes_back_over_a_change_of_what_is_stored) {
    const auto safe = refusal({"metadata.version", 29, feature_change::safe_downgrade});
    EXPECT_NE(safe.find("might delete metadata"), std::string::npos);
    const auto forced = refusal({"metadata.version", 29, feature_change::unsafe_downgrade});
    EXPECT_NE(forced.find("Unsafe metadata downgrade is not supported"), std::string::npos);
    controller_core older({.self = node_id(1)}, 1);
    protocol::feature_level_record record;
    record.name = "metadata.version";
    record.feature_level = 29;
    ASSERT_TRUE(older.replay(record));
    const auto check = [&](std::int16_t level, feature_change type) {
        return check_feature_update(
                   older.image(), node_id(1),
                   {.name = record.name, .level = level, .type = static_cast<std::int8_t>(type)})
            .has_value();
    };
    EXPECT_TRUE(check(23, feature_change::safe_downgrade));
    EXPECT_FALSE(check(22, feature_change::safe_downgrade));
    EXPECT_TRUE(check(30, feature_change::upgrade));
}

TEST_F(features, all_of_a_request_or_none) {
    const auto refused =
        update({{"transaction.version", 0, feature_change::safe_downgrade}, {"no.such", 1}});
    EXPECT_EQ(refused.response.error_code, error_code::invalid_update_version);
    EXPECT_TRUE(refused.records.empty() && refused.response.results.empty());
    EXPECT_EQ(level("transaction.version"), 2);
    const auto dry = update({{"transaction.version", 0, feature_change::safe_downgrade}}, true);
    EXPECT_EQ(dry.response.error_code, error_code::none);
    EXPECT_TRUE(dry.records.empty());
    EXPECT_EQ(level("transaction.version"), 2);
    EXPECT_EQ(update({{"transaction.version", 2}, {"metadata.version", 30}}).records.size(), 2);
}

class elections : public testing::Test {
  protected:
    elections() : core_({}, 1) {
        core_.register_broker({.id = node_id(1), .epoch = 0}, {.high = 1, .low = 1});
        core_.register_broker({.id = node_id(2), .epoch = 0}, {.high = 1, .low = 2});
        protocol::create_topics_request request;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.num_partitions = topic.replication_factor = -1;
        auto& assignment = topic.assignments.emplace_back();
        assignment.partition_index = partition_index(0);
        assignment.broker_ids = {node_id(1), node_id(2)};
        EXPECT_EQ(core_.create_topics(request).response.topics[0].error_code, error_code::none);
    }
    const partition_image& partition() const {
        return core_.image().topic(std::string("t"))->partitions[0];
    }
    void replay(node_id leader, std::optional<std::vector<node_id>> isr = {}) {
        protocol::partition_change_record record;
        record.topic_id = core_.image().topic(std::string("t"))->id;
        record.partition_id = partition_index(0);
        record.leader = leader;
        if (isr) record.isr = std::move(isr);
        ASSERT_TRUE(core_.replay(record));
    }
    void fence(node_id broker) {
        protocol::broker_registration_change_record record;
        record.broker_id = broker;
        record.fenced = 1;
        ASSERT_TRUE(core_.replay(record));
    }
    error_code elect(std::int8_t type) {
        protocol::elect_leaders_request request;
        request.election_type = type;
        request.topic_partitions.emplace();
        auto& topic = request.topic_partitions->emplace_back();
        topic.topic = "t";
        topic.partitions = {partition_index(0)};
        const auto plan = core_.elect_leaders(request);
        return plan.response.replica_election_results[0].partition_result[0].error_code;
    }
    static constexpr std::int8_t preferred = 0;
    static constexpr std::int8_t unclean = 1;

    controller_core core_;
};

TEST_F(elections, the_preferred_replica_leads_again_when_it_is_in_sync) {
    EXPECT_EQ(elect(preferred), error_code::election_not_needed);
    replay(node_id(2));
    const auto epoch = partition().leader_epoch;
    EXPECT_EQ(elect(preferred), error_code::none);
    EXPECT_EQ(partition().leader, node_id(1));
    EXPECT_GT(partition().leader_epoch, epoch);
    replay(node_id(2), std::vector<node_id>{node_id(2)});
    EXPECT_EQ(elect(preferred), error_code::preferred_leader_not_available);
}

TEST_F(elections, without_a_leader_any_replica_that_lives_is_taken) {
    EXPECT_EQ(elect(unclean), error_code::election_not_needed);
    replay(no_node, std::vector<node_id>{node_id(2)});
    fence(node_id(2));
    EXPECT_EQ(elect(unclean), error_code::none);
    EXPECT_EQ(partition().leader, node_id(1));
    EXPECT_EQ(partition().isr, std::vector<node_id>{node_id(1)});
    replay(no_node);
    fence(node_id(1));
    EXPECT_EQ(elect(unclean), error_code::eligible_leaders_not_available);
}

TEST_F(elections, of_all_partitions_those_are_told_that_needed_one) {
    protocol::elect_leaders_request request;
    request.topic_partitions.reset();
    auto plan = core_.elect_leaders(request);
    ASSERT_EQ(plan.response.replica_election_results.size(), 1);
    EXPECT_TRUE(plan.response.replica_election_results[0].partition_result.empty());
    replay(node_id(2));
    plan = core_.elect_leaders(request);
    EXPECT_EQ(plan.response.replica_election_results[0].partition_result.size(), 1);
    EXPECT_EQ(plan.records.size(), 1);
}

}  // namespace
}  // namespace weir::broker::controller
