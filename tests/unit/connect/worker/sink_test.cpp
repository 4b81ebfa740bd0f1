// Goal: a sink gets each record, in order, until it has taken it; offsets follow what it
// acknowledged; what it can never take goes where the policy says. Method: a broker in this process
// and a sink that writes down, and that refuses in all the ways the ABI knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>

#include "tests/unit/connect/worker/worker_fixture.hpp"

namespace weir::connect::worker {
namespace {

class sinks : public worker_test {
  protected:
    static std::vector<std::string> numbers(int count, int from = 0) {
        std::vector<std::string> out;
        for (int number = from; number < from + count; ++number)
            out.push_back(std::to_string(number));
        return out;
    }
    static std::vector<std::string> values(recording_stage& of) {
        const std::lock_guard lock(of.mutex);
        std::vector<std::string> out;
        for (const auto& each : of.taken)
            out.push_back(each.value);
        return out;
    }
};

TEST_F(sinks, get_every_record_in_order_and_go_on_after_a_restart) {
    create("in");
    produce("in", numbers(1000));
    const auto stage = recording_stage_of("all");
    for (int life = 1; life <= 2; ++life) {
        const auto running = make_worker();
        ASSERT_TRUE(running->start(sink("all", {"in"}), recording_connector()).has_value());
        ASSERT_TRUE(
            eventually([&] { return stage->count() >= static_cast<std::size_t>(life) * 1000; }));
        running->stop_all();
        EXPECT_TRUE(is_in(*running, "all", task_state::stopped));
        produce("in", numbers(1000, 1000 * life));
    }
    EXPECT_EQ(values(*stage), numbers(2000));
    EXPECT_EQ(stage->flushes, 2U);
    EXPECT_EQ(stage->partitions, (std::vector<std::string>{"+in-0", "-in-0", "+in-0", "-in-0"}));
    EXPECT_EQ(stage->taken[0].key, "key");
    EXPECT_EQ(stage->taken[0].value_kind, WEIR_BYTES);
}

TEST_F(sinks, read_the_topics_that_their_patterns_match) {
    const auto stage = recording_stage_of("globs");
    const auto running = make_worker();
    create("logs.a", 2);
    produce("logs.a", {"a"});
    create("other");
    produce("other", {"other"});
    ASSERT_TRUE(running->start(sink("globs", {"logs.*"}), recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() == 1; }));
    create("logs.b");
    produce("logs.b", {"b"});
    ASSERT_TRUE(eventually([&] { return stage->count() == 2; }));
    EXPECT_EQ(values(*stage), (std::vector<std::string>{"a", "b"}));
}

TEST_F(sinks, share_partitions_among_their_tasks) {
    const auto stage = recording_stage_of("crowd");
    create("many", 4);
    auto component = sink("crowd", {"many"});
    component.tasks = 2;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] {
        std::multiset<std::string> open;
        const std::lock_guard lock(stage->mutex);
        for (const auto& each : stage->partitions) {
            if (each[0] == '+') open.insert(each.substr(1));
            if (each[0] == '-') open.erase(open.find(each.substr(1)));
        }
        double tasks = 0;
        for (const auto& family : running->metrics()) {
            if (family.name != "kafka_connect_sink_task_partition_count") continue;
            for (const auto& sample : family.samples)
                tasks += sample.value == 2 ? 1 : 0;
        }
        return open.size() == 4 && tasks == 2;
    }));
}

