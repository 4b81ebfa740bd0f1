// Goal: expressions for names of topics match as Java's do. Method: those that users write.
#include "cli/tools/pattern.hpp"

#include <gtest/gtest.h>

namespace weir::cli::tools {
namespace {

bool matches(std::string_view expression, std::string_view name) {
    const auto compiled = pattern::compile_topics(expression);
    EXPECT_TRUE(compiled) << expression;
    return compiled && compiled->matches(name);
}

TEST(pattern, matches_the_whole_name) {
    EXPECT_TRUE(matches("orders", "orders"));
    EXPECT_FALSE(matches("orders", "orders-2"));
    EXPECT_TRUE(matches("orders.*", "orders-2"));
    EXPECT_TRUE(matches("test\\.topic", "test.topic"));
    EXPECT_FALSE(matches("test\\.topic", "test-topic"));
}

TEST(pattern, takes_commas_for_alternatives_and_drops_quotes_and_blanks) {
    EXPECT_TRUE(matches("a, b", "b"));
    EXPECT_TRUE(matches("\"a|b\"", "a"));
    EXPECT_FALSE(matches("a,b", "a,b"));
}

TEST(pattern, knows_what_java_knows_of_looking_ahead_and_of_case) {
    EXPECT_TRUE(matches("(?!__).*", "orders"));
    EXPECT_FALSE(matches("(?!__).*", "__consumer_offsets"));
    EXPECT_TRUE(matches("(?i)ORDERS", "orders"));
}

TEST(pattern, is_refused_in_the_words_of_kafka) {
    const auto wrong = pattern::compile_topics("[");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message, "[ is an invalid regex.");
}

}  // namespace
}  // namespace weir::cli::tools
