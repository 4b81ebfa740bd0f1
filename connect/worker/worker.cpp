#include "connect/worker/worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.hpp"
#include "connect/data/value.hpp"
#include "connect/stores/component_store.hpp"
#include "connect/worker/metrics.hpp"
#include "connect/worker/plugin_task.hpp"
#include "connect/worker/supervised_task.hpp"

namespace weir::connect::worker {
namespace {

using component_ptr = std::shared_ptr<const pipeline::component>;

struct connector_entry {
    component_ptr component;
    const weir_connector* connector = nullptr;
    task_state goal = task_state::running;
    std::vector<std::shared_ptr<supervised_task>> tasks;
};

}  // namespace

struct worker::state : std::enable_shared_from_this<worker::state> {
    explicit state(worker_options given, stores::component_store seen)
        : options(std::make_shared<worker_options>(std::move(given))), store(std::move(seen)) {}

    std::shared_ptr<const worker_options> options;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::map<component_id, connector_entry> entries;
    stores::component_store store;
    bool ending = false;
    std::thread clock;
    std::vector<std::thread> finished;  // runs that have ended, or are about to return
    // One at a time, so that tasks of one component do not tell its connector twice.
    std::mutex hooks;

    connector_entry* find(const component_id& which) {
        const auto found = entries.find(which);
        return found == entries.end() ? nullptr : &found->second;
    }

    // The thread that wakes up for backoffs and deadlines.
    void run_clock() {
        std::unique_lock lock(mutex);
        while (!ending) {
            const auto now = steady_ms();
            std::optional<core::time_ms> next;
            for (const auto& [id, entry] : entries) {
                for (const auto& task : entry.tasks) {
                    if (task->deadline().value_or(now + 1) <= now) {
                        step(task, core::event::tick{now});
                    }
                    const auto due = task->deadline();
                    if (due) next = std::min(next.value_or(*due), *due);
                }
            }
            join_finished();
            const auto wait = next ? std::max<core::time_ms>(*next - steady_ms(), 1) : 60000;
            changed.wait_for(lock, milliseconds(wait));
        }
    }

    // They need nothing any more but to return.
    void join_finished() {
        for (auto& each : finished)
            each.join();
        finished.clear();
    }

    // Everything that follows from the event; `mutex` is held.
    void step(const std::shared_ptr<supervised_task>& task, const core::event_type& what) {
        for (const auto effect : task->supervision.step(what)) {
            switch (effect) {
                case core::effect::launch:
                    launch(task);
                    break;
                case core::effect::ask_end:
                    task->control->ask_end();
                    break;
                case core::effect::pause:
                    task->control->pause(true);
                    break;
                case core::effect::resume:
                    task->control->pause(false);
                    break;
                case core::effect::give_up:
                    task->control->give_up();
                    task->thread.detach();
                    base::log_error("{}: {}", task_name(task->setup), task->supervision.reason());
                    break;
            }
        }
        changed.notify_all();
    }

