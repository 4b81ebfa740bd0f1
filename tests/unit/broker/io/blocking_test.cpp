// Goal: a blocking thread does what it is given, in order, and finishes it before it goes.
// Method: calls that note their numbers.
#include "broker/io/blocking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

namespace weir::broker::io {
namespace {

TEST(blocking_thread, works_in_the_order_of_posting_and_finishes_before_it_ends) {
    std::vector<int> seen;
    {
        blocking_thread thread("a name that is longer than the kernel keeps");
        for (int number = 0; number < 1000; ++number)
            thread.post([&seen, number] { seen.push_back(number); });
    }
    ASSERT_EQ(seen.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(blocking_thread, a_call_may_post_another) {
    std::promise<int> done;
    auto result = done.get_future();
    blocking_thread thread("t");
    thread.post([&] { thread.post([&] { done.set_value(1); }); });
    ASSERT_EQ(result.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(result.get(), 1);
}

TEST(blocking_thread, destroys_a_call_when_it_is_done) {
    auto token = std::make_shared<int>(1);
    blocking_thread thread("t");
    std::promise<void> done;
    auto result = done.get_future();
    thread.post([token] {});
    thread.post([&] { done.set_value(); });
    ASSERT_EQ(result.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace weir::broker::io
