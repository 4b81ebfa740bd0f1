// Goal: a task runs when it is awaited, gives its value once, and frees what it holds.
// Method: small coroutines on a manual shard, with objects that count their lives.
#include "broker/io/task.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_shard.hpp"

namespace weir::broker::io {
namespace {

struct counted {
    explicit counted(int& lives) : lives(&lives) { ++lives; }
    counted(counted&& other) noexcept : lives(other.lives) { ++*lives; }
    counted& operator=(counted&&) = delete;
    ~counted() { --*lives; }
    int* lives;
};

task<int> give(int value, std::string& trace) {
    trace += "run ";
    co_return value;
}

task<int> add(int a, int b, std::string& trace) {
    trace += "add ";
    const auto first = co_await give(a, trace);
    const auto second = co_await give(b, trace);
    co_return first + second;
}

TEST(task, is_lazy_and_gives_its_value_through_awaits) {
    test::manual_shard shard;
    std::string trace;
    auto work = add(2, 3, trace);
    EXPECT_EQ(trace, "");
    EXPECT_EQ(shard.result_of(std::move(work)), 5);
    EXPECT_EQ(trace, "add run run ");
}

TEST(task, that_nobody_awaits_frees_its_arguments) {
    int lives = 0;
    const auto hold = [](counted) -> task<void> { co_return; };
    {
        auto work = hold(counted(lives));
        EXPECT_EQ(lives, 1);
        auto moved = std::move(work);
        EXPECT_EQ(lives, 1);
        moved = hold(counted(lives));
        EXPECT_EQ(lives, 1);
    }
    EXPECT_EQ(lives, 0);
}

task<std::unique_ptr<int>> make_owner() {
    co_return std::make_unique<int>(7);
}

TEST(task, carries_values_that_only_move) {
    test::manual_shard shard;
    auto value = shard.result_of(make_owner());
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(**value, 7);
}

task<int> count_down(int left) {
    if (left == 0) co_return 0;
    co_return 1 + co_await count_down(left - 1);
}

TEST(task, awaits_nest_deeply) {
    test::manual_shard shard;
    EXPECT_EQ(shard.result_of(count_down(1000)), 1000);
}

task<int> loop_over(int rounds) {
    std::string ignored;
    int sum = 0;
    for (int round = 0; round < rounds; ++round)
        sum += co_await give(1, ignored);
    co_return sum;
}

// Resuming the awaiting coroutine must not grow the stack.
TEST(task, many_awaits_one_after_the_other_need_no_stack) {
    test::manual_shard shard;
    EXPECT_EQ(shard.result_of(loop_over(100'000)), 100'000);
}

}  // namespace
}  // namespace weir::broker::io
