// Goal: offsets that one tool exported the other imports. Method: lines as Jackson writes them, and
// back.
#include <gtest/gtest.h>

#include "cli/tools/group_admin/offset_csv.hpp"

namespace weir::cli::tools::group_admin {
namespace {

TEST(offset_csv, texts_are_quoted_as_jackson_does) {
    EXPECT_EQ(to_csv({"", {"orders", 3}, 42}), "orders,3,42\n");
    EXPECT_EQ(to_csv({"a group", {"orders", 3}, 42}), "\"a group\",orders,3,42\n");
    EXPECT_EQ(to_csv({"g\"1", {"t", 0}, 1}), "\"g\"\"1\",t,0,1\n");
    EXPECT_EQ(to_csv({"", {"a-topic-with-24-letters-", 0}, 1}), "a-topic-with-24-letters-,0,1\n");
    EXPECT_EQ(to_csv({"", {"a-topic-with-25-letters--", 0}, 1}),
              "\"a-topic-with-25-letters--\",0,1\n");
}

TEST(offset_csv, lines_are_read_with_a_group_or_without) {
    const auto of_one = parse_csv("orders,0,5\n\"other\",1,6\norders,0,7\n", "g");
    ASSERT_TRUE(of_one.has_value());
    ASSERT_EQ(of_one->size(), 1U);
    const auto& plan = of_one->at("g");
    ASSERT_EQ(plan.size(), 2U);
    for (const auto& [which, offset] : plan)
        EXPECT_EQ(offset, which.topic == "orders" ? 7 : 6);
    const auto of_many = parse_csv("\"g,1\",orders,0,5\r\nh,orders,0,6", std::nullopt);
    ASSERT_TRUE(of_many.has_value());
    EXPECT_EQ(of_many->at("g,1")[0].second, 5);
    EXPECT_EQ(of_many->at("h")[0].second, 6);
}

TEST(offset_csv, a_line_that_is_none_is_refused) {
    EXPECT_FALSE(parse_csv("orders,0\n", "g").has_value());
    EXPECT_FALSE(parse_csv("orders,first,5\n", "g").has_value());
    EXPECT_FALSE(parse_csv("orders,0,5\n", std::nullopt).has_value());
}

}  // namespace
}  // namespace weir::cli::tools::group_admin
