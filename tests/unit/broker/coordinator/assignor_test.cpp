// Goal: assignments are complete, balanced and sticky, as Kafka's assignors make them.
// Method: known cases; and random groups, whose properties are checked.
#include "broker/coordinator/group/core/assignor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.hpp"

namespace weir::broker::coordinator::group {
namespace {

constexpr topic_id t1{.high = 0, .low = 1};
constexpr topic_id t2{.high = 0, .low = 2};

partition_set range(int from, int to) {
    partition_set set;
    for (int at = from; at < to; ++at)
        set.insert(partition_index(at));
    return set;
}

std::size_t size_of(const partition_map& partitions) {
    std::size_t size = 0;
    for (const auto& [topic, of_topic] : partitions)
        size += of_topic.size();
    return size;
}

assignor_input input_of(std::map<topic_id, std::int32_t> topics,
                        const std::vector<std::string>& members) {
    assignor_input input{.partitions = std::move(topics)};
    for (const auto& id : members) {
        auto& member = input.members[id];
        for (const auto& [topic, count] : input.partitions)
            member.topics.insert(topic);
    }
    return input;
}

// The next assignment starts from this one.
void adopt(assignor_input& input, const group_assignment& given) {
    for (auto& [id, member] : input.members) {
        const auto found = given.find(id);
        member.target = found == given.end() ? partition_map{} : found->second;
    }
}

// How many partitions have another member than before.
std::size_t moved(const group_assignment& before, const group_assignment& after) {
    std::size_t count = 0;
    for (const auto& [id, partitions] : before) {
        for (const auto& [topic, of_topic] : partitions) {
            for (const auto each : of_topic) {
                const auto now = after.find(id);
                const bool kept = now != after.end() && now->second.contains(topic) &&
                                  now->second.at(topic).contains(each);
                if (!kept) ++count;
            }
        }
    }
    return count;
}

// Each partition has one member, which subscribes to it.
void expect_complete(const assignor_input& input, const group_assignment& given) {
    partition_map seen;
    for (const auto& [id, partitions] : given) {
        for (const auto& [topic, of_topic] : partitions) {
            EXPECT_TRUE(input.members.at(id).topics.contains(topic));
            EXPECT_FALSE(of_topic.empty());
            for (const auto each : of_topic)
                EXPECT_TRUE(seen[topic].insert(each).second);
        }
    }
    for (const auto& [topic, count] : input.partitions) {
        const bool wanted = std::ranges::any_of(
            input.members, [&](const auto& each) { return each.second.topics.contains(topic); });
        if (wanted) EXPECT_EQ(seen[topic], range(0, count));
    }
}

TEST(range_assignor, gives_ranges_in_one_order) {
    const auto given = assign_range(input_of({{t1, 5}, {t2, 3}}, {"a", "b"}));
    EXPECT_EQ(given.at("a"), (partition_map{{t1, range(0, 3)}, {t2, range(0, 2)}}));
    EXPECT_EQ(given.at("b"), (partition_map{{t1, range(3, 5)}, {t2, range(2, 3)}}));
}

TEST(range_assignor, static_members_come_first_by_instance_id) {
    auto input = input_of({{t1, 3}}, {"a", "b", "c"});
    input.members["c"].instance_id = "one";
    input.members["b"].instance_id = "two";
    const auto given = assign_range(input);
    EXPECT_EQ(given.at("c"), (partition_map{{t1, range(0, 1)}}));
    EXPECT_EQ(given.at("b"), (partition_map{{t1, range(1, 2)}}));
    EXPECT_EQ(given.at("a"), (partition_map{{t1, range(2, 3)}}));
}

TEST(range_assignor, more_members_than_partitions_leave_some_idle) {
    const auto given = assign_range(input_of({{t1, 1}}, {"a", "b"}));
    EXPECT_EQ(size_of(given.at("a")), 1U);
    EXPECT_TRUE(given.at("b").empty());
}

TEST(uniform_assignor, is_even_and_keeps_what_it_can) {
    auto input = input_of({{t1, 3}, {t2, 3}}, {"a", "b"});
    const auto first = assign_uniform(input);
    expect_complete(input, first);
    EXPECT_EQ(size_of(first.at("a")), 3U);
    adopt(input, first);
    EXPECT_EQ(assign_uniform(input), first);
    input.members["c"].topics = {t1, t2};
    const auto second = assign_uniform(input);
    expect_complete(input, second);
    EXPECT_EQ(size_of(second.at("c")), 2U);
    EXPECT_EQ(moved(first, second), 2U);
}

TEST(uniform_assignor, who_subscribes_to_more_helps_where_others_cannot) {
    auto input = input_of({{t1, 4}, {t2, 4}}, {"a", "b"});
    input.members["a"].topics = {t1};
    const auto given = assign_uniform(input);
    expect_complete(input, given);
    EXPECT_EQ(size_of(given.at("a")), 4U);
    EXPECT_EQ(given.at("b"), (partition_map{{t2, range(0, 4)}}));
}

TEST(uniform_assignor, no_topics_and_no_members_are_fine) {
    EXPECT_TRUE(assign_uniform({}).empty());
    EXPECT_TRUE(assign_range({}).empty());
    EXPECT_TRUE(assign_uniform(input_of({}, {"a"})).at("a").empty());
}

assignor_input random_input(base::prng& random, bool same_topics) {
    assignor_input input;
    const auto topics = 1 + random.below(5);
    for (std::uint64_t at = 0; at < topics; ++at) {
        input.partitions[{.high = 9, .low = at}] = static_cast<std::int32_t>(1 + random.below(12));
    }
    const auto members = 1 + random.below(7);
    for (std::uint64_t at = 0; at < members; ++at) {
        auto& member = input.members["m" + std::to_string(at)];
        for (const auto& [topic, count] : input.partitions) {
            if (same_topics || random.below(2) == 0) member.topics.insert(topic);
        }
    }
    return input;
}

// No partition could go from a member to one that has two less.
bool is_balanced(const assignor_input& input, const group_assignment& given) {
    for (const auto& [id, partitions] : given) {
        for (const auto& [topic, of_topic] : partitions) {
            for (const auto& [other, member] : input.members) {
                if (!member.topics.contains(topic)) continue;
                if (size_of(partitions) > size_of(given.at(other)) + 1) return false;
            }
        }
    }
    return true;
}

TEST(assignors, random_groups_are_served_completely_and_evenly) {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        SCOPED_TRACE(seed);
        base::prng random(seed);
        auto input = random_input(random, seed % 2 == 0);
        expect_complete(input, assign_range(input));
        for (int change = 0; change < 4; ++change) {
            const auto given = assign_uniform(input);
            expect_complete(input, given);
            EXPECT_TRUE(is_balanced(input, given));
            adopt(input, given);
            // Nothing changed: nothing moves.
            EXPECT_EQ(assign_uniform(input), given);
            const auto id = "m" + std::to_string(random.below(8));
            if (!input.members.erase(id)) {
                input.members[id].topics.insert(input.partitions.begin()->first);
            }
            if (input.members.empty()) break;
        }
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace weir::broker::coordinator::group
