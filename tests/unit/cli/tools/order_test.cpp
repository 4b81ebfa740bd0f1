// Goal: what is printed in the order of a map or set of Java and Scala, and Java's numbers, look
// the same here. Method: what the JVM itself prints for the same content.
#include <gtest/gtest.h>

#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/scala_set.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::java {
namespace {

using names = std::vector<std::string>;

TEST(order, of_a_map_with_room_for_its_entries_is_that_of_java) {
    names topics = {"orders", "payments", "a.b",   "__consumer_offsets",
                    "t",      "topic-17", "x_y",   "zzz",
                    "one",    "two",      "three", "four",
                    "five",   "six"};
    const auto capacity = capacity_for(topics.size(), topics.size());
    sort_as_hash_map(topics, [](const std::string& each) { return hash_of(each); }, capacity);
    EXPECT_EQ(topics, (names{"six", "payments", "one", "two", "three", "x_y", "a.b", "t",
                             "topic-17", "four", "orders", "zzz", "five", "__consumer_offsets"}));
}

TEST(order, of_a_set_is_that_of_scala) {
    names few = {"group-3", "group-1", "group-4", "group-2"};
    sort_as_scala_set(few);
    EXPECT_EQ(few, (names{"group-3", "group-1", "group-4", "group-2"}));
    names many;
    for (int index = 0; index < 12; ++index)
        many.push_back("group-" + std::to_string(index));
    sort_as_scala_set(many);
    EXPECT_EQ(many, (names{"group-2", "group-9", "group-5", "group-10", "group-0", "group-4",
                           "group-7", "group-11", "group-3", "group-8", "group-1", "group-6"}));
}

TEST(double_text, is_that_of_java) {
    std::string text;
    for (const double each : {0.0, 1.0, 2.5, 1000.0, 9999999.0, 1e7, 1e8, 123456789.5, 0.001,
                              0.0009, 1.5e-10, -3e20, 1e100})
        text += double_text(each) + " ";
    EXPECT_EQ(text,
              "0.0 1.0 2.5 1000.0 9999999.0 1.0E7 1.0E8 1.234567895E8 0.001 9.0E-4 1.5E-10 -3.0E20 "
              "1.0E100 ");
}

}  // namespace
}  // namespace weir::cli::tools::java
