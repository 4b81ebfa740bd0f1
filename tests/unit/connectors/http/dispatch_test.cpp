// Goal: requests of a lane follow each other, waits are kept, and what is given back leaves nothing
// behind that overtakes it. Method: events with times by hand; the effects are read.
#include "connectors/http/dispatch.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::http {
namespace {

struct course {
    explicit course(retry_policy policy) : core(std::move(policy), 1) {}

    void step(const dispatch_event& event, std::int64_t now_ms) {
        sent.clear();
        for (const auto& each : core.step(event, now_ms)) {
            if (const auto* send = std::get_if<send_request>(&each)) sent.push_back(send->request);
            if (const auto* settle = std::get_if<settle_request>(&each)) settled.push_back(*settle);
        }
    }
    void begin(std::vector<std::uint32_t> lanes, std::uint32_t count, std::int64_t now_ms) {
        std::vector<planned_request> requests;
        for (const auto lane : lanes)
            requests.push_back({lane, 0, 1, 1});
        settled.clear();
        step(begun{requests, {}, count}, now_ms);
    }
    static verdict again(bool answered, std::int64_t retry_after_ms = 0) {
        return {fate::again, "busy", answered, answered, retry_after_ms, false};
    }

    dispatch core;
    std::vector<std::uint32_t> sent;
    std::vector<settle_request> settled;
};

retry_policy quick() {
    retry_policy out;
    out.for_ms = 1000;
    out.backoff_min_ms = 100;
    out.backoff_max_ms = 100;
    return out;
}

using requests = std::vector<std::uint32_t>;

TEST(dispatch, sends_one_request_of_a_lane_after_the_other) {
    course of(quick());
    of.begin({0, 1, 0, 1}, 2, 0);
    EXPECT_EQ(of.sent, (requests{0, 1}));
    of.step(judged{0, {}}, 1);
    EXPECT_EQ(of.sent, (requests{2}));
    of.step(judged{2, {}}, 2);
    EXPECT_TRUE(of.sent.empty());
    of.step(judged{1, {fate::refused, "no", true, true, 0, false}}, 3);
    EXPECT_EQ(of.sent, (requests{3}));
    of.step(judged{3, {}}, 4);
    EXPECT_TRUE(of.core.is_settled());
    EXPECT_EQ(of.settled.size(), 4U);
}

TEST(dispatch, waits_between_tries_without_holding_other_lanes) {
    course of(quick());
    of.begin({0, 1, 1}, 2, 0);
    of.step(judged{0, course::again(true)}, 10);
    EXPECT_TRUE(of.sent.empty());
    of.step(judged{1, {}}, 11);
    EXPECT_EQ(of.sent, (requests{2}));
    const auto wake = of.core.wake_at_ms();
    EXPECT_TRUE(wake >= 60 && wake <= 110);
    of.step(woken{}, wake - 1);
    EXPECT_TRUE(of.sent.empty());
    of.step(woken{}, wake);
    EXPECT_EQ(of.sent, (requests{0}));
}

TEST(dispatch, holds_everything_back_as_long_as_the_server_asks_for) {
    course of(quick());
    of.begin({0, 1, 1}, 2, 0);
    of.step(judged{0, course::again(true, 5000)}, 10);
    of.step(judged{1, {}}, 20);
    EXPECT_TRUE(of.sent.empty());
    EXPECT_EQ(of.core.wake_at_ms(), 5010);
    // Also when the rest is given back, and comes again.
    of.step(stopping{}, 30);
    EXPECT_TRUE(of.core.is_settled());
    of.begin({0}, 1, 40);
    EXPECT_TRUE(of.sent.empty());
    of.step(woken{}, 5010);
    EXPECT_EQ(of.sent, (requests{0}));
}

TEST(dispatch, gives_up_what_the_server_does_not_take_for_too_long) {
    course of(quick());
    of.begin({0, 0}, 1, 0);
    of.step(judged{0, course::again(true)}, 10);
    of.step(woken{}, 500);
    of.step(judged{0, course::again(true)}, 1010);
    ASSERT_EQ(of.settled.size(), 1U);
    EXPECT_EQ(of.settled[0].what, fate::refused);
    EXPECT_EQ(of.sent, (requests{1}));
}

TEST(dispatch, gives_everything_back_when_the_server_answers_nobody) {
    course of(quick());
    of.begin({0, 0, 1}, 2, 0);
    of.step(judged{0, course::again(false)}, 10);
    of.step(judged{2, course::again(false)}, 10);
    of.step(woken{}, 500);
    of.step(judged{0, course::again(false)}, 1010);
    of.step(judged{2, course::again(false)}, 1011);
    ASSERT_EQ(of.settled.size(), 3U);
    for (const auto& each : of.settled)
        EXPECT_EQ(each.what, fate::again);
    EXPECT_EQ(of.settled[0].past.since_ms, 10);
    EXPECT_EQ(of.settled[0].past.failures, 2U);
    EXPECT_TRUE(of.core.is_settled());
}

TEST(dispatch, tells_a_request_that_breaks_the_server_from_a_server_that_is_away) {
    for (const bool reached : {true, false}) {
        course of(quick());
        of.begin({0, 1}, 2, 0);
        verdict broken;
        broken.what = fate::again;
        broken.has_reached = true;
        of.step(judged{0, broken}, 10);
        of.step(judged{1, {.answered = true}}, 20);
        of.step(woken{}, 500);
        broken.has_reached = reached;
        of.step(judged{0, broken}, 1010);
        ASSERT_EQ(of.settled.size(), 2U);
        EXPECT_EQ(of.settled[1].what, reached ? fate::refused : fate::again);
    }
}

TEST(dispatch, leaves_nothing_of_a_lane_that_could_overtake_what_is_given_back) {
    course of(quick());
    of.begin({0, 0, 1, 1}, 2, 0);
    of.step(stopping{}, 5);
    EXPECT_TRUE(of.settled.empty());
    of.step(judged{0, course::again(true)}, 6);
    of.step(judged{2, {}}, 7);
    ASSERT_EQ(of.settled.size(), 4U);
    EXPECT_EQ(of.settled[1].request, 1U);
    EXPECT_EQ(of.settled[1].what, fate::again);
    EXPECT_EQ(of.settled[2].what, fate::done);
    EXPECT_EQ(of.settled[3].what, fate::again);
    of.begin({0}, 1, 20);
    of.step(abandoned{}, 21);
    EXPECT_TRUE(of.core.is_settled());
    // An answer that comes too late changes nothing.
    of.step(judged{0, {}}, 22);
    EXPECT_EQ(of.settled.size(), 1U);
}

}  // namespace
}  // namespace weir::connectors::http
