// Goal: a group owns what is spawned into it, and joining waits for all of it.
// Method: tasks that wait for the test.
#include "broker/io/task_group.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_shard.hpp"

namespace weir::broker::io {
namespace {

task<void> wait_for(condition& on, int& done) {
    co_await on.wait();
    ++done;
}

task<void> finish(int& done) {
    ++done;
    co_return;
}

TEST(task_group, runs_what_is_spawned_at_once) {
    test::manual_shard shard;
    task_group group(shard);
    int done = 0;
    group.spawn(finish(done));
    EXPECT_EQ(done, 1);
    EXPECT_EQ(group.size(), 0U);
}

TEST(task_group, join_waits_for_the_last) {
    test::manual_shard shard;
    task_group group(shard);
    condition first(shard);
    condition second(shard);
    int done = 0;
    group.spawn(wait_for(first, done));
    group.spawn(wait_for(second, done));
    const auto joined = shard.spawn(group.join());
    first.notify_all();
    shard.run();
    EXPECT_FALSE(*joined);
    EXPECT_EQ(group.size(), 1U);
    second.notify_all();
    shard.run();
    EXPECT_TRUE(*joined);
    EXPECT_EQ(done, 2);
}

TEST(task_group, join_of_an_empty_group_is_immediate) {
    test::manual_shard shard;
    task_group group(shard);
    EXPECT_TRUE(*shard.spawn(group.join()));
}

task<void> spawn_more(task_group& group, condition& on, int& done) {
    co_await on.wait();
    group.spawn(finish(done));
    group.spawn(wait_for(on, done));
}

TEST(task_group, what_a_task_spawns_is_waited_for_too) {
    test::manual_shard shard;
    task_group group(shard);
    condition changed(shard);
    int done = 0;
    group.spawn(spawn_more(group, changed, done));
    const auto joined = shard.spawn(group.join());
    changed.notify_all();
    shard.run();
    EXPECT_EQ(done, 1);
    EXPECT_FALSE(*joined);
    changed.notify_all();
    shard.run();
    EXPECT_TRUE(*joined);
}

TEST(task_group_death, a_group_that_was_not_joined_is_noticed) {
    const auto destroy = [] {
        test::manual_shard shard;
        condition changed(shard);
        int done = 0;
        task_group group(shard);
        group.spawn(wait_for(changed, done));
    };
    EXPECT_DEATH(destroy(), "running_ == 0");
}

}  // namespace
}  // namespace weir::broker::io
