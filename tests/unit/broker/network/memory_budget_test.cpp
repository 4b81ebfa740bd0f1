// Goal: memory is never handed out beyond its bound, small requests are not kept waiting by large
// ones, and who holds much for long without getting on is closed when others wait. Method: holders
// made by hand on a real shard, with short patience.
#include "broker/network/memory_budget.hpp"

#include <gtest/gtest.h>

#include <future>

#include "broker/io/asio/shard.hpp"
#include "broker/io/task_group.hpp"

namespace weir::test {
namespace {

using namespace broker::network;
using namespace std::chrono_literals;
namespace io = broker::io;

constexpr std::size_t kib = 1024;

class holder final : public memory_holder {
  public:
    holder(io::shard& on, memory_budget& of) : memory_holder(of), shard_(on), budget_(of) {}

    void take_all(const memory_budget::wish& what) {
        ASSERT_TRUE(budget_.try_take(*this, what));
        taken_.push_back(what);
    }
    void give_back_all() {
        for (const auto& each : std::exchange(taken_, {}))
            budget_.give_back(*this, each);
    }
    void stall_since(io::time_point when) { stalled_ = when; }
    bool was_evicted() const { return evicted_; }
    using memory_holder::stop_waiting;

  private:
    void evict() override {
        evicted_ = true;
        // As a connection does: its memory comes back a little later.
        shard_.post([this, there = std::weak_ptr(there_)] {
            if (there.lock()) give_back_all();
        });
    }
    std::optional<io::time_point> stalled_since() const override { return stalled_; }

    io::shard& shard_;
    memory_budget& budget_;
    std::vector<memory_budget::wish> taken_;
    std::optional<io::time_point> stalled_;
    bool evicted_ = false;
    std::shared_ptr<bool> there_ = std::make_shared<bool>(true);
};

// A budget of 800 KiB of which 100 are for small requests, on a shard of its own.
class memory_budget_test : public testing::Test {
  protected:
    memory_budget_test() { shard.start(); }

    // Runs a coroutine on the shard and waits for it.
    template <class Make>
    void run(Make make) {
        std::promise<void> done;
        io::task_group group(shard);
        shard.post([&] { group.spawn(finish(make(), done)); });
        done.get_future().wait();
        std::promise<void> left;
        shard.post([&] { left.set_value(); });
        left.get_future().wait();
    }
    static io::task<void> finish(io::task<void> work, std::promise<void>& done) {
        co_await std::move(work);
        done.set_value();
    }

