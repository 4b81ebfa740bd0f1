// sink: the base class of a sink's tasks. The host calls one function at a time; only
// request_stop() may come from another thread.
#pragma once

#include <memory>
#include <span>

#include "connect/sdk/host.hpp"
#include "connect/sdk/settings.hpp"

namespace weir::sdk {

class sink {
  public:
    virtual ~sink() = default;
    virtual outcome open(std::span<const weir_partition> partitions) {
        (void)partitions;
        return ok();
    }
    virtual outcome close(std::span<const weir_partition> partitions) {
        (void)partitions;
        return ok();
    }
    // Takes records; `results` (all WEIR_OK at first) says what became of each. An outcome other
    // than ok is about the call as a whole: nothing was taken. Called without records about once a
    // second when nothing comes.
    virtual outcome put(std::span<const weir_record> records, std::span<weir_result> results) = 0;
    // Lowers offsets to where reading would begin again after a crash. Left alone: all that put()
    // has taken is done.
    virtual outcome committable(std::span<weir_partition> partitions) {
        (void)partitions;
        return ok();
    }
    // Makes everything durable that can be.
    virtual outcome flush() { return ok(); }
    // From any thread, at any time: a call under way should return soon.
    virtual void request_stop() {}
};

namespace detail {

// Sink has static functions:
//   outcome create(host, settings, weir_sink_wish&, std::unique_ptr<sink>& task)
//   void check(settings, bool reach, problems&)                                     if it has any
template <class Sink>
struct sink_functions {
    static void check(const weir_settings* given, uint8_t reach, weir_problem_function report,
                      void* context) {
        if constexpr (requires(problems& into) { Sink::check(settings(*given), true, into); }) {
            (void)guarded(nullptr, [&] {
                problems into(report, context);
                Sink::check(settings(*given), reach != 0, into);
                return ok();
            });
        }
    }
    static weir_status create(const weir_host* from, const weir_settings* given, void** task,
                              weir_sink_wish* wish, weir_error* error) {
        return guarded(error, [&] {
            std::unique_ptr<sink> made;
            auto ended = Sink::create(host(from), settings(*given), *wish, made);
            if (ended.is_ok()) *task = made.release();
            return ended;
        });
    }
    static weir_status open(void* task, const weir_partition* partitions, uint64_t count,
                            weir_error* error) {
        return guarded(error, [&] {
            return static_cast<sink*>(task)->open({partitions, static_cast<std::size_t>(count)});
        });
    }
    static weir_status close(void* task, const weir_partition* partitions, uint64_t count,
                             weir_error* error) {
        return guarded(error, [&] {
            return static_cast<sink*>(task)->close({partitions, static_cast<std::size_t>(count)});
        });
    }
    static weir_status put(void* task, const weir_record* records, uint64_t count,
                           weir_result* results, weir_error* error) {
        return guarded(error, [&] {
            const auto size = static_cast<std::size_t>(count);
            return static_cast<sink*>(task)->put({records, size}, {results, size});
        });
    }
    static weir_status committable(void* task, weir_partition* partitions, uint64_t count,
                                   weir_error* error) {
        return guarded(error, [&] {
            return static_cast<sink*>(task)->committable(
                {partitions, static_cast<std::size_t>(count)});
        });
    }
    static weir_status flush(void* task, weir_error* error) {
        return guarded(error, [&] { return static_cast<sink*>(task)->flush(); });
    }
    static void request_stop(void* task) { static_cast<sink*>(task)->request_stop(); }
    static void destroy(void* task) {
        (void)guarded(nullptr, [&] {
            delete static_cast<sink*>(task);
            return ok();
        });
    }
    static weir_status created(const weir_host* from, const weir_settings* now, weir_error* error) {
        return guarded(error, [&] {
            if constexpr (requires { Sink::created(host(from), settings(*now)); })
                return Sink::created(host(from), settings(*now));
            return ok();
        });
    }
    static weir_status updated(const weir_host* from, const weir_settings* before,
                               const weir_settings* now, weir_error* error) {
        return guarded(error, [&] {
            if constexpr (requires {
                              Sink::updated(host(from), settings(*before), settings(*now));
                          })
                return Sink::updated(host(from), settings(*before), settings(*now));
            return ok();
        });
    }
    static weir_status deleted(const weir_host* from, const weir_settings* before,
                               weir_error* error) {
        return guarded(error, [&] {
            if constexpr (requires { Sink::deleted(host(from), settings(*before)); })
                return Sink::deleted(host(from), settings(*before));
            return ok();
        });
    }

    static constexpr weir_sink table = {
        sizeof(weir_sink), 0,     check,        create,  open,    close,   put,
        committable,       flush, request_stop, destroy, created, updated, deleted};
};

}  // namespace detail
}  // namespace weir::sdk
