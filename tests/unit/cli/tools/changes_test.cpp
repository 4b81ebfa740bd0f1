// Goal: --add-config and --delete-config mean what they mean to Kafka's tool. Method: its own
// examples, and what lies between them.
#include "cli/tools/entities/changes.hpp"

#include <gtest/gtest.h>

namespace weir::cli::tools::entities {
namespace {

using pairs = std::map<std::string, std::string>;

TEST(changes, are_pairs_between_commas) {
    EXPECT_EQ(parse_pairs("a=1,b=2"), (pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(parse_pairs(" a = 1 , b = 2 "), (pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(parse_pairs("a=1,"), (pairs{{"a", "1"}}));
}

TEST(changes, may_have_an_empty_value) {
    EXPECT_EQ(parse_pairs("a="), (pairs{{"a", ""}}));
}

TEST(changes, keep_together_what_stands_in_brackets) {
    EXPECT_EQ(parse_pairs("k1=v1,k2=[v1,v2,v2],k3=v3"),
              (pairs{{"k1", "v1"}, {"k2", "v1,v2,v2"}, {"k3", "v3"}}));
    EXPECT_EQ(parse_pairs("SCRAM-SHA-256=[iterations=8192,password=p]"),
              (pairs{{"SCRAM-SHA-256", "iterations=8192,password=p"}}));
}

TEST(changes, are_refused_when_they_are_no_pairs) {
    for (const auto* text : {"a", "a=1,b", "a=1=2", ""}) {
        const auto parsed = parse_pairs(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_TRUE(parsed.error().message.starts_with(
            "requirement failed: Invalid entity config: all configs to be added must be in"));
    }
}

}  // namespace
}  // namespace weir::cli::tools::entities
