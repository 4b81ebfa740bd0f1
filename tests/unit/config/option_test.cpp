// Goal: the option tables agree with themselves, and values are judged by them.
// Method: every row of both tables; then values at and beyond the bounds of each kind.
#include <gtest/gtest.h>

#include <set>

#include "config/option.hpp"

namespace weir::config {
namespace {

TEST(option_tables, every_default_is_a_value_that_the_option_takes) {
    for (const auto table : {broker_options(), topic_options()}) {
        for (const auto& each : table) {
            if (!each.initial) continue;
            const auto reason = check_value(each, *each.initial);
            EXPECT_FALSE(reason) << each.name << ": " << *reason;
        }
    }
}

TEST(option_tables, no_name_stands_twice) {
    for (const auto table : {broker_options(), topic_options()}) {
        std::set<std::string_view> names;
        for (const auto& each : table)
            EXPECT_TRUE(names.insert(each.name).second) << each.name;
    }
}

TEST(option_tables, what_is_served_says_what_it_does) {
    for (const auto& each : broker_options()) {
        if (each.use == standing::served) EXPECT_FALSE(each.text.empty()) << each.name;
    }
}

TEST(option_tables, the_broker_option_behind_a_topic_option_exists) {
    for (const auto& each : topic_options()) {
        if (each.synonym.empty()) continue;
        const auto* behind = find_option(broker_options(), each.synonym);
        ASSERT_NE(behind, nullptr) << each.name;
        EXPECT_EQ(behind->initial.value_or(*each.initial), *each.initial) << each.name;
    }
}

const option& broker_option(std::string_view name) {
    return *find_option(broker_options(), name);
}

TEST(check_value, integers_have_their_width_and_bounds) {
    const auto& partitions = broker_option("num.partitions");
    EXPECT_FALSE(check_value(partitions, "1"));
    EXPECT_FALSE(check_value(partitions, "2147483647"));
    for (const auto* bad : {"0", "-1", "2147483648", "1.5", "1 ", "", "0x10", "+1"})
        EXPECT_TRUE(check_value(partitions, bad)) << bad;
    EXPECT_FALSE(check_value(broker_option("log.retention.ms"), "9223372036854775807"));
    EXPECT_TRUE(check_value(broker_option("log.retention.ms"), "9223372036854775808"));
}

TEST(check_value, a_range_and_single_values_may_stand_side_by_side) {
    const auto& level = broker_option("compression.gzip.level");
    EXPECT_FALSE(check_value(level, "-1"));
    EXPECT_FALSE(check_value(level, "9"));
    EXPECT_TRUE(check_value(level, "0"));
    EXPECT_TRUE(check_value(level, "10"));
}

TEST(check_value, truths_words_and_lists_are_compared_exactly) {
    EXPECT_TRUE(check_value(broker_option("auto.create.topics.enable"), "True"));
    EXPECT_FALSE(check_value(broker_option("weir.flush"), "os"));
    EXPECT_TRUE(check_value(broker_option("weir.flush"), "fsync"));
    EXPECT_FALSE(check_value(broker_option("process.roles"), "broker, controller"));
    EXPECT_TRUE(check_value(broker_option("process.roles"), "broker,worker"));
}

TEST(check_value, numbers_have_bounds_too) {
    const auto& ratio = *find_option(topic_options(), "min.cleanable.dirty.ratio");
    EXPECT_FALSE(check_value(ratio, "0.5"));
    EXPECT_FALSE(check_value(ratio, "1"));
    EXPECT_TRUE(check_value(ratio, "1.01"));
    EXPECT_TRUE(check_value(ratio, "half"));
    EXPECT_TRUE(check_value(ratio, "nan"));
}

TEST(nearest_name, suggests_only_what_is_near) {
    EXPECT_EQ(nearest_name(broker_options(), "num.partition"), "num.partitions");
    EXPECT_EQ(nearest_name(broker_options(), "lisseners"), "listeners");
    EXPECT_EQ(nearest_name(broker_options(), "something.else.altogether"), "");
    EXPECT_EQ(nearest_name({}, "listeners"), "");
}

}  // namespace
}  // namespace weir::config
