// Goal: waiting ends by a notification or by its deadline, once, and in the order of waiting.
// Method: coroutines that wait, on a shard whose time the test moves.
#include "broker/io/condition.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_shard.hpp"

namespace weir::broker::io {
namespace {

using namespace std::chrono_literals;

class conditions : public testing::Test {
  protected:
    task<void> wait(char name) {
        co_await changed_.wait();
        trace_ += name;
    }
    task<void> wait_twice() {
        co_await wait('1');
        co_await wait('2');
    }
    task<void> wait_until(char name, time_point deadline) {
        const bool notified = co_await changed_.wait_until(deadline);
        trace_ += name;
        trace_ += notified ? '+' : '-';
    }

    test::manual_shard shard_;
    condition changed_{shard_};
    std::string trace_;
};

TEST_F(conditions, all_who_wait_are_woken_in_order) {
    for (const char name : {'a', 'b', 'c'})
        shard_.spawn(wait(name));
    EXPECT_EQ(trace_, "");
    changed_.notify_all();
    EXPECT_EQ(trace_, "");  // they run after the one who notifies
    shard_.run();
    EXPECT_EQ(trace_, "abc");
}

TEST_F(conditions, who_comes_later_is_not_woken) {
    shard_.spawn(wait('a'));
    changed_.notify_all();
    shard_.spawn(wait('b'));
    EXPECT_EQ(trace_, "a");
    changed_.notify_all();
    shard_.run();
    EXPECT_EQ(trace_, "ab");
}

TEST_F(conditions, the_deadline_ends_a_wait) {
    shard_.spawn(wait_until('a', shard_.now() + 1s));
    shard_.advance(999ms);
    EXPECT_EQ(trace_, "");
    shard_.advance(1ms);
    EXPECT_EQ(trace_, "a-");
    changed_.notify_all();
    shard_.run();
    EXPECT_EQ(trace_, "a-");
}

TEST_F(conditions, a_notification_cancels_the_deadline) {
    shard_.spawn(wait_until('a', shard_.now() + 1s));
    changed_.notify_all();
    shard_.advance(2s);
    EXPECT_EQ(trace_, "a+");
}

TEST_F(conditions, a_deadline_that_has_passed_still_waits_for_the_loop) {
    shard_.spawn(wait_until('a', shard_.now() - 1s));
    EXPECT_EQ(trace_, "");
    shard_.advance(0s);
    EXPECT_EQ(trace_, "a-");
}

TEST_F(conditions, waiting_again_after_a_wake_needs_another_notification) {
    shard_.spawn(wait_twice());
    changed_.notify_all();
    changed_.notify_all();
    shard_.run();
    EXPECT_EQ(trace_, "1");
    changed_.notify_all();
    shard_.run();
    EXPECT_EQ(trace_, "12");
}

TEST(condition_death, destroying_one_that_is_waited_for_is_noticed) {
    const auto destroy = [] {
        test::manual_shard shard;
        auto changed = std::make_unique<condition>(shard);
        const auto wait = [](condition& on) -> task<void> { co_await on.wait(); };
        shard.spawn(wait(*changed));
        changed.reset();
    };
    EXPECT_DEATH(destroy(), "waiters_.empty");
}

}  // namespace
}  // namespace weir::broker::io
