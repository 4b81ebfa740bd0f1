// One run of a task of a sink: reads, gives, gives again, commits, until it is asked to end or
// something ends it. Belongs to the thread of the run.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "connect/errors/verdict.hpp"
#include "connect/worker/record_decoder.hpp"
#include "connect/worker/sink_reader.hpp"

namespace weir::connect::worker {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t records_max_by_default = 8192;
constexpr milliseconds idle_poll{100};
constexpr std::int64_t idle_put_ms = 1000;

// The records of one put(): where each came from, for dead letters and progress.
struct batch_records {
    std::vector<weir_record> records;
    std::vector<std::size_t> message_of;  // by record: its place in the message batch
    std::vector<weir_result> results;

    void clear() {
        records.clear();
        message_of.clear();
    }
};

class sink_run {
  public:
    sink_run(const task_setup& setup, record_tools tools)
        : setup_(setup),
          component_(*setup.component),
          control_(*setup.control),
          metrics_(*setup.metrics),
          decoder_(setup, std::move(tools)),
          letters_(setup),
          plugin_(setup),
          reader_(setup, plugin_, letters_) {}

    run_end run() {
        auto wish = weir_sink_wish{};
        const auto made = plugin_.create(wish);
        add(made.is_ok() ? metrics_.startups : metrics_.startup_failures);
        if (!made.is_ok()) return end_of(made);
        decoder_.set_forms(wish);
        if (wish.records_max > 0) count_max_ = wish.records_max;
        linger_ = milliseconds(wish.wait_ms);
        count_enough_ = wish.records_enough;
        if (auto opened = reader_.open(); !opened) return end(opened.error());
        control_.on_began();
        commit_at_ms_ = steady_ms();
        while (!control_.is_ending()) {
            auto went = step();
            if (!went) return end(went.error());
        }
        return end(asked());
    }

  private:
    read_result step() {
        if (control_.is_paused()) return rest();
        messages_.clear();
        decoder_.clear();
        messages_.swap(early_);
        if (messages_.size() > 0) return process(messages_);
        const kafka::group_consumer::poll_times times{
            .wait = idle_poll, .linger = linger_, .enough = count_enough_};
        if (auto read = reader_.poll(times, count_max_, messages_); !read) return read;
        if (messages_.size() > 0) {
            if (auto took = process(messages_); !took) return took;
        } else if (steady_ms() - put_at_ms_ >= idle_put_ms) {
            if (auto put = put_nothing(); !put) return put;
        }
        return commit_if_due();
    }

    // The group is served while the partitions rest; what comes nevertheless is kept.
    read_result rest() {
        if (auto done = reader_.commit(); !done) return done;
        const auto began = clock::now();
        while (control_.is_paused() && !control_.is_ending()) {
            reader_.pause();
            if (auto kept = keep_reading(idle_poll); !kept) return kept;
        }
        reader_.resume();
        add(metrics_.paused_us, microseconds_since(began));
        return {};
    }

    read_result keep_reading(milliseconds wait) {
        const auto began = clock::now();
        if (early_.size() < count_max_) {
            const auto room = count_max_ - early_.size();
            if (auto read = reader_.poll({.wait = wait}, room, early_); !read) return read;
        }
        // A record that came early is no reason to turn around.
        const auto spent = std::chrono::duration_cast<milliseconds>(clock::now() - began);
        if (spent < wait) control_.wait(std::min(wait - spent, milliseconds(20)));
        return {};
    }

