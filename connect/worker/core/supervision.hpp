// supervision: when a task is started, stopped, started again or given up: the states of Kafka
// Connect, and what Connect leaves to a person. Pure: step(event) -> effects, time in the event.
//
// What may heal is tried again for ever, after 1 s, 2 s, 4 s ... 60 s; what cannot heal is FAILED
// with its reason until somebody asks for a restart. At most one run of a task is there at a time;
// one that does not end in time when it is asked to is given up: FAILED, and not started again by
// itself, because it may still be at work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::connect::worker::core {

using time_ms = std::int64_t;

enum class task_state : std::uint8_t { unassigned, running, paused, stopped, failed, restarting };
// "RUNNING": as Connect's REST writes it.
std::string_view state_name(task_state state);

// How a run of a task ended.
enum class end_kind : std::uint8_t {
    asked,        // because it was asked to
    may_heal,     // trouble that may go away
    cannot_heal,  // until somebody changes something
};

namespace event {
struct run_asked {
    time_ms now = 0;
};
struct pause_asked {
    time_ms now = 0;
};
struct stop_asked {
    time_ms now = 0;
};
// From whatever state, FAILED too; a paused or stopped task stays that.
struct restart_asked {
    time_ms now = 0;
};
// The run that was launched last is at work.
struct began {
    time_ms now = 0;
};
struct ended {
    time_ms now = 0;
    end_kind how = end_kind::asked;
    std::string reason;
};
struct tick {
    time_ms now = 0;
};
}  // namespace event
using event_type = std::variant<event::run_asked, event::pause_asked, event::stop_asked,
                                event::restart_asked, event::began, event::ended, event::tick>;

enum class effect : std::uint8_t {
    launch,   // a run begins
    ask_end,  // the run is asked to end
    pause,    // the run is told to wait
    resume,   // the run is told to go on
    give_up,  // the run is left to itself: nothing that it says counts any more
};

struct supervision_options {
    time_ms backoff_min_ms = 1000;
    time_ms backoff_max_ms = 60000;
    time_ms end_timeout_ms = 10000;
};

class supervision {
  public:
    explicit supervision(supervision_options options) : options_(options) {}

    std::vector<effect> step(const event_type& what);

    task_state state() const { return state_; }
    // Why it is FAILED or RESTARTING; empty otherwise.
    const std::string& reason() const { return reason_; }
    // Whether a run is there.
    bool is_present() const { return present_; }
    // When a tick is due.
    std::optional<time_ms> deadline() const;

  private:
    enum class goal : std::uint8_t { run, pause, stop };
    using effects = std::vector<effect>;

    effects on(const event::run_asked& what);
    effects on(const event::pause_asked& what);
    effects on(const event::stop_asked& what);
    effects on(const event::restart_asked& what);
    effects on(const event::began& what);
    effects on(const event::ended& what);
    effects on(const event::tick& what);

    effects launch();
    effects ask_end(time_ms now);
    void rest(time_ms now, const event::ended& what);

    supervision_options options_;
    goal goal_ = goal::stop;
    task_state state_ = task_state::unassigned;
    std::string reason_;
    bool present_ = false;
    bool again_ = false;                // when the run has ended
    std::optional<time_ms> end_by_;     // asked to end
    std::optional<time_ms> launch_at_;  // after a backoff
    std::optional<time_ms> began_at_;   // of this run
    time_ms backoff_ms_ = 0;            // the last one
};

}  // namespace weir::connect::worker::core