    void launch(const std::shared_ptr<supervised_task>& task) {
        if (task->thread.joinable()) finished.push_back(std::move(task->thread));
        task->control = std::make_shared<run_control>();
        const auto setup = task->setup_of_run();
        const auto run = task->control;
        // The run may outlive the worker when it is given up: what it says then reaches nobody.
        const std::weak_ptr<state> from = weak_from_this();
        const auto tell = [from, of = std::weak_ptr(task),
                           by = std::weak_ptr(run)](const core::event_type& what) {
            const auto self = from.lock();
            const auto told = of.lock();
            const auto teller = by.lock();
            if (!self || !told || !teller) return;
            const std::lock_guard lock(self->mutex);
            if (told->control == teller && !teller->is_given_up()) self->step(told, what);
        };
        run->on_began = [tell] { tell(core::event::began{steady_ms()}); };
        const auto body = [from, setup, tell] {
            const auto began = std::chrono::steady_clock::now();
            auto ended = run_task(from, setup);
            add(setup.metrics->running_us,
                static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                               std::chrono::steady_clock::now() - began)
                                               .count()));
            if (ended.how != core::end_kind::asked) {
                base::log_error("{}: {}", task_name(setup), ended.reason);
            }
            tell(core::event::ended{
                .now = steady_ms(), .how = ended.how, .reason = std::move(ended.reason)});
        };
        task->thread = std::thread(body);
    }

    static run_end run_task(const std::weak_ptr<state>& from, const task_setup& setup) {
        {
            const auto self = from.lock();
            if (!self) return asked();
            if (const auto told = self->tell_connector(setup); !told.is_ok()) return end_of(told);
        }
        if (setup.control->is_ending()) return asked();
        return setup.component->kind == pipeline::component_kind::source ? run_source(setup)
                                                                         : run_sink(setup);
    }

    // created() or updated(), where the connector does not know yet.
    call_end tell_connector(const task_setup& setup) {
        const auto& component = *setup.component;
        const auto key = stores::component_key(component.kind, component.name);
        const std::lock_guard one(hooks);
        std::optional<stores::seen_component> before;
        {
            const std::lock_guard lock(mutex);
            const auto found = store.all().find(key);
            if (found != store.all().end()) before = found->second;
        }
        auto now = stores::seen_of(component);
        if (before == now) return {};
        const bool known = before && before->type == now.type;
        auto told =
            known ? call_updated(setup, settings_of(*before, component.name)) : call_created(setup);
        if (!told.is_ok()) return told;
        const std::lock_guard lock(mutex);
        if (auto kept = store.put(key, std::move(now)); !kept) {
            return {WEIR_RETRY, kept.error()};
        }
        return {};
    }

    plugin::component_settings settings_of(const stores::seen_component& of,
                                           const std::string& name) const {
        return stores::from_text(of, name, options->resolve);
    }

    // All tasks have ended or were given up, or `tasks` is empty.
    void wait_for_end(std::unique_lock<std::mutex>& lock,
                      const std::vector<std::shared_ptr<supervised_task>>& tasks) {
        const auto done = [&tasks] {
            return std::ranges::none_of(
                tasks, [](const auto& each) { return each->supervision.is_present(); });
        };
        // The clock gives up those that do not end.
        changed.wait(lock, done);
    }

    outcome start(std::unique_lock<std::mutex>&, pipeline::component what,
                  const weir_connector* connector) {
        const component_id id{what.kind, what.name};
        if (ending) return std::unexpected("the worker stops");
        if (entries.contains(id)) {
            return std::unexpected(
                fmt::format("{} is there already", stores::component_key(id.kind, id.name)));
        }
        const bool source = what.kind == pipeline::component_kind::source;
        const bool has_it = connector != nullptr &&
                            (source ? connector->source != nullptr : connector->sink != nullptr);
        if (!has_it) {
            return std::unexpected(
                fmt::format("type {} has no {}", what.type, source ? "source" : "sink"));
        }
        auto& entry = entries[id];
        entry.component = std::make_shared<const pipeline::component>(std::move(what));
        entry.connector = connector;
        const auto count = source ? 1 : std::clamp(entry.component->tasks, 1, 1000);
        for (std::int32_t task = 0; task < count; ++task) {
            entry.tasks.push_back(std::make_shared<supervised_task>(
                task_setup{.options = options,
                           .component = entry.component,
                           .connector = connector,
                           .task = task,
                           .metrics = std::make_shared<task_metrics>(),
                           .control = {}}));
        }
        for (const auto& each : entry.tasks)
            step(each, core::event::run_asked{steady_ms()});
        return {};
    }

    void collect(const connector_entry& of) {
        for (const auto& each : of.tasks) {
            if (each->thread.joinable()) finished.push_back(std::move(each->thread));
        }
    }

    outcome forget(std::unique_lock<std::mutex>& lock, const component_id& which) {
        const auto* entry = find(which);
        if (entry == nullptr) return std::unexpected(missing(which));
        const auto tasks = entry->tasks;
        for (const auto& each : tasks)
            step(each, core::event::stop_asked{steady_ms()});
        wait_for_end(lock, tasks);
        const auto found = entries.find(which);
        if (found == entries.end()) return {};
        collect(found->second);
        entries.erase(found);
        return {};
    }

    static std::string missing(const component_id& which) {
        return fmt::format("there is no {}", stores::component_key(which.kind, which.name));
    }

    template <class Event>
    outcome ask(const component_id& which, task_state goal) {
        const std::lock_guard lock(mutex);
        auto* entry = find(which);
        if (entry == nullptr) return std::unexpected(missing(which));
        entry->goal = goal;
        for (const auto& each : entry->tasks)
            step(each, Event{steady_ms()});
        return {};
    }
};

worker::worker(std::shared_ptr<state> state) : state_(std::move(state)) {}

std::expected<std::unique_ptr<worker>, std::string> worker::create(worker_options options) {
    auto seen = stores::component_store::open(options.data_dir);
    if (!seen) return std::unexpected(seen.error());
    auto made = std::make_shared<state>(std::move(options), std::move(*seen));
    made->clock = std::thread([self = made.get()] { self->run_clock(); });
    return std::unique_ptr<worker>(new worker(std::move(made)));
}

worker::~worker() {
    stop_all();
    {
        const std::lock_guard lock(state_->mutex);
        state_->ending = true;
    }
    state_->changed.notify_all();
    state_->clock.join();
    const std::lock_guard lock(state_->mutex);
    for (const auto& [id, entry] : state_->entries)
        state_->collect(entry);
    state_->join_finished();
}