    static std::uint64_t microseconds_since(clock::time_point begin) {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin).count());
    }

    read_result put_nothing() {
        put_at_ms_ = steady_ms();
        const auto put = plugin_.put({}, {});
        if (control_.is_given_up()) return std::unexpected(asked());
        if (put.status == WEIR_FATAL) return std::unexpected(end_of(put));
        if (put.status == WEIR_RETRY) {
            last_trouble_ = put.reason;
            control_.set_trouble(last_trouble_);
        }
        return {};
    }

    read_result commit_if_due() {
        const auto now = steady_ms();
        if (now - commit_at_ms_ < setup_.options->sink_commit_interval.count()) return {};
        commit_at_ms_ = now;
        return reader_.commit();
    }

    // Every message of the batch is given, dropped or a dead letter when this returns.
    read_result process(const kafka::message_batch& from) {
        auto& batch = batch_;
        batch.clear();
        add(metrics_.records_in, from.size());
        if (auto decoded = decode(from); !decoded) return decoded;
        errors::retry_schedule retries(component_.errors);
        const auto revocations = reader_.revocations();
        while (!batch.records.empty()) {
            if (auto put = put_batch(from, retries); !put) return put;
            mark_waiting(from);
            if (batch.records.empty()) break;
            if (auto held = hold(retries); !held) return held;
            // Records of partitions that were taken away come again, here or elsewhere.
            if (reader_.revocations() != revocations) break;
        }
        batch.clear();
        mark_waiting(from);
        if (retries.tries() > 0 || !last_trouble_.empty()) {
            last_trouble_.clear();
            control_.set_trouble({});
        }
        return {};
    }

    // Runs of one partition: the topic's name is looked at once in each.
    template <class Visit>
    void for_runs(const kafka::message_batch& from, const Visit& visit) {
        for (std::size_t index = 0; index < from.size();) {
            const auto first = from.at(index);
            auto end = index + 1;
            auto last = first.offset;
            for (; end < from.size(); ++end) {
                const auto each = from.at(end);
                const bool same =
                    each.partition == first.partition && each.topic.data() == first.topic.data();
                if (!same) break;
                last = each.offset;
            }
            visit(core::partition_name(std::string(first.topic), first.partition), index, end,
                  last);
            index = end;
        }
    }

    read_result decode(const kafka::message_batch& from) {
        read_result out;
        auto& progress = reader_.progress();
        for_runs(from, [&](const core::partition_name& name, std::size_t begin, std::size_t end,
                           std::int64_t last) {
            if (!progress.is_assigned(name)) return;
            bool any = false;
            for (auto index = begin; index < end && out; ++index) {
                const auto message = from.at(index);
                if (!progress.is_wanted(name, message.offset)) continue;
                if (!any) first_waiting_.emplace(name, message.offset);
                any = true;
                out = decode_one(message, index);
            }
            if (any) {
                progress.give(name, last);
                progress.wait_for(name, first_waiting_[name]);
            }
        });
        return out;
    }

    read_result decode_one(const kafka::message& message, std::size_t index) {
        auto record = decoder_.decode(message);
        if (!record) return settle(message, record.error());
        if (!*record) return {};
        batch_.records.push_back(**record);
        batch_.message_of.push_back(index);
        return {};
    }

    read_result put_batch(const kafka::message_batch& from, errors::retry_schedule& retries) {
        auto& batch = batch_;
        batch.results.assign(batch.records.size(), weir_result{});
        const auto began = clock::now();
        const auto put = plugin_.put(batch.records, batch.results);
        put_at_ms_ = steady_ms();
        if (control_.is_given_up()) return std::unexpected(asked());
        const auto took = microseconds_since(began);
        add(metrics_.batches);
        add(metrics_.batch_us, took);
        metrics_.batch_us_max = std::max<std::uint64_t>(metrics_.batch_us_max, took);
        metrics_.batch_size_max =
            std::max<std::uint64_t>(metrics_.batch_size_max, batch.records.size());
        if (put.status == WEIR_FATAL) return std::unexpected(end_of(put));
        if (put.status == WEIR_RETRY) {
            last_trouble_ = put.reason;
            pause_ms_ = retries.failed(steady_ms());
            if (!retries.is_over(steady_ms())) return {};
            for (auto& each : batch.results)
                each = {WEIR_RETRY, 0, data::text_of(last_trouble_)};
        }
        return sort_out(from, retries);
    }

    // What was taken goes, what is bad is settled, what may heal stays for the next try.
    read_result sort_out(const kafka::message_batch& from, errors::retry_schedule& retries) {
        auto& batch = batch_;
        const bool retry = std::ranges::any_of(
            batch.results, [](const auto& each) { return each.status == WEIR_RETRY; });
        if (retry) pause_ms_ = retries.failed(steady_ms());
        const bool over = retry && retries.is_over(steady_ms());
        std::size_t kept = 0;
        std::uint64_t sent = 0;
        for (std::size_t index = 0; index < batch.records.size(); ++index) {
            const auto& result = batch.results[index];
            if (result.status == WEIR_OK) {
                ++sent;
                continue;
            }
            const std::string_view reason = data::view(result.reason);
            if (result.status == WEIR_RETRY && !over) {
                if (kept == 0) last_trouble_ = reason;
                batch.records[kept] = batch.records[index];
                batch.message_of[kept++] = batch.message_of[index];
                continue;
            }
            errors::failure why{.at = errors::stage::task_put,
                                .class_name = std::string(data::view(setup_.connector->type)),
                                .reason = std::string(reason)};
            auto settled = settle(from.at(batch.message_of[index]), why);
            if (settled) continue;
            // Those before it are done all the same.
            keep(kept, index);
            mark_waiting(from);
            return settled;
        }
        keep(kept, batch.records.size());
        add(metrics_.records_out, sent);
        return {};
    }

    // Of the records: those before `kept`, and those from `rest` on.
    void keep(std::size_t kept, std::size_t rest) {
        const auto cut = [kept, rest](auto& from) {
            from.erase(from.begin() + static_cast<std::ptrdiff_t>(kept),
                       from.begin() + static_cast<std::ptrdiff_t>(rest));
        };
        cut(batch_.records);
        cut(batch_.message_of);
    }

    // A record that cannot be processed goes the way that the error policy says.
    read_result settle(const kafka::message& message, const errors::failure& why) {
        auto& counts = metrics_.errors;
        ++counts.record_failures;
        ++counts.record_errors;
        counts.last_error_ms = wall_ms();
        const errors::origin from{.topic = message.topic,
                                  .partition = message.partition,
                                  .offset = message.offset,
                                  .connector = component_.name,
                                  .task = setup_.task};
        auto place = errors::place_and_reason(from, why);
        if (component_.errors.log) base::log_warn("{}: {}", task_name(setup_), place);
        switch (errors::verdict_of(component_.errors)) {
            case errors::verdict::skip:
                ++counts.records_skipped;
                return {};
            case errors::verdict::dead_letter: {
                ++counts.dead_letter_requests;
                auto written = letters_.write(message, why);
                if (written) return {};
                ++counts.dead_letter_failures;
                return std::unexpected(may_heal("dead letter topic: " + written.error().text));
            }
            case errors::verdict::fail:
                break;
        }
        return std::unexpected(cannot_heal(std::move(place)));
    }

    // What is still to be given again is what progress waits for.
    void mark_waiting(const kafka::message_batch& from) {
        auto& progress = reader_.progress();
        for (const auto& [name, offset] : first_waiting_)
            progress.wait_for(name, std::nullopt);
        first_waiting_.clear();
        // Not by the record: transforms may have given it another topic.
        for (const auto index : batch_.message_of) {
            const auto message = from.at(index);
            const core::partition_name name(std::string(message.topic), message.partition);
            const auto [at, added] = first_waiting_.emplace(name, message.offset);
            if (!added) at->second = std::min(at->second, message.offset);
        }
        for (const auto& [name, offset] : first_waiting_)
            progress.wait_for(name, offset);
    }

    // Waits before the next try, as a member of its group.
    read_result hold(const errors::retry_schedule& retries) {
        ++metrics_.errors.retries;
        ++metrics_.errors.record_failures;
        if (retries.tries() == 1) {
            base::log_warn("{}: put: {}; it is tried again", task_name(setup_), last_trouble_);
        }
        control_.set_trouble(last_trouble_);
        const auto until = steady_ms() + pause_ms_;
        const bool rests = pause_ms_ > 100;
        if (rests) reader_.pause();
        for (auto left = pause_ms_; left > 0; left = until - steady_ms()) {
            if (control_.is_ending()) return std::unexpected(asked());
            if (!rests) {
                control_.wait(milliseconds(left));
            } else if (auto kept = keep_reading(milliseconds(std::min<std::int64_t>(left, 100)));
                       !kept) {
                return kept;
            }
        }
        if (rests) reader_.resume();
        if (control_.is_ending()) return std::unexpected(asked());
        return commit_if_due();
    }

    run_end end(run_end how) {
        if (control_.is_given_up()) return how;
        if (how.how == core::end_kind::asked) {
            const auto flushed = plugin_.flush();
            if (flushed.status == WEIR_FATAL) how = end_of(flushed);
        }
        if (control_.is_given_up()) return how;
        // What is settled is committed also when something else went wrong.
        if (auto done = reader_.commit(); !done && how.how == core::end_kind::asked) {
            how = done.error();
        }
        messages_.clear();
        early_.clear();
        if (auto closed = reader_.close(); !closed && how.how == core::end_kind::asked) {
            how = closed.error();
        }
        metrics_.partitions = 0;
        plugin_.destroy();
        return how;
    }

    const task_setup& setup_;
    const pipeline::component& component_;
    run_control& control_;
    task_metrics& metrics_;
    record_decoder decoder_;
    dead_letter_writer letters_;
    sink_plugin plugin_;
    sink_reader reader_;
    kafka::message_batch messages_;
    kafka::message_batch early_;  // came while nothing was to be given
    batch_records batch_;
    std::map<core::partition_name, std::int64_t> first_waiting_;
    std::size_t count_max_ = records_max_by_default;
    milliseconds linger_{0};
    std::size_t count_enough_ = 0;
    std::int64_t commit_at_ms_ = 0;
    std::int64_t put_at_ms_ = 0;
    std::int64_t pause_ms_ = 0;
    std::string last_trouble_;
};

}  // namespace

run_end run_sink(const task_setup& setup) {
    auto tools = make_tools(setup);
    if (!tools) return cannot_heal(tools.error());
    setup.metrics->clear_samples();
    return sink_run(setup, std::move(*tools)).run();
}

}  // namespace weir::connect::worker
