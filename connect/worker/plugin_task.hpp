// plugin_task: calls a task of a connector through the plugin ABI: a table of any size, a host that
// logs and counts, reasons as text. Belongs to the thread of its run.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

#include "connect/abi/plugin.h"
#include "connect/stores/position_store.hpp"
#include "connect/worker/task_setup.hpp"

namespace weir::connect::worker {

struct call_end {
    weir_status status = WEIR_OK;
    std::string reason;

    bool is_ok() const { return status == WEIR_OK; }
};

// A call that did not go well, as the end of a run.
run_end end_of(const call_end& call);

// The functions of a table that may be of an older or a newer ABI: those it lacks are null.
weir_source source_table(const weir_connector& of);
weir_sink sink_table(const weir_connector& of);

// What a connector gets from us; must outlive its task.
class plugin_host {
  public:
    plugin_host(std::string who, std::shared_ptr<task_metrics> metrics);
    plugin_host(const plugin_host&) = delete;
    plugin_host& operator=(const plugin_host&) = delete;
    const weir_host* abi() const { return &host_; }

  private:
    static void log(void* context, std::uint32_t level, weir_text line);
    static void metric(void* context, const weir_metric* sample);

    std::string who_;
    std::shared_ptr<task_metrics> metrics_;
    weir_host host_ = {};
};

// What the tasks of sources and of sinks share: the connector's functions (Table), how a task
// begins and how it ends.
template <class Table>
class plugin_task {
  public:
    plugin_task(const plugin_task&) = delete;
    plugin_task& operator=(const plugin_task&) = delete;
    // Nothing is called any more when this returns; not for a run that was given up.
    void destroy();

  protected:
    plugin_task(const task_setup& setup, const Table& table);
    ~plugin_task();
    // After the connector's create() for `task_`.
    call_end begun(weir_status status);

    const task_setup& setup_;
    std::unique_ptr<plugin_host> host_;
    Table table_;
    void* task_ = nullptr;
    std::unique_ptr<weir_error> error_;
};

class source_plugin : public plugin_task<weir_source> {
  public:
    explicit source_plugin(const task_setup& setup);

    call_end create(const stores::positions& positions);
    call_end poll(milliseconds timeout, weir_batch& batch);
    call_end committed(std::uint64_t batches);
};

class sink_plugin : public plugin_task<weir_sink> {
  public:
    explicit sink_plugin(const task_setup& setup);

    call_end create(weir_sink_wish& wish);
    call_end open(std::span<const weir_partition> partitions);
    call_end close(std::span<const weir_partition> partitions);
    call_end put(std::span<const weir_record> records, std::span<weir_result> results);
    call_end committable(std::span<weir_partition> partitions);
    call_end flush();
};

// The hooks of a component; each may block. `before` of updated.
call_end call_created(const task_setup& setup);
call_end call_updated(const task_setup& setup, const plugin::component_settings& before);
call_end call_deleted(const task_setup& setup, const plugin::component_settings& before);

}  // namespace weir::connect::worker
