// Goal: what may heal is tried again for ever, what cannot waits for a person, and there is never
// more than one run of a task. Method: scripts in virtual time, and seeded histories in which a
// model plays the runs and every effect is checked.
#include "connect/worker/core/supervision.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace weir::connect::worker::core {
namespace {

using effects = std::vector<effect>;

event::ended healable(time_ms now) {
    return {.now = now, .how = end_kind::may_heal, .reason = "the server is away"};
}

TEST(supervision, runs_a_task_that_is_started) {
    supervision task({});
    EXPECT_EQ(task.state(), task_state::unassigned);
    EXPECT_EQ(task.step(event::run_asked{0}), effects{effect::launch});
    EXPECT_EQ(task.state(), task_state::unassigned);
    EXPECT_EQ(task.step(event::began{5}), effects{});
    EXPECT_EQ(task.state(), task_state::running);
}

TEST(supervision, starts_again_after_pauses_that_double_up_to_a_minute) {
    supervision task({});
    task.step(event::run_asked{0});
    time_ms now = 0;
    for (const time_ms pause : {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000}) {
        EXPECT_EQ(task.step(healable(now)), effects{});
        EXPECT_EQ(task.state(), task_state::restarting);
        EXPECT_EQ(task.reason(), "the server is away");
        EXPECT_EQ(task.deadline(), now + pause);
        EXPECT_EQ(task.step(event::tick{now + pause - 1}), effects{});
        now += pause;
        EXPECT_EQ(task.step(event::tick{now}), effects{effect::launch});
    }
    task.step(event::began{now});
    EXPECT_EQ(task.state(), task_state::running);
    EXPECT_EQ(task.reason(), "");
    // It has run long enough for this to be another trouble.
    now += 60000;
    task.step(healable(now));
    EXPECT_EQ(task.deadline(), now + 1000);
}

TEST(supervision, leaves_what_cannot_heal_failed_until_a_restart) {
    supervision task({});
    task.step(event::run_asked{0});
    task.step(event::began{1});
    EXPECT_EQ(task.step(event::ended{2, end_kind::cannot_heal, "no such table"}), effects{});
    EXPECT_EQ(task.state(), task_state::failed);
    EXPECT_EQ(task.reason(), "no such table");
    EXPECT_FALSE(task.deadline().has_value());
    EXPECT_EQ(task.step(event::run_asked{3}), effects{});
    EXPECT_EQ(task.step(event::restart_asked{4}), effects{effect::launch});
    EXPECT_EQ(task.state(), task_state::restarting);
    task.step(event::began{5});
    EXPECT_EQ(task.state(), task_state::running);
}

TEST(supervision, pauses_and_resumes_the_run_that_is_there) {
    supervision task({});
    task.step(event::run_asked{0});
    task.step(event::began{1});
    EXPECT_EQ(task.step(event::pause_asked{2}), effects{effect::pause});
    EXPECT_EQ(task.state(), task_state::paused);
    EXPECT_EQ(task.step(event::run_asked{3}), effects{effect::resume});
    EXPECT_EQ(task.state(), task_state::running);
}

TEST(supervision, does_not_start_what_is_paused) {
    supervision task({});
    task.step(event::run_asked{0});
    task.step(healable(1));
    EXPECT_EQ(task.step(event::pause_asked{2}), effects{});
    EXPECT_EQ(task.step(event::tick{100000}), effects{});
    EXPECT_EQ(task.state(), task_state::paused);
    EXPECT_EQ(task.step(event::run_asked{100001}), effects{effect::launch});
}

TEST(supervision, stops_within_the_deadline_or_gives_up) {
    supervision task({});
    task.step(event::run_asked{0});
    task.step(event::began{1});
    EXPECT_EQ(task.step(event::stop_asked{2}), effects{effect::ask_end});
    EXPECT_EQ(task.step(event::stop_asked{3}), effects{});
    EXPECT_EQ(task.step(event::tick{10001}), effects{});
    EXPECT_EQ(task.step(event::tick{10002}), effects{effect::give_up});
    EXPECT_EQ(task.state(), task_state::failed);
    EXPECT_FALSE(task.is_present());

    supervision polite({});
    polite.step(event::run_asked{0});
    polite.step(event::stop_asked{1});
    polite.step(event::ended{2, end_kind::asked, ""});
    EXPECT_EQ(polite.state(), task_state::stopped);
    EXPECT_EQ(polite.step(event::run_asked{3}), effects{effect::launch});
}

TEST(supervision, restarts_by_ending_the_run_first) {
    supervision task({});
    task.step(event::run_asked{0});
    task.step(event::began{1});
    EXPECT_EQ(task.step(event::restart_asked{2}), effects{effect::ask_end});
    EXPECT_EQ(task.state(), task_state::restarting);
    EXPECT_EQ(task.step(event::ended{3, end_kind::asked, ""}), effects{effect::launch});
}

// The runs as the worker would have them.
struct model {
    int present = 0;
    bool asked = false;
    bool paused = false;

    void carry_out(const effects& all) {
        for (const auto each : all) {
            switch (each) {
                case effect::launch:
                    ++present;
                    asked = paused = false;
                    break;
                case effect::ask_end:
                    ASSERT_EQ(present, 1);
                    ASSERT_FALSE(asked);
                    asked = true;
                    break;
                case effect::pause:
                    ASSERT_EQ(present, 1);
                    paused = true;
                    break;
                case effect::resume:
                    ASSERT_EQ(present, 1);
                    paused = false;
                    break;
                case effect::give_up:
                    ASSERT_EQ(present, 1);
                    ASSERT_TRUE(asked);
                    --present;
                    break;
            }
        }
        ASSERT_LE(present, 1);
    }
};

event_type random_event(base::prng& random, const model& runs, time_ms now) {
    switch (random.below(runs.present > 0 ? 8 : 5)) {
        case 0:
            return event::run_asked{now};
        case 1:
            return event::pause_asked{now};
        case 2:
            return event::stop_asked{now};
        case 3:
            return event::restart_asked{now};
        case 4:
            return event::tick{now};
        case 5:
            return event::began{now};
        default:
            break;
    }
    if (runs.asked) return event::ended{now, end_kind::asked, ""};
    return event::ended{now, random.below(2) == 0 ? end_kind::may_heal : end_kind::cannot_heal,
                        "trouble"};
}

TEST(supervision, has_one_run_at_most_in_random_histories) {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        base::prng random(seed);
        supervision task({});
        model runs;
        time_ms now = 0;
        for (int step = 0; step < 80; ++step) {
            now += static_cast<time_ms>(random.below(15000));
            const auto what = random_event(random, runs, now);
            const bool ends = std::holds_alternative<event::ended>(what);
            if (ends) --runs.present;
            ASSERT_NO_FATAL_FAILURE(runs.carry_out(task.step(what))) << "seed " << seed;
            ASSERT_EQ(task.is_present(), runs.present == 1) << "seed " << seed;
            if (task.deadline()) {
                ASSERT_LE(*task.deadline(), now + 60000) << "seed " << seed;
            }
        }
        // However it came here: stopped is stopped, and it ends.
        runs.carry_out(task.step(event::stop_asked{now}));
        runs.carry_out(task.step(event::tick{now + 10000}));
        ASSERT_FALSE(task.is_present()) << "seed " << seed;
        ASSERT_TRUE(task.step(event::tick{now + 1000000}).empty()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace weir::connect::worker::core
