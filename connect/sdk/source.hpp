// source: the base class of a source's tasks. The host calls one function at a time; only
// request_stop() may come from another thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "connect/sdk/host.hpp"
#include "connect/sdk/settings.hpp"

namespace weir::sdk {

// What poll() gives. Everything in it must live until the next call of this task.
struct source_batch {
    std::span<const weir_record> records;
    // Hold once all records up to this batch are durable.
    std::span<const weir_position> positions;
    bool open = false;     // the unit goes on in the next batch: not to be committed before
    bool drained = false;  // nothing more at the moment: commit now
};

class source {
  public:
    virtual ~source() = default;
    // Waits at most `timeout` for records, and for none longer than the first ones need.
    virtual outcome poll(std::chrono::milliseconds timeout, source_batch& into) = 0;
    // The first `batches` batches are durable, with their positions.
    virtual outcome committed(std::uint64_t batches) {
        (void)batches;
        return ok();
    }
    // From any thread, at any time: a poll() under way should return soon.
    virtual void request_stop() {}
};

// A record with nothing but what most sources set.
inline weir_record make_record(weir_value value, std::int64_t timestamp_ms = -1) {
    weir_record out = {};
    out.partition = -1;
    out.offset = -1;
    out.timestamp_ms = timestamp_ms;
    out.value = value;
    return out;
}

namespace detail {

// Source has static functions:
//   outcome create(host, settings, std::span<const weir_position>, std::unique_ptr<source>& task)
//   void check(settings, bool reach, problems&)                                     if it has any
template <class Source>
struct source_functions {
    static void check(const weir_settings* given, uint8_t reach, weir_problem_function report,
                      void* context) {
        if constexpr (requires(problems& into) { Source::check(settings(*given), true, into); }) {
            (void)guarded(nullptr, [&] {
                problems into(report, context);
                Source::check(settings(*given), reach != 0, into);
                return ok();
            });
        }
    }
    static weir_status create(const weir_host* from, const weir_settings* given,
                              const weir_position* positions, uint64_t count, void** task,
                              weir_error* error) {
        return guarded(error, [&] {
            std::unique_ptr<source> made;
            auto ended =
                Source::create(host(from), settings(*given),
                               std::span(positions, static_cast<std::size_t>(count)), made);
            if (ended.is_ok()) *task = made.release();
            return ended;
        });
    }
    static weir_status poll(void* task, uint32_t timeout_ms, weir_batch* batch, weir_error* error) {
        return guarded(error, [&] {
            source_batch out;
            auto ended =
                static_cast<source*>(task)->poll(std::chrono::milliseconds(timeout_ms), out);
            batch->flags =
                (out.open ? WEIR_BATCH_OPEN : 0U) | (out.drained ? WEIR_BATCH_DRAINED : 0U);
            batch->records = out.records.data();
            batch->record_count = static_cast<uint32_t>(out.records.size());
            batch->positions = out.positions.data();
            batch->position_count = static_cast<uint32_t>(out.positions.size());
            return ended;
        });
    }
    static weir_status committed(void* task, uint64_t batches, weir_error* error) {
        return guarded(error, [&] { return static_cast<source*>(task)->committed(batches); });
    }
    static void request_stop(void* task) { static_cast<source*>(task)->request_stop(); }
    static void destroy(void* task) {
        (void)guarded(nullptr, [&] {
            delete static_cast<source*>(task);
            return ok();
        });
    }
    static weir_status created(const weir_host* from, const weir_settings* now, weir_error* error) {
        return guarded(error, [&] {
            if constexpr (requires { Source::created(host(from), settings(*now)); })
                return Source::created(host(from), settings(*now));
            return ok();
        });
    }
    static weir_status updated(const weir_host* from, const weir_settings* before,
                               const weir_settings* now, weir_error* error) {
        return guarded(error, [&] {
            if constexpr (requires {
                              Source::updated(host(from), settings(*before), settings(*now));
                          })
                return Source::updated(host(from), settings(*before), settings(*now));
            return ok();
        });
    }
    static weir_status deleted(const weir_host* from, const weir_settings* before,
                               weir_error* error) {
        return guarded(error, [&] {
            if constexpr (requires { Source::deleted(host(from), settings(*before)); })
                return Source::deleted(host(from), settings(*before));
            return ok();
        });
    }

    static constexpr weir_source table = {
        sizeof(weir_source), 0,       check,   create,  poll,   committed,
        request_stop,        destroy, created, updated, deleted};
};

}  // namespace detail
}  // namespace weir::sdk
