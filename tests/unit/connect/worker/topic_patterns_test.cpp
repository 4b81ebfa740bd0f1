// Goal: patterns match what file names would, and nothing internal by accident. Method: the
// subscriptions they become.
#include "connect/worker/topic_patterns.hpp"

#include <gtest/gtest.h>

namespace weir::connect::worker {
namespace {

TEST(topic_patterns, leave_names_as_they_are) {
    const auto made = subscription_of({"a.b", "__consumer_offsets"}, "dlq");
    EXPECT_EQ(made.topics, (std::vector<std::string>{"a.b", "__consumer_offsets"}));
    EXPECT_EQ(made.hidden, "");
}

TEST(topic_patterns, become_regular_expressions_that_hide_internal_topics) {
    const auto made = subscription_of({"logs.*", "x?"}, "sink.dlq");
    EXPECT_EQ(made.topics, (std::vector<std::string>{"^logs\\..*$", "^x.$"}));
    EXPECT_EQ(made.hidden, "^__,^connect-offsets$,^sink\\.dlq$");
}

TEST(topic_patterns, do_not_hide_what_is_named) {
    const auto made = subscription_of({"*", "connect-offsets"}, "");
    EXPECT_EQ(made.hidden, "^__");
}

}  // namespace
}  // namespace weir::connect::worker
