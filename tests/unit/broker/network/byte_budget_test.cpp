// Goal: requests share their memory: who finds none waits, for a bounded time, and gets it in turn.
// Method: a small budget on a shard whose time the test moves.
#include "broker/network/byte_budget.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_shard.hpp"

namespace weir::broker::network {
namespace {

using namespace std::chrono_literals;

class byte_budgets : public testing::Test {
  protected:
    io::task<void> take(char name, std::size_t count, io::duration patience) {
        const bool granted = co_await budget_.take(count, shard_.now() + patience);
        trace_ += name;
        trace_ += granted ? '+' : '-';
    }

    test::manual_shard shard_;
    byte_budget budget_{shard_, 100};
    std::string trace_;
};

TEST_F(byte_budgets, what_is_there_is_granted_at_once) {
    shard_.spawn(take('a', 60, 1s));
    shard_.spawn(take('b', 40, 1s));
    EXPECT_EQ(trace_, "a+b+");
    EXPECT_EQ(budget_.taken(), 100U);
}

TEST_F(byte_budgets, who_finds_too_little_waits_until_something_is_given_back) {
    shard_.spawn(take('a', 60, 1s));
    shard_.spawn(take('b', 50, 1s));
    EXPECT_EQ(trace_, "a+");
    budget_.give_back(5);
    shard_.run();
    EXPECT_EQ(trace_, "a+");
    budget_.give_back(5);
    shard_.run();
    EXPECT_EQ(trace_, "a+b+");
    EXPECT_EQ(budget_.taken(), 100U);
}

TEST_F(byte_budgets, patience_ends_even_while_others_give_back) {
    shard_.spawn(take('a', 100, 1s));
    shard_.spawn(take('b', 50, 1s));
    shard_.advance(600ms);
    budget_.give_back(1);
    shard_.advance(399ms);
    EXPECT_EQ(trace_, "a+");
    shard_.advance(1ms);
    EXPECT_EQ(trace_, "a+b-");
    EXPECT_EQ(budget_.taken(), 99U);
}

TEST_F(byte_budgets, more_than_the_whole_is_granted_to_one_alone) {
    shard_.spawn(take('a', 1, 1s));
    shard_.spawn(take('b', 500, 1s));
    EXPECT_EQ(trace_, "a+");
    budget_.give_back(1);
    shard_.run();
    EXPECT_EQ(trace_, "a+b+");
    shard_.spawn(take('c', 1, 1s));
    EXPECT_EQ(trace_, "a+b+");
    budget_.give_back(500);
    shard_.run();
    EXPECT_EQ(trace_, "a+b+c+");
}

}  // namespace
}  // namespace weir::broker::network