worker::outcome worker::start(pipeline::component what, const weir_connector* connector) {
    std::unique_lock lock(state_->mutex);
    return state_->start(lock, std::move(what), connector);
}

worker::outcome worker::update(pipeline::component what, const weir_connector* connector) {
    std::unique_lock lock(state_->mutex);
    if (auto gone = state_->forget(lock, {what.kind, what.name}); !gone) return gone;
    return state_->start(lock, std::move(what), connector);
}

worker::outcome worker::forget(const component_id& which) {
    std::unique_lock lock(state_->mutex);
    return state_->forget(lock, which);
}

worker::outcome worker::remove(const component_id& which, const weir_connector* connector) {
    const auto key = stores::component_key(which.kind, which.name);
    task_setup setup;
    std::optional<stores::seen_component> before;
    {
        std::unique_lock lock(state_->mutex);
        if (state_->find(which) != nullptr) (void)state_->forget(lock, which);
        const auto found = state_->store.all().find(key);
        if (found != state_->store.all().end()) before = found->second;
    }
    if (!before) return {};
    if (connector == nullptr) return std::unexpected(key + ": its connector is not there");
    auto component = std::make_shared<pipeline::component>();
    component->kind = which.kind;
    component->name = which.name;
    setup.options = state_->options;
    setup.component = component;
    setup.connector = connector;
    setup.metrics = std::make_shared<task_metrics>();
    const std::lock_guard one(state_->hooks);
    const auto told = call_deleted(setup, state_->settings_of(*before, which.name));
    if (!told.is_ok()) return std::unexpected(told.reason);
    const std::lock_guard lock(state_->mutex);
    return state_->store.remove(key);
}

std::vector<seen_id> worker::seen() const {
    std::vector<seen_id> out;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [key, of] : state_->store.all()) {
        out.push_back({.id = {of.kind, key.substr(key.find('.') + 1)}, .type = of.type});
    }
    return out;
}

worker::outcome worker::pause(const component_id& which) {
    return state_->ask<core::event::pause_asked>(which, task_state::paused);
}
worker::outcome worker::resume(const component_id& which) {
    return state_->ask<core::event::run_asked>(which, task_state::running);
}
worker::outcome worker::stop(const component_id& which) {
    return state_->ask<core::event::stop_asked>(which, task_state::stopped);
}

worker::outcome worker::restart(const component_id& which, bool only_failed) {
    const std::lock_guard lock(state_->mutex);
    auto* entry = state_->find(which);
    if (entry == nullptr) return std::unexpected(state::missing(which));
    for (const auto& each : entry->tasks) {
        const bool failed = each->supervision.state() == task_state::failed;
        if (only_failed && !failed) continue;
        state_->step(each, core::event::restart_asked{steady_ms()});
    }
    return {};
}

worker::outcome worker::restart_task(const component_id& which, std::int32_t task) {
    const std::lock_guard lock(state_->mutex);
    auto* entry = state_->find(which);
    if (entry == nullptr) return std::unexpected(state::missing(which));
    const auto index = static_cast<std::size_t>(task);
    if (task < 0 || index >= entry->tasks.size()) {
        return std::unexpected(fmt::format("there is no task {}", task));
    }
    state_->step(entry->tasks[index], core::event::restart_asked{steady_ms()});
    return {};
}

void worker::stop_all() {
    std::unique_lock lock(state_->mutex);
    std::vector<std::shared_ptr<supervised_task>> all;
    for (const auto& [id, entry] : state_->entries)
        all.insert(all.end(), entry.tasks.begin(), entry.tasks.end());
    for (const auto& each : all)
        state_->step(each, core::event::stop_asked{steady_ms()});
    state_->wait_for_end(lock, all);
}

std::vector<component_status> worker::status() const {
    std::vector<component_status> out;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [id, entry] : state_->entries) {
        component_status status{
            .id = id, .type = entry.component->type, .state = entry.goal, .tasks = {}};
        for (const auto& each : entry.tasks)
            status.tasks.push_back(each->status());
        out.push_back(std::move(status));
    }
    return out;
}

std::vector<base::metric_family> worker::metrics() const {
    std::vector<metered_component> all;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [id, entry] : state_->entries) {
        metered_component each{.name = id.name,
                               .source = id.kind == pipeline::component_kind::source,
                               .status = core::state_name(entry.goal),
                               .tasks = {}};
        for (const auto& task : entry.tasks) {
            each.tasks.push_back({.task = task->setup.task,
                                  .status = core::state_name(task->supervision.state()),
                                  .metrics = task->setup.metrics});
        }
        all.push_back(std::move(each));
    }
    return metric_families(all);
}

}  // namespace weir::connect::worker
