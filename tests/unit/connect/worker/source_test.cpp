// Goal: a source's records come to their topic exactly once (or at least once, if asked), whatever
// happens to its task; what cannot be processed goes where the policy says. Method: a broker in
// this process and a source that counts, interrupted in all the ways a connector can go wrong.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "connect/sdk/values.hpp"
#include "tests/unit/connect/worker/worker_fixture.hpp"

namespace weir::connect::worker {
namespace {

class sources : public worker_test {};

TEST_F(sources, deliver_their_records_and_are_told) {
    const auto stage = counting_stage_of("plain");
    stage->limit = 1000;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(source("plain"), counting_connector()).has_value());
    expect_count("plain", 1000);
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(stage->mutex);
        return stage->committed == 1000;
    }));
    EXPECT_TRUE(is_in(*running, "plain", task_state::running));
    const auto positions = read("connect-offsets", 1);
    ASSERT_FALSE(positions.empty());
    EXPECT_EQ(positions.back().key, R"(["plain",{"source":"count"}])");
    EXPECT_EQ(positions.back().value, R"({"n":1000})");
}

TEST_F(sources, go_on_where_they_were_after_a_restart) {
    const auto stage = counting_stage_of("again");
    stage->limit = 100;
    for (int life = 1; life <= 3; ++life) {
        const auto running = make_worker();
        ASSERT_TRUE(running->start(source("again"), counting_connector()).has_value());
        expect_count("again", static_cast<std::uint64_t>(100 * life));
        running->stop_all();
        EXPECT_TRUE(is_in(*running, "again", task_state::stopped));
        stage->limit += 100;
    }
}

TEST_F(sources, are_exactly_once_over_failures_in_the_middle) {
    const auto stage = counting_stage_of("torn");
    stage->limit = 2000;
    stage->batch = 7;
    // Units of several batches, and an exception now and then in the middle of one.
    stage->change = [](std::vector<weir_record>& records, sdk::source_batch& into) {
        const auto first =
            std::stoull(std::string(sdk::view({records[0].value.of.data, records[0].value.count})));
        into.open = (first / 7) % 3 != 0 && !into.drained;
    };
    std::atomic<int> polls = 0;
    stage->interfere = [&polls](std::uint64_t) -> std::optional<sdk::outcome> {
        if (++polls % 40 != 0) return std::nullopt;
        throw std::runtime_error("torn in the middle");
    };
    auto component = source("torn");
    component.commit_interval = 0ms;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, counting_connector()).has_value());
    // What is thrown cannot heal: a person, here the test, asks for a restart.
    EXPECT_TRUE(eventually([&] {
        const auto status = status_of(*running, "torn");
        if (status.state == task_state::failed) {
            EXPECT_NE(status.reason.find("torn in the middle"), std::string::npos);
            EXPECT_TRUE(running->restart(source_id("torn"), true).has_value());
        }
        const std::lock_guard lock(stage->mutex);
        return stage->committed == 2000;
    }));
    expect_count("torn", 2000);
    EXPECT_GT(stage->tasks, 3U);
}

TEST_F(sources, of_one_name_run_once_and_the_older_one_stops) {
    const auto stage = counting_stage_of("twins");
    stage->limit = 50;
    const auto first = make_worker();
    ASSERT_TRUE(first->start(source("twins"), counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return read("twins", 50).size() == 50; }));
    auto other = options();
    other.data_dir = root_ / "other";
    const auto second = make_worker(other);
    ASSERT_TRUE(second->start(source("twins"), counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*second, "twins", task_state::running); }));
    {
        const std::lock_guard lock(stage->mutex);
        stage->limit = 500;
    }
    ASSERT_TRUE(eventually([&] { return is_in(*first, "twins", task_state::failed); }));
    EXPECT_NE(status_of(*first, "twins").reason.find("another worker runs this source"),
              std::string::npos)
        << status_of(*first, "twins").reason;
    expect_count("twins", 500);
    EXPECT_TRUE(is_in(*second, "twins", task_state::running));
}

TEST_F(sources, at_least_once_never_lose_a_record) {
    const auto stage = counting_stage_of("alo");
    stage->limit = 3000;
    auto component = source("alo");
    component.delivery = pipeline::delivery_mode::at_least_once;
    component.commit_interval = 5ms;
    std::atomic<int> polls = 0;
    stage->interfere = [&polls](std::uint64_t) -> std::optional<sdk::outcome> {
        if (++polls % 100 != 50) return std::nullopt;
        return sdk::fatal("stumbled");
    };
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] {
        (void)running->restart(source_id("alo"), true);
        const std::lock_guard lock(stage->mutex);
        return stage->committed == 3000;
    }));
    const auto records = read("alo", 3000);
    std::uint64_t next = 0;
    for (const auto& each : records) {
        const auto number = std::stoull(*each.value);
        ASSERT_LE(number, next);
        if (number == next) ++next;
    }
    EXPECT_EQ(next, 3000U);
}

