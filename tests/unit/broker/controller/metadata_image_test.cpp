// Goal: an image is what the records say, damaged ones change nothing, and a copy stays as it was.
// Method: records by hand.
#include "broker/controller/core/metadata_image.hpp"

#include <gtest/gtest.h>

namespace weir::broker::controller {
namespace {

constexpr topic_id first_id{.high = 1, .low = 1};
constexpr topic_id second_id{.high = 2, .low = 2};

protocol::topic_record topic(const std::string& name, const topic_id& id) {
    protocol::topic_record record;
    record.name = name;
    record.topic_id = id;
    return record;
}

protocol::partition_record partition(const topic_id& id, std::int32_t index) {
    protocol::partition_record record;
    record.topic_id = id;
    record.partition_id = partition_index(index);
    record.replicas = record.isr = {node_id(1)};
    record.leader = node_id(1);
    record.leader_epoch = leader_epoch(0);
    return record;
}

TEST(metadata_image, a_topic_comes_once_by_name_and_by_id) {
    metadata_image image;
    image.apply(topic("a", first_id));
    image.apply(partition(first_id, 0));
    for (const auto& again : {topic("a", second_id), topic("b", first_id)}) {
        EXPECT_FALSE(image.fits(again));
        image.apply(again);
    }
    EXPECT_EQ(image.topic_count(), 1U);
    EXPECT_EQ(image.partition_count(), 1U);
    EXPECT_EQ(image.topic("a")->partitions.size(), 1U);
    EXPECT_EQ(image.topic("b"), nullptr);
}

// One damaged number must not make a topic of two billion partitions.
TEST(metadata_image, partitions_come_in_order) {
    metadata_image image;
    image.apply(topic("a", first_id));
    for (const auto index : {1, -1, 2'147'483'647}) {
        EXPECT_FALSE(image.fits(partition(first_id, index)));
        image.apply(partition(first_id, index));
    }
    EXPECT_EQ(image.partition_count(), 0U);
    image.apply(partition(first_id, 0));
    image.apply(partition(first_id, 1));
    image.apply(partition(first_id, 0));
    EXPECT_EQ(image.partition_count(), 2U);
    EXPECT_EQ(image.partition(first_id, partition_index(2)), nullptr);
    EXPECT_EQ(image.partition(first_id, partition_index(-1)), nullptr);
}

TEST(metadata_image, a_copy_does_not_see_later_changes) {
    metadata_image image;
    image.apply(topic("a.b", first_id));
    image.apply(partition(first_id, 0));
    const auto before = image;
    protocol::partition_change_record change;
    change.topic_id = first_id;
    change.partition_id = partition_index(0);
    change.leader = node_id(1);
    image.apply(change);
    image.apply(partition(first_id, 1));
    protocol::config_record config;
    config.resource_type = 2;
    config.resource_name = "a.b";
    config.name = "x";
    config.value = "1";
    image.apply(config);
    EXPECT_EQ(image.topic("a.b")->partitions[0].leader_epoch, leader_epoch(1));
    EXPECT_EQ(before.topic("a.b")->partitions[0].leader_epoch, leader_epoch(0));
    EXPECT_EQ(before.topic("a.b")->partitions.size(), 1U);
    EXPECT_TRUE(before.configs({.name = "a.b"}).empty());
    EXPECT_EQ(image.configs({.name = "a.b"}).size(), 1U);
    EXPECT_EQ(before.colliding_topic("a_b")->name, "a.b");
}

TEST(metadata_image, epochs_of_a_damaged_record_may_be_the_largest) {
    metadata_image image;
    image.apply(topic("a", first_id));
    auto last = partition(first_id, 0);
    last.partition_epoch = std::numeric_limits<std::int32_t>::max();
    last.leader_epoch = leader_epoch(last.partition_epoch);
    image.apply(last);
    protocol::partition_change_record change;
    change.topic_id = first_id;
    change.partition_id = partition_index(0);
    change.leader = node_id(1);
    image.apply(change);
    EXPECT_LT(image.topic("a")->partitions[0].partition_epoch, 0);
}

TEST(metadata_image, a_removed_topic_leaves_nothing) {
    metadata_image image;
    image.apply(topic("a.b", first_id));
    image.apply(partition(first_id, 0));
    protocol::remove_topic_record removal;
    removal.topic_id = first_id;
    image.apply(removal);
    image.apply(removal);
    EXPECT_EQ(image.topic_count(), 0U);
    EXPECT_EQ(image.partition_count(), 0U);
    EXPECT_EQ(image.colliding_topic("a_b"), nullptr);
    EXPECT_TRUE(image.fits(topic("a.b", second_id)));
}

TEST(metadata_records, every_kind_is_written_and_read_again) {
    protocol::register_broker_record broker;
    broker.broker_id = node_id(3);
    broker.rack = "r";
    for (const metadata_record& each :
         {metadata_record(broker), metadata_record(topic("a", first_id)),
          metadata_record(partition(first_id, 4))}) {
        const auto value = encode_metadata_record(each);
        const auto read = decode_metadata_record(value);
        ASSERT_TRUE(read.has_value());
        EXPECT_TRUE(*read == each);
    }
}

TEST(metadata_records, damage_is_told_in_words) {
    auto value = encode_metadata_record(topic("a", first_id));
    value.pop_back();
    EXPECT_EQ(decode_metadata_record(value).error(), "metadata record type 2 is damaged");
    value[0] = std::byte{9};
    EXPECT_EQ(decode_metadata_record(value).error(), "metadata record has an unknown frame");
    const auto unknown = base::to_bytes(std::string_view("\1\177\0", 3));
    EXPECT_EQ(decode_metadata_record(unknown).error(), "metadata record type 127 is not known");
    const auto newer = base::to_bytes(std::string_view("\1\2\11", 3));
    EXPECT_EQ(decode_metadata_record(newer).error(),
              "metadata record type 2 has unknown version 9");
    EXPECT_FALSE(decode_metadata_record({}).has_value());
}

}  // namespace
}  // namespace weir::broker::controller
