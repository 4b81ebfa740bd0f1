#include "connect/worker/core/supervision.hpp"

#include <algorithm>

namespace weir::connect::worker::core {

std::string_view state_name(task_state state) {
    switch (state) {
        case task_state::unassigned:
            return "UNASSIGNED";
        case task_state::running:
            return "RUNNING";
        case task_state::paused:
            return "PAUSED";
        case task_state::stopped:
            return "STOPPED";
        case task_state::failed:
            return "FAILED";
        case task_state::restarting:
            return "RESTARTING";
    }
    return "UNASSIGNED";
}

std::vector<effect> supervision::step(const event_type& what) {
    return std::visit([this](const auto& each) { return on(each); }, what);
}

std::optional<time_ms> supervision::deadline() const {
    return end_by_ ? end_by_ : launch_at_;
}

supervision::effects supervision::launch() {
    launch_at_.reset();
    end_by_.reset();
    began_at_.reset();
    again_ = false;
    present_ = true;
    return {effect::launch};
}

supervision::effects supervision::ask_end(time_ms now) {
    if (end_by_) return {};
    end_by_ = now + options_.end_timeout_ms;
    return {effect::ask_end};
}

supervision::effects supervision::on(const event::run_asked& what) {
    const bool was_paused = goal_ == goal::pause;
    goal_ = goal::run;
    if (state_ == task_state::failed) return {};
    if (present_ && end_by_) {
        // It ends because it was asked to before: then again.
        again_ = true;
        state_ = task_state::restarting;
        return {};
    }
    if (present_) {
        if (!was_paused) return {};
        state_ = began_at_ ? task_state::running : task_state::unassigned;
        return {effect::resume};
    }
    if (launch_at_) return {};
    (void)what;
    state_ = task_state::unassigned;
    return launch();
}

supervision::effects supervision::on(const event::pause_asked&) {
    goal_ = goal::pause;
    launch_at_.reset();
    if (state_ == task_state::failed) return {};
    again_ = false;
    state_ = task_state::paused;
    reason_.clear();
    if (present_ && !end_by_) return {effect::pause};
    return {};
}

supervision::effects supervision::on(const event::stop_asked& what) {
    goal_ = goal::stop;
    launch_at_.reset();
    again_ = false;
    if (present_) return ask_end(what.now);
    state_ = task_state::stopped;
    reason_.clear();
    return {};
}

supervision::effects supervision::on(const event::restart_asked& what) {
    backoff_ms_ = 0;
    if (goal_ == goal::stop) return {};
    reason_.clear();
    if (present_) {
        again_ = true;
        state_ = task_state::restarting;
        return ask_end(what.now);
    }
    launch_at_.reset();
    if (goal_ == goal::pause) {
        state_ = task_state::paused;
        return {};
    }
    state_ = task_state::restarting;
    return launch();
}

supervision::effects supervision::on(const event::began& what) {
    if (!present_) return {};
    began_at_ = what.now;
    if (end_by_) return {};
    if (goal_ == goal::pause) return {effect::pause};
    state_ = task_state::running;
    reason_.clear();
    return {};
}

// Trouble that may heal: a pause that doubles, and begins anew after a run that was long enough.
void supervision::rest(time_ms now, const event::ended& what) {
    const bool lasted = began_at_ && now - *began_at_ >= options_.backoff_max_ms;
    if (lasted) backoff_ms_ = 0;
    backoff_ms_ = std::clamp(backoff_ms_ * 2, options_.backoff_min_ms, options_.backoff_max_ms);
    launch_at_ = now + backoff_ms_;
    state_ = task_state::restarting;
    reason_ = what.reason;
}

supervision::effects supervision::on(const event::ended& what) {
    if (!present_) return {};
    present_ = false;
    const bool again = again_;
    end_by_.reset();
    again_ = false;
    if (goal_ == goal::stop) {
        state_ = task_state::stopped;
        reason_.clear();
        return {};
    }
    if (what.how == end_kind::cannot_heal) {
        state_ = task_state::failed;
        reason_ = what.reason;
        return {};
    }
    if (goal_ == goal::pause) {
        state_ = task_state::paused;
        return {};
    }
    if (again) return launch();
    rest(what.now, what);
    return {};
}

supervision::effects supervision::on(const event::tick& what) {
    if (present_ && end_by_ && what.now >= *end_by_) {
        present_ = false;
        end_by_.reset();
        again_ = false;
        state_ = task_state::failed;
        reason_ = "the connector did not return when it was asked to stop; it is left to itself";
        return {effect::give_up};
    }
    if (!present_ && launch_at_ && what.now >= *launch_at_ && goal_ == goal::run) return launch();
    return {};
}

}  // namespace weir::connect::worker::core