TEST_F(sinks, are_given_again_what_may_heal_before_anything_later) {
    create("in");
    produce("in", numbers(20));
    const auto stage = recording_stage_of("stubborn");
    std::map<std::string, int> tries;
    stage->judge = [&tries](const taken_record& record) -> std::optional<sdk::outcome> {
        const auto number = std::stoi(record.value);
        // Number 3 and those behind it that share its fate.
        if (number % 5 != 3 || ++tries[record.value] > 4) return std::nullopt;
        return sdk::retry("busy");
    };
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("stubborn", {"in"}), recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() >= 15; }));
    produce("in", numbers(5, 20));
    ASSERT_TRUE(eventually([&] { return stage->count() == 25; }));
    const auto all = values(*stage);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 25U);
    const auto at = [&all](const std::string& value) {
        return std::ranges::find(all, value) - all.begin();
    };
    for (const auto& late : numbers(5, 20)) {
        EXPECT_LT(at("18"), at(late));
        EXPECT_LT(at("3"), at(late));
    }
    EXPECT_LT(at("3"), at("8"));
}

TEST_F(sinks, whose_calls_fail_for_a_while_lose_nothing) {
    create("in");
    produce("in", numbers(50));
    const auto stage = recording_stage_of("away");
    int calls = 0;
    stage->interfere = [&calls]() -> std::optional<sdk::outcome> {
        if (++calls > 20) return std::nullopt;
        return sdk::retry("connection refused");
    };
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("away", {"in"}), recording_connector()).has_value());
    ASSERT_TRUE(
        eventually([&] { return status_of(*running, "away").reason == "connection refused"; }));
    ASSERT_TRUE(eventually([&] { return stage->count() == 50; }));
    EXPECT_EQ(values(*stage), numbers(50));
    EXPECT_TRUE(eventually([&] { return status_of(*running, "away").reason.empty(); }));
}

TEST_F(sinks, write_what_they_can_never_take_to_the_dead_letter_topic) {
    create("in");
    produce("in", {"0", "bad\xff", "2"}, {{.key = "trace", .value = base::as_bytes("abc")}});
    const auto stage = recording_stage_of("picky");
    stage->judge = [](const taken_record& record) -> std::optional<sdk::outcome> {
        if (!record.value.starts_with("bad")) return std::nullopt;
        return sdk::outcome{WEIR_BAD_RECORD, "400 Bad Request"};
    };
    auto component = sink("picky", {"in"});
    component.errors.dead_letter_topic = "picky.dlq";
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, recording_connector()).has_value());
    const auto letters = read("picky.dlq", 1);
    ASSERT_EQ(letters.size(), 1U);
    const auto& letter = letters[0];
    EXPECT_EQ(letter.key, "key");
    EXPECT_EQ(letter.value, "bad\xff");
    EXPECT_EQ(letter.headers.size(), 11U);
    EXPECT_EQ(letter.header("trace"), "abc");
    EXPECT_EQ(letter.header("__connect.errors.topic"), "in");
    EXPECT_EQ(letter.header("__connect.errors.partition"), "0");
    EXPECT_EQ(letter.header("__connect.errors.offset"), "1");
    EXPECT_EQ(letter.header("__connect.errors.connector.name"), "picky");
    EXPECT_EQ(letter.header("__connect.errors.stage"), "TASK_PUT");
    EXPECT_EQ(letter.header("__connect.errors.class.name"), "record");
    EXPECT_EQ(letter.header("__connect.errors.exception.message"), "400 Bad Request");
    EXPECT_EQ(letter.header("__connect.errors.exception.class.name"),
              "org.apache.kafka.connect.errors.ConnectException");
    EXPECT_TRUE(eventually([&] { return stage->count() == 2; }));
}

TEST_F(sinks, fail_at_the_offset_of_a_record_that_nobody_tolerates) {
    create("in");
    produce("in", numbers(10));
    const auto stage = recording_stage_of("strict_sink");
    stage->judge = [](const taken_record& record) -> std::optional<sdk::outcome> {
        if (record.value != "4") return std::nullopt;
        return sdk::outcome{WEIR_BAD_RECORD, "no"};
    };
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("strict_sink", {"in"}), recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return is_in(*running, "strict_sink", task_state::failed); }));
    EXPECT_EQ(status_of(*running, "strict_sink").reason, "in-0@4: TASK_PUT: no");
    // Made well, it goes on at that record.
    {
        const std::lock_guard lock(stage->mutex);
        stage->judge = nullptr;
        stage->taken.clear();
    }
    ASSERT_TRUE(running->restart(sink_id("strict_sink")).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() == 6; }));
    EXPECT_EQ(values(*stage), numbers(6, 4));
}