TEST_F(sources, that_may_heal_are_polled_again) {
    const auto stage = counting_stage_of("ill");
    stage->limit = 20;
    std::atomic<int> polls = 0;
    std::atomic<bool> healthy = false;
    stage->interfere = [&](std::uint64_t) -> std::optional<sdk::outcome> {
        ++polls;
        if (healthy) return std::nullopt;
        return sdk::retry("the server is away");
    };
    auto component = source("ill");
    component.errors.retry_backoff_min = 1ms;
    component.errors.retry_backoff_max = 5ms;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return polls > 5; }));
    EXPECT_TRUE(is_in(*running, "ill", task_state::running));
    EXPECT_EQ(status_of(*running, "ill").reason, "the server is away");
    healthy = true;
    expect_count("ill", 20);
    EXPECT_TRUE(eventually([&] { return status_of(*running, "ill").reason.empty(); }));
    EXPECT_EQ(stage->tasks, 1U);
}

void spoil_number_three(std::vector<weir_record>& records, sdk::source_batch&) {
    static const weir_header headers[] = {
        {sdk::text("trace"), sdk::string_value("abc")},
        {sdk::text("__connect.errors.topic"), sdk::string_value("elsewhere")}};
    for (auto& each : records) {
        if (sdk::view({each.value.of.data, each.value.count}) != "3") continue;
        each.error = sdk::text("line 3 is no line");
        each.value = sdk::text_value(WEIR_BYTES, std::string_view("\xff\x00raw", 5));
        each.key = sdk::string_value("the key");
        each.headers = headers;
        each.header_count = 2;
    }
}

TEST_F(sources, write_bad_records_to_the_dead_letter_topic) {
    const auto stage = counting_stage_of("spoilt");
    stage->limit = 10;
    stage->change = spoil_number_three;
    auto component = source("spoilt");
    component.errors.dead_letter_topic = "spoilt.dlq";
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, counting_connector()).has_value());
    EXPECT_EQ(read("spoilt", 9).size(), 9U);
    const auto letters = read("spoilt.dlq", 1);
    ASSERT_EQ(letters.size(), 1U);
    const auto& letter = letters[0];
    EXPECT_EQ(letter.key, "the key");
    EXPECT_EQ(letter.value, std::string("\xff\x00raw", 5));
    EXPECT_EQ(letter.headers.size(), 11U);
    EXPECT_EQ(letter.header("trace"), "abc");
    EXPECT_EQ(letter.header("__connect.errors.topic"), "spoilt");
    EXPECT_EQ(letter.header("__connect.errors.partition"), "-1");
    EXPECT_EQ(letter.header("__connect.errors.offset"), "-1");
    EXPECT_EQ(letter.header("__connect.errors.connector.name"), "spoilt");
    EXPECT_EQ(letter.header("__connect.errors.task.id"), "0");
    EXPECT_EQ(letter.header("__connect.errors.stage"), "TASK_POLL");
    EXPECT_EQ(letter.header("__connect.errors.class.name"), "count");
    EXPECT_EQ(letter.header("__connect.errors.exception.message"), "line 3 is no line");
}

TEST_F(sources, fail_at_a_bad_record_that_nobody_tolerates) {
    const auto stage = counting_stage_of("strict");
    stage->limit = 10;
    stage->batch = 2;
    stage->change = spoil_number_three;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(source("strict"), counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "strict", task_state::failed); }));
    EXPECT_EQ(status_of(*running, "strict").reason, "strict: TASK_POLL: line 3 is no line");
    // What came before is there; nothing of the batch is.
    expect_count("strict", 2);
}

TEST_F(sources, fail_when_their_positions_are_no_json) {
    const auto stage = counting_stage_of("garbage");
    stage->limit = 10;
    stage->change = [](std::vector<weir_record>&, sdk::source_batch& into) {
        static const weir_position broken = {sdk::text("{\"a\":"), sdk::text("nonsense")};
        into.positions = {&broken, 1};
    };
    const auto running = make_worker();
    ASSERT_TRUE(running->start(source("garbage"), counting_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "garbage", task_state::failed); }));
    EXPECT_NE(status_of(*running, "garbage").reason.find("no JSON object"), std::string::npos);
    EXPECT_TRUE(read("garbage", 0).empty());
}

TEST_F(sources, rest_while_they_are_paused) {
    const auto stage = counting_stage_of("drowsy");
    stage->limit = 100;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(source("drowsy"), counting_connector()).has_value());
    expect_count("drowsy", 100);
    ASSERT_TRUE(running->pause(source_id("drowsy")).has_value());
    EXPECT_TRUE(is_in(*running, "drowsy", task_state::paused));
    std::atomic<int> polls = 0;
    {
        const std::lock_guard lock(stage->mutex);
        stage->interfere = [&polls](std::uint64_t) {
            ++polls;
            return std::optional<sdk::outcome>();
        };
    }
    // At most the poll that was under way.
    int before = -1;
    EXPECT_TRUE(eventually([&] {
        std::promise<void>().get_future().wait_for(50ms);
        return std::exchange(before, polls.load()) == polls;
    }));
    stage->limit = 200;
    ASSERT_TRUE(running->resume(source_id("drowsy")).has_value());
    expect_count("drowsy", 200);
    EXPECT_EQ(stage->tasks, 1U);
}

}  // namespace
}  // namespace weir::connect::worker
