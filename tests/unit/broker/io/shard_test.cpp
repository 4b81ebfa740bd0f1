// Goal: work goes from shard to shard and comes back with its result, in order; timers run when
// they are due or never. Method: the real shards, two threads; whoever waits has a deadline.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "broker/io/asio/shard.hpp"
#include "broker/io/task_group.hpp"

namespace weir::broker::io {
namespace {

using namespace std::chrono_literals;

class shards : public testing::Test {
  protected:
    shards() {
        home_.start();
        target_.start();
    }
    ~shards() override {
        home_.stop();
        target_.stop();
    }
    // Runs `work` on the home shard and waits for its end.
    template <class T>
    T result_of(task<T> work) {
        std::promise<T> promise;
        auto future = promise.get_future();
        home_.post([&] { group_.spawn(keep(std::move(work), promise)); });
        EXPECT_EQ(future.wait_for(10s), std::future_status::ready);
        return future.get();
    }
    template <class T>
    static task<void> keep(task<T> work, std::promise<T>& into) {
        auto value = co_await std::move(work);
        into.set_value(std::move(value));
    }

    asio_shard home_{"home"};
    asio_shard target_{"target"};
    task_group group_{home_};
};

task<std::string> visit(asio_shard& home, asio_shard& target) {
    std::string trace;
    auto look = [&] { return std::pair(target.is_current(), home.is_current()); };
    const auto [there, here] = co_await submit(home, target, look);
    trace += there && !here ? "there " : "wrong ";
    trace += home.is_current() ? "back " : "lost ";
    auto local = [&] { return home.is_current(); };
    trace += co_await submit(home, home, local) ? "plain" : "wrong";
    co_return trace;
}

TEST_F(shards, submit_runs_there_and_comes_back) {
    EXPECT_EQ(result_of(visit(home_, target_)), "there back plain");
}

task<void> numbered(asio_shard& home, asio_shard& target, int number, std::vector<int>& seen) {
    auto note = [&seen, number] { seen.push_back(number); };
    co_await submit(home, target, note);
}

task<std::vector<int>> many(asio_shard& home, asio_shard& target) {
    std::vector<int> seen;
    task_group group(home);
    for (int number = 0; number < 200; ++number)
        group.spawn(numbered(home, target, number, seen));
    co_await group.join();
    co_return seen;
}

TEST_F(shards, calls_to_another_shard_keep_their_order) {
    const auto seen = result_of(many(home_, target_));
    ASSERT_EQ(seen.size(), 200U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
}

task<bool> where(asio_shard& expected) {
    co_return expected.is_current();
}

task<bool> there_and_back(asio_shard& home, asio_shard& target) {
    const bool there = co_await run_on(home, target, where(target));
    co_return there&& home.is_current();
}

TEST_F(shards, run_on_takes_a_whole_task_there) {
    EXPECT_TRUE(result_of(there_and_back(home_, target_)));
}

task<bool> hop_around(asio_shard& home, asio_shard& target) {
    co_await hop(target);
    const bool there = target.is_current();
    co_await hop(target);
    const bool still = target.is_current();
    co_await hop(home);
    co_return there&& still&& home.is_current();
}

TEST_F(shards, hop_moves_only_when_it_must) {
    EXPECT_TRUE(result_of(hop_around(home_, target_)));
}

task<std::string> timers(asio_shard& home) {
    std::string trace;
    auto late = home.call_at(home.now() + 40ms, [&] { trace += "late"; });
    auto early = home.call_at(home.now() + 1ms, [&] { trace += "early "; });
    auto never = home.call_at(home.now() + 2ms, [&] { trace += "never"; });
    never.reset();
    co_await sleep_until(home, home.now() + 60ms);
    co_await sleep_until(home, home.now() - 1s);
    co_return trace;
}

TEST_F(shards, timers_run_in_the_order_of_their_times_unless_destroyed) {
    EXPECT_EQ(result_of(timers(home_)), "early late");
}

TEST(asio_shard, stop_does_what_was_posted_before) {
    asio_shard shard("one");
    shard.start();
    int done = 0;
    for (int number = 0; number < 1000; ++number)
        shard.post([&done] { ++done; });
    shard.stop();
    EXPECT_EQ(done, 1000);
    EXPECT_FALSE(shard.is_current());
}

}  // namespace
}  // namespace weir::broker::io
