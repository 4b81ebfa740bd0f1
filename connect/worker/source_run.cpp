// One run of a task of a source: positions, then polls, sends and commits until it is asked to end
// or something ends it. Belongs to the thread of the run.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "connect/errors/verdict.hpp"
#include "connect/worker/plugin_task.hpp"
#include "connect/worker/record_encoder.hpp"
#include "connect/worker/source_writer.hpp"

namespace weir::connect::worker {
namespace {

using clock = std::chrono::steady_clock;

constexpr milliseconds idle_poll{100};
constexpr milliseconds paused_wait{1000};
constexpr milliseconds positions_wait{5};

std::uint64_t microseconds_since(clock::time_point begin) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin).count());
}

class source_run {
  public:
    source_run(const task_setup& setup, record_tools tools)
        : setup_(setup),
          component_(*setup.component),
          control_(*setup.control),
          metrics_(*setup.metrics),
          retries_(component_.errors),
          encoder_(setup, std::move(tools)),
          writer_(setup),
          plugin_(setup) {}

    run_end run() {
        if (auto begun = begin(); !begun) return begun.error();
        control_.on_began();
        while (!control_.is_ending()) {
            auto went = step();
            if (!went) return end(went.error());
        }
        return end(asked());
    }

  private:
    write_result begin() {
        if (auto opened = writer_.open(); !opened) return opened;
        auto found = stores::read_positions({.client = client_options_of(setup_, "positions"),
                                             .component = component_.name,
                                             .timeout = setup_.options->request_timeout,
                                             .stop = [this] { return control_.is_ending(); }});
        if (!found) return std::unexpected(may_heal(found.error().text));
        const auto made = plugin_.create(*found);
        add(made.is_ok() ? setup_.metrics->startups : setup_.metrics->startup_failures);
        if (!made.is_ok()) return std::unexpected(end_of(made));
        return {};
    }

    write_result step() {
        if (control_.is_paused() && !writer_.is_open()) return rest();
        weir_batch batch;
        const auto began = clock::now();
        const auto polled = plugin_.poll(poll_time(), batch);
        // Nothing of this run counts any more.
        if (control_.is_given_up()) return std::unexpected(asked());
        if (!polled.is_ok()) return handle_trouble(polled);
        if (retries_.tries() > 0) control_.set_trouble({});
        retries_.succeeded();
        count_poll(batch, began);
        if (auto taken = take(batch); !taken) return taken;
        const bool drained = (batch.flags & WEIR_BATCH_DRAINED) != 0 || batch.record_count == 0;
        return commit_if_due(drained);
    }

    // A paused task keeps what it has; its unit was finished first.
    write_result rest() {
        if (auto done = commit(true); !done) return done;
        const auto began = clock::now();
        control_.wait(paused_wait);
        add(metrics_.paused_us, microseconds_since(began));
        return writer_.serve(milliseconds(0));
    }

    milliseconds poll_time() const {
        if (writer_.is_waiting()) return positions_wait;
        if (!writer_.is_committable()) return idle_poll;
        const auto left = component_.commit_interval.count() - writer_.age_ms();
        return milliseconds(std::clamp<std::int64_t>(left, 0, idle_poll.count()));
    }

    void count_poll(const weir_batch& batch, clock::time_point began) {
        if (batch.record_count == 0) return;
        const auto took = microseconds_since(began);
        add(metrics_.batches);
        add(metrics_.batch_us, took);
        metrics_.batch_us_max = std::max<std::uint64_t>(metrics_.batch_us_max, took);
        metrics_.batch_size_max =
            std::max<std::uint64_t>(metrics_.batch_size_max, batch.record_count);
        add(metrics_.records_in, batch.record_count);
    }

    write_result handle_trouble(const call_end& polled) {
        if (writer_.is_committable()) {
            if (auto done = commit(true); !done) return done;
        }
        if (polled.status != WEIR_RETRY) return std::unexpected(end_of(polled));
        const auto now = steady_ms();
        const auto pause = retries_.failed(now);
        ++metrics_.errors.retries;
        if (retries_.is_over(now)) return std::unexpected(may_heal(polled.reason));
        if (retries_.tries() == 1) {
            base::log_warn("{}: poll: {}; it is tried again", task_name(setup_), polled.reason);
        }
        control_.set_trouble(polled.reason);
        control_.wait(milliseconds(pause));
        return {};
    }