    io::asio_shard shard{"test"};
    memory_limits limits{.size = 800 * kib,
                         .small_max = 64 * kib,
                         .patience = 20ms,
                         .answer_patience = 10ms,
                         .wait_max = 5s};
};

constexpr memory_budget::wish large(std::size_t kilobytes) {
    return {.count = kilobytes * kib, .whole = 1000 * kib};
}
constexpr memory_budget::wish small(std::size_t kilobytes) {
    return {.count = kilobytes * kib, .whole = 64 * kib};
}

io::task<void> check_shares(io::shard& on, const memory_limits& limits) {
    memory_budget budget(on, limits);
    holder one(on, budget);
    holder two(on, budget);
    holder three(on, budget);
    one.take_all(large(400));
    two.take_all(large(300));
    EXPECT_FALSE(budget.try_take(two, large(1))) << "that part is for small requests";
    three.take_all(small(60));
    three.take_all(small(40));
    EXPECT_FALSE(budget.try_take(three, small(1)));
    EXPECT_EQ(budget.taken(), 800 * kib);
    one.give_back_all();
    EXPECT_TRUE(budget.try_take(three, small(1)));
    budget.give_back(three, small(1));
    two.give_back_all();
    three.give_back_all();
    EXPECT_EQ(budget.taken(), 0U);
    co_return;
}

TEST_F(memory_budget_test, large_requests_leave_a_part_to_small_ones) {
    run([this] { return check_shares(shard, limits); });
}

io::task<void> check_only_one(io::shard& on, const memory_limits& limits) {
    memory_budget budget(on, limits);
    holder one(on, budget);
    holder two(on, budget);
    two.take_all(small(10));
    one.take_all({.count = 500 * kib, .whole = 5000 * kib});
    one.take_all({.count = 4500 * kib, .whole = 5000 * kib});
    EXPECT_FALSE(budget.try_take(two, large(1)));
    one.give_back_all();
    two.take_all(large(1));
    EXPECT_TRUE(budget.try_take(one, large(600)));
    EXPECT_FALSE(budget.try_take(one, large(600))) << "now there are two";
    budget.give_back(one, large(600));
    two.give_back_all();
    co_return;
}

TEST_F(memory_budget_test, the_only_large_request_is_let_through_however_large_it_is) {
    run([this] { return check_only_one(shard, limits); });
}

io::task<void> wait_and_note(memory_budget& budget, holder& by, memory_budget::wish what,
                             std::vector<std::string>& order, std::string name) {
    auto taking = budget.take(by, what);
    const bool granted = co_await std::move(taking);
    order.push_back(name + (granted ? "" : " refused"));
    if (granted) budget.give_back(by, what);
}

io::task<void> check_order(io::shard& on, memory_limits limits) {
    limits.patience = 10s;
    memory_budget budget(on, limits);
    holder full(on, budget);
    holder waiting[4] = {{on, budget}, {on, budget}, {on, budget}, {on, budget}};
    full.take_all(large(700));
    full.take_all(small(50));
    full.take_all(small(50));
    std::vector<std::string> order;
    io::task_group group(on);
    const memory_budget::wish wishes[] = {{.count = 700 * kib, .whole = 900 * kib},
                                          {.count = 600 * kib, .whole = 800 * kib},
                                          {.count = 500 * kib, .whole = 700 * kib},
                                          {.count = 10 * kib, .whole = 20 * kib}};
    for (int at = 0; at < 4; ++at) {
        group.spawn(wait_and_note(budget, waiting[at], wishes[at], order,
                                  std::to_string(wishes[at].whole / kib)));
    }
    EXPECT_TRUE(order.empty());
    full.give_back_all();
    co_await group.join();
    EXPECT_EQ(order, (std::vector<std::string>{"20", "700", "800", "900"}));
    EXPECT_EQ(budget.taken(), 0U);
}

TEST_F(memory_budget_test, the_smallest_request_goes_first) {
    run([this] { return check_order(shard, limits); });
}

io::task<void> check_eviction(io::shard& on, const memory_limits& limits) {
    memory_budget budget(on, limits);
    holder much_for_long(on, budget);
    holder little_for_long(on, budget);
    holder much_just_now(on, budget);
    holder working(on, budget);
    holder late(on, budget);
    much_for_long.take_all(large(200));
    little_for_long.take_all(large(20));
    much_just_now.take_all(large(300));
    working.take_all(large(180));
    much_for_long.stall_since(on.now() - 60s);
    little_for_long.stall_since(on.now() - 60s);
    much_just_now.stall_since(on.now());
    auto taking = budget.take(late, large(150));
    const bool granted = co_await std::move(taking);
    EXPECT_TRUE(granted);
    EXPECT_TRUE(much_for_long.was_evicted());
    EXPECT_FALSE(little_for_long.was_evicted()) << "there was enough without it";
    EXPECT_FALSE(much_just_now.was_evicted());
    EXPECT_FALSE(working.was_evicted()) << "it is our turn, not the client's";
    EXPECT_EQ(budget.evictions(), 1U);
    budget.give_back(late, large(150));
    for (auto* each : {&little_for_long, &much_just_now, &working})
        each->give_back_all();
    EXPECT_EQ(budget.taken(), 0U);
}

TEST_F(memory_budget_test, who_held_the_most_for_the_longest_is_closed_first) {
    run([this] { return check_eviction(shard, limits); });
}

io::task<void> check_itself(io::shard& on, const memory_limits& limits) {
    memory_budget budget(on, limits);
    holder working(on, budget);
    holder greedy(on, budget);
    working.take_all(large(300));
    greedy.take_all(large(400));
    greedy.stall_since(on.now() - 60s);
    auto taking = budget.take(greedy, large(300));
    const bool granted = co_await std::move(taking);
    EXPECT_FALSE(granted);
    EXPECT_TRUE(greedy.was_evicted());
    working.give_back_all();
}

TEST_F(memory_budget_test, who_waits_is_closed_when_it_holds_the_most_itself) {
    run([this] { return check_itself(shard, limits); });
}

io::task<void> check_patience(io::shard& on, memory_limits limits) {
    limits.wait_max = 60ms;
    memory_budget budget(on, limits);
    holder working(on, budget);
    holder late(on, budget);
    working.take_all(large(700));
    late.take_all(small(1));
    auto taking = budget.take(late, large(10));
    const bool granted = co_await std::move(taking);
    EXPECT_FALSE(granted) << "nobody could be closed, so it gives up";
    std::vector<std::string> order;
    io::task_group group(on);
    group.spawn(wait_and_note(budget, late, large(10), order, "late"));
    late.stop_waiting();
    co_await group.join();
    EXPECT_EQ(order, std::vector<std::string>{"late refused"}) << "its connection was closed";
    working.give_back_all();
    late.give_back_all();
}

TEST_F(memory_budget_test, a_wait_ends_with_its_time_or_its_connection) {
    run([this] { return check_patience(shard, limits); });
}

io::task<void> check_answers(io::shard& on, const memory_limits& limits) {
    memory_budget budget(on, limits);
    holder stuck(on, budget);
    holder reader(on, budget);
    EXPECT_TRUE(budget.has_room_for_answer(false));
    budget.add_answer(stuck, 900 * kib);
    stuck.stall_since(on.now() - 60s);
    EXPECT_TRUE(budget.has_room_for_answer(true)) << "who has read everything goes on";
    EXPECT_FALSE(budget.has_room_for_answer(false));
    budget.add_answer(stuck, 400 * kib);
    EXPECT_FALSE(budget.has_room_for_answer(true));
    io::task_group group(on);
    auto waiting = budget.room_for_answer(reader);
    // As its connection does when it is closed.
    const auto leaves = on.call_at(on.now() + 50ms, [&] {
        EXPECT_TRUE(stuck.was_evicted());
        budget.give_back(stuck, {.count = 1300 * kib});
    });
    const bool granted = co_await std::move(waiting);
    EXPECT_TRUE(granted);
    EXPECT_EQ(budget.taken(), 0U);
}

TEST_F(memory_budget_test, answers_that_nobody_reads_make_others_wait_only_until_they_are_dropped) {
    run([this] { return check_answers(shard, limits); });
}

TEST(frame_pool, gives_no_block_that_is_much_larger_than_the_request) {
    frame_pool pool;
    frame_buffer block;
    block.grow(2048 * kib);
    pool.give_back(std::move(block));
    EXPECT_EQ(pool.take(40 * kib).capacity(), 0U);
    EXPECT_EQ(pool.take(1500 * kib).capacity(), 2048 * kib);
    EXPECT_EQ(pool.take(1500 * kib).capacity(), 0U);
}

}  // namespace
}  // namespace weir::test
