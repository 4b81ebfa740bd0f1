// Goal: components come, change and go, their connectors are told, and one that never returns holds
// up nobody. Method: a broker in this process, connectors that block, workers that are made anew on
// the same data directory.
#include <gtest/gtest.h>

#include <future>

#include "connect/stores/component_store.hpp"
#include "tests/unit/connect/worker/worker_fixture.hpp"

namespace weir::connect::worker {
namespace {

class components : public worker_test {
  protected:
    pipeline::component with_word(const std::string& name, const std::string& word) const {
        auto out = source(name);
        out.settings = {
            name, (root_ / name).string(), {{.name = "word", .text = word, .written = word}}};
        return out;
    }
    static std::vector<std::string> hooks(const std::string& name) {
        const auto stage = counting_stage_of(name);
        const std::lock_guard lock(stage->mutex);
        return stage->hooks;
    }
};

TEST_F(components, are_announced_to_their_connectors_once_each_change) {
    const auto told = [](std::size_t count) {
        return eventually([count] { return hooks("told").size() == count; });
    };
    {
        const auto running = make_worker();
        ASSERT_TRUE(running->start(with_word("told", "a"), counting_connector()).has_value());
        ASSERT_TRUE(eventually([&] { return is_in(*running, "told", task_state::running); }));
    }
    EXPECT_EQ(hooks("told"), (std::vector<std::string>{"created a"}));
    {
        const auto running = make_worker();
        ASSERT_TRUE(running->start(with_word("told", "a"), counting_connector()).has_value());
        ASSERT_TRUE(eventually([&] { return is_in(*running, "told", task_state::running); }));
        EXPECT_EQ(hooks("told").size(), 1U);
        ASSERT_TRUE(running->update(with_word("told", "b"), counting_connector()).has_value());
        ASSERT_TRUE(told(2));
        EXPECT_EQ(hooks("told")[1], "updated a to b");
    }
    const auto running = make_worker();
    ASSERT_EQ(running->seen().size(), 1U);
    EXPECT_EQ(running->seen()[0].id, source_id("told"));
    EXPECT_EQ(running->seen()[0].type, "count");
    ASSERT_TRUE(running->remove(source_id("told"), counting_connector()).has_value());
    EXPECT_EQ(hooks("told").back(), "deleted b");
    EXPECT_TRUE(running->seen().empty());
}

TEST_F(components, that_block_for_ever_are_given_up) {
    const auto stage = counting_stage_of("stuck");
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::promise<void> entered;
    std::atomic<bool> first = true;
    stage->limit = 10;
    stage->interfere = [&, released](std::uint64_t next) -> std::optional<sdk::outcome> {
        if (next < 10) return std::nullopt;
        if (first.exchange(false)) entered.set_value();
        released.wait();
        return sdk::ok();
    };
    auto short_time = options();
    short_time.stop_timeout = 200ms;
    {
        const auto running = make_worker(short_time);
        ASSERT_TRUE(running->start(source("stuck"), counting_connector()).has_value());
        ASSERT_EQ(entered.get_future().wait_for(30s), std::future_status::ready);
        running->stop_all();
        EXPECT_TRUE(is_in(*running, "stuck", task_state::failed));
        EXPECT_NE(status_of(*running, "stuck").reason.find("did not return"), std::string::npos);
    }
    expect_count("stuck", 10);
    release.set_value();
}

TEST_F(components, whose_stop_blocks_are_given_up_too) {
    const auto stage = counting_stage_of("deaf");
    std::promise<void> release;
    const auto released = release.get_future().share();
    stage->on_stop = [released] { released.wait(); };
    auto short_time = options();
    short_time.stop_timeout = 200ms;
    {
        const auto running = make_worker(short_time);
        ASSERT_TRUE(running->start(source("deaf"), counting_connector()).has_value());
        ASSERT_TRUE(eventually([&] { return is_in(*running, "deaf", task_state::running); }));
        running->stop_all();
        EXPECT_TRUE(is_in(*running, "deaf", task_state::failed));
    }
    release.set_value();
}

TEST_F(components, stop_and_start_on_demand) {
    const auto stage = counting_stage_of("toggled");
    stage->limit = 10;
    const auto running = make_worker();
    const auto id = source_id("toggled");
    ASSERT_TRUE(running->start(source("toggled"), counting_connector()).has_value());
    EXPECT_FALSE(running->start(source("toggled"), counting_connector()).has_value());
    expect_count("toggled", 10);
    ASSERT_TRUE(running->stop(id).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "toggled", task_state::stopped); }));
    EXPECT_EQ(running->status()[0].state, task_state::stopped);
    stage->limit = 20;
    ASSERT_TRUE(running->resume(id).has_value());
    expect_count("toggled", 20);
    ASSERT_TRUE(running->restart_task(id, 0).has_value());
    EXPECT_FALSE(running->restart_task(id, 1).has_value());
    EXPECT_FALSE(running->pause(source_id("nobody")).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "toggled", task_state::running); }));
    ASSERT_TRUE(running->forget(id).has_value());
    EXPECT_TRUE(running->status().empty());
}

TEST_F(components, of_another_kind_than_their_connector_are_refused) {
    const auto running = make_worker();
    const auto refused = running->start(sink("wrong", {"in"}), counting_connector());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), "type record has no sink");
}

TEST_F(components, without_their_converter_fail_and_say_so) {
    const auto running = make_worker();
    auto component = source("converted");
    component.value_converter.name = "no_such_converter";
    ASSERT_TRUE(running->start(component, counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "converted", task_state::failed); }));
    EXPECT_NE(status_of(*running, "converted").reason.find("value converter"), std::string::npos);
}

TEST_F(components, wait_for_a_cluster_that_is_not_there_yet) {
    auto nowhere = options();
    nowhere.bootstrap = "127.0.0.1:1";
    nowhere.request_timeout = 200ms;
    const auto running = make_worker(nowhere);
    ASSERT_TRUE(running->start(source("early"), counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "early", task_state::restarting); }));
    EXPECT_FALSE(status_of(*running, "early").reason.empty());
    running->stop_all();
    EXPECT_TRUE(is_in(*running, "early", task_state::stopped));
}

}  // namespace
}  // namespace weir::connect::worker