    write_result take(const weir_batch& batch) {
        const bool garbage = (batch.records == nullptr && batch.record_count > 0) ||
                             (batch.positions == nullptr && batch.position_count > 0);
        if (garbage) {
            return std::unexpected(cannot_heal("poll() counts records that it does not give"));
        }
        encoder_.clear();
        for (std::uint32_t index = 0; index < batch.record_count; ++index) {
            const auto& record = batch.records[index];
            auto encoded = encoder_.encode(record, writer_.record_bytes_max());
            if (encoded) continue;
            if (auto settled = settle(record, encoded.error()); !settled) return settled;
        }
        add(metrics_.records_out, encoder_.out().size());
        auto sent = writer_.send({.records = encoder_.out(),
                                  .bytes = encoder_.out_bytes(),
                                  .positions = positions_of(batch),
                                  .open = (batch.flags & WEIR_BATCH_OPEN) != 0});
        metrics_.records_active = writer_.records();
        return sent;
    }

    static std::vector<core::position> positions_of(const weir_batch& batch) {
        std::vector<core::position> out;
        out.reserve(batch.position_count);
        for (std::uint32_t index = 0; index < batch.position_count; ++index) {
            const auto& each = batch.positions[index];
            out.push_back({.partition = std::string(data::view(each.partition)),
                           .offset = std::string(data::view(each.offset))});
        }
        return out;
    }

    // A record that cannot be processed goes the way that the error policy says.
    write_result settle(const weir_record& record, const errors::failure& why) {
        auto& counts = metrics_.errors;
        ++counts.record_failures;
        ++counts.record_errors;
        counts.last_error_ms = wall_ms();
        const auto from = encoder_.origin_of(record);
        if (component_.errors.log) {
            base::log_warn("{}: {}", task_name(setup_), errors::place_and_reason(from, why));
        }
        switch (errors::verdict_of(component_.errors)) {
            case errors::verdict::skip:
                ++counts.records_skipped;
                return {};
            case errors::verdict::dead_letter:
                ++counts.dead_letter_requests;
                if (encoder_.add_dead_letter(record, why)) return {};
                ++counts.dead_letter_failures;
                break;
            case errors::verdict::fail:
                break;
        }
        // What came before this batch is kept.
        if (writer_.is_committable()) {
            if (auto done = commit(true); !done) return done;
        }
        return std::unexpected(cannot_heal(errors::place_and_reason(from, why)));
    }

    write_result commit_if_due(bool drained) {
        const bool late = writer_.age_ms() >= component_.commit_interval.count();
        const bool big = writer_.bytes() >= setup_.options->transaction_bytes_max;
        if (component_.delivery == pipeline::delivery_mode::at_least_once) {
            if (writer_.is_waiting() || (writer_.is_committable() && late)) return commit(false);
            return writer_.serve(milliseconds(0));
        }
        if (!writer_.is_committable()) return {};
        if (late || big || (drained && writer_.has_records())) return commit(false);
        return {};
    }

    write_result commit(bool all) {
        const auto began = clock::now();
        auto done = all ? writer_.commit_all(setup_.options->request_timeout) : writer_.commit();
        if (!done) {
            add(metrics_.commit_failures);
            return std::unexpected(done.error());
        }
        metrics_.records_active = writer_.records();
        if (*done == 0) return {};
        add(metrics_.commits);
        add(metrics_.commit_us, microseconds_since(began));
        const auto told = plugin_.committed(*done);
        if (told.status == WEIR_FATAL) return std::unexpected(end_of(told));
        if (!told.is_ok()) base::log_warn("{}: committed: {}", task_name(setup_), told.reason);
        return {};
    }

    // The last batches are committed, unless they are in the middle of a unit or the producer is
    // what failed: then they come again.
    run_end end(run_end how) {
        if (control_.is_given_up()) return how;
        if (how.how == core::end_kind::asked && writer_.is_committable()) {
            auto done = commit(true);
            if (!done) how = done.error();
        }
        writer_.abort();
        plugin_.destroy();
        return how;
    }

    const task_setup& setup_;
    const pipeline::component& component_;
    run_control& control_;
    task_metrics& metrics_;
    errors::retry_schedule retries_;
    record_encoder encoder_;
    source_writer writer_;
    source_plugin plugin_;
};

}  // namespace

run_end run_source(const task_setup& setup) {
    auto tools = make_tools(setup);
    if (!tools) return cannot_heal(tools.error());
    setup.metrics->clear_samples();
    return source_run(setup, std::move(*tools)).run();
}

}  // namespace weir::connect::worker