TEST_F(sinks, read_again_what_they_did_not_acknowledge) {
    create("in");
    produce("in", numbers(10));
    const auto stage = recording_stage_of("cautious");
    stage->committable = [](std::span<weir_partition> partitions) {
        for (auto& each : partitions)
            each.offset = std::min<std::int64_t>(each.offset, 6);
    };
    {
        const auto running = make_worker();
        ASSERT_TRUE(running->start(sink("cautious", {"in"}), recording_connector()).has_value());
        ASSERT_TRUE(eventually([&] { return stage->count() == 10; }));
    }
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("cautious", {"in"}), recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() == 14; }));
    auto expected = numbers(10);
    for (const auto& each : numbers(4, 6))
        expected.push_back(each);
    EXPECT_EQ(values(*stage), expected);
}

TEST_F(sinks, get_json_when_they_wish_for_it) {
    create("in");
    produce("in", {R"({"a": [1, null]})", "plain text"});
    const auto stage = recording_stage_of("json");
    stage->form = WEIR_FORM_JSON;
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("json", {"in"}), recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() == 2; }));
    EXPECT_EQ(stage->taken[0].value_kind, WEIR_JSON);
    EXPECT_EQ(stage->taken[1].value, "\"plain text\"");
}

TEST_F(sinks, send_what_cannot_be_converted_to_the_dead_letter_topic) {
    create("in");
    produce("in", {"{\"a\": 1}", "{\"a\": ", "{\"a\": 2}"});
    const auto stage = recording_stage_of("parsing");
    stage->form = WEIR_FORM_JSON;
    auto component = sink("parsing", {"in"});
    component.value_converter.name = "json";
    component.key_converter.name = "string";
    component.errors.dead_letter_topic = "parsing.dlq";
    const auto running = make_worker();
    ASSERT_TRUE(running->start(component, recording_connector()).has_value());
    const auto letters = read("parsing.dlq", 1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].value, "{\"a\": ");
    EXPECT_EQ(letters[0].header("__connect.errors.stage"), "VALUE_CONVERTER");
    EXPECT_EQ(letters[0].header("__connect.errors.offset"), "1");
    EXPECT_TRUE(eventually([&] { return stage->count() == 2; }));
}

TEST_F(sinks, rest_while_they_are_paused) {
    create("in");
    produce("in", numbers(5));
    const auto stage = recording_stage_of("dozing");
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("dozing", {"in"}), recording_connector()).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() == 5; }));
    ASSERT_TRUE(running->pause(sink_id("dozing")).has_value());
    // The read that is under way ends on its own; then nothing is read any more.
    std::promise<void>().get_future().wait_for(1s);
    ASSERT_TRUE(is_in(*running, "dozing", task_state::paused));
    produce("in", numbers(5, 5));
    // A reader of its own has them all; the sink does not.
    EXPECT_EQ(read("in", 10).size(), 10U);
    EXPECT_EQ(stage->count(), 5U);
    ASSERT_TRUE(running->resume(sink_id("dozing")).has_value());
    ASSERT_TRUE(eventually([&] { return stage->count() == 10; }));
    EXPECT_EQ(values(*stage), numbers(10));
}

TEST_F(sinks, hear_of_time_passing_when_nothing_comes) {
    create("in");
    const auto stage = recording_stage_of("bored");
    const auto running = make_worker();
    ASSERT_TRUE(running->start(sink("bored", {"in"}), recording_connector()).has_value());
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(stage->mutex);
        return stage->empty_puts >= 2;
    }));
}

}  // namespace
}  // namespace weir::connect::worker
