#include "connect/worker/plugin_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/log.hpp"
#include "connect/data/value.hpp"

namespace weir::connect::worker {
namespace {

constexpr std::size_t line_bytes_max = 8192;

call_end end_of_call(weir_status status, const weir_error& error, std::string_view what) {
    if (status == WEIR_OK) return {};
    const auto size = std::min<std::size_t>(error.text_size, sizeof(error.text));
    std::string reason(error.text, size);
    if (reason.empty()) reason = fmt::format("{}() failed without a reason", what);
    // BAD_RECORD is no answer of a call as a whole, nor is a number that is none of ours.
    const bool known = status == WEIR_RETRY || status == WEIR_FATAL;
    return {known ? status : WEIR_FATAL, std::move(reason)};
}

void prepare(weir_error& error) {
    error.size = sizeof(weir_error);
    error.text_size = 0;
}

template <class Table>
Table table_of(const Table* given) {
    Table out = {};
    if (given == nullptr) return out;
    std::memcpy(&out, given, std::min<std::size_t>(given->size, sizeof(Table)));
    return out;
}

}  // namespace

run_end end_of(const call_end& call) {
    return call.status == WEIR_RETRY ? may_heal(call.reason) : cannot_heal(call.reason);
}

weir_source source_table(const weir_connector& of) {
    return table_of(of.source);
}
weir_sink sink_table(const weir_connector& of) {
    return table_of(of.sink);
}

plugin_host::plugin_host(std::string who, std::shared_ptr<task_metrics> metrics)
    : who_(std::move(who)), metrics_(std::move(metrics)) {
    host_ = {.size = sizeof(weir_host),
             .abi_version = WEIR_ABI_VERSION,
             .context = this,
             .log = &plugin_host::log,
             .metric = &plugin_host::metric};
}

void plugin_host::log(void* context, std::uint32_t level, weir_text line) {
    const auto* self = static_cast<const plugin_host*>(context);
    const auto text = data::view(line).substr(0, line_bytes_max);
    if (level == WEIR_LOG_DEBUG) base::log_debug("{}: {}", self->who_, text);
    if (level == WEIR_LOG_INFO) base::log_info("{}: {}", self->who_, text);
    if (level == WEIR_LOG_WARN) base::log_warn("{}: {}", self->who_, text);
    if (level >= WEIR_LOG_ERROR) base::log_error("{}: {}", self->who_, text);
}

void plugin_host::metric(void* context, const weir_metric* sample) {
    if (sample == nullptr) return;
    static_cast<const plugin_host*>(context)->metrics_->set_sample(*sample);
}

template <class Table>
plugin_task<Table>::plugin_task(const task_setup& setup, const Table& table)
    : setup_(setup),
      host_(std::make_unique<plugin_host>(task_name(setup), setup.metrics)),
      table_(table),
      error_(std::make_unique<weir_error>()) {}

template <class Table>
plugin_task<Table>::~plugin_task() {
    destroy();
}

template <class Table>
call_end plugin_task<Table>::begun(weir_status status) {
    if (status == WEIR_OK && task_ == nullptr) return {WEIR_FATAL, "create() made no task"};
    if (status != WEIR_OK) task_ = nullptr;
    if (task_ != nullptr && table_.request_stop != nullptr) {
        setup_.control->on_ask_end([stop = table_.request_stop, task = task_] { stop(task); });
    }
    return end_of_call(status, *error_, "create");
}

template <class Table>
void plugin_task<Table>::destroy() {
    if (task_ == nullptr) return;
    setup_.control->on_ask_end(nullptr);
    if (setup_.control->is_given_up()) {
        (void)host_.release();  // the connector may have threads that still use it
        return;
    }
    table_.destroy(std::exchange(task_, nullptr));
}

template class plugin_task<weir_source>;
template class plugin_task<weir_sink>;

source_plugin::source_plugin(const task_setup& setup)
    : plugin_task(setup, source_table(*setup.connector)) {}

call_end source_plugin::create(const stores::positions& positions) {
    std::vector<weir_position> given;
    for (const auto& [partition, offset] : positions)
        given.push_back({data::text_of(partition), data::text_of(offset)});
    prepare(*error_);
    const auto status = setup_.component->settings.with_abi([&](const weir_settings& settings) {
        return table_.create(host_->abi(), &settings, given.data(), given.size(), &task_,
                             error_.get());
    });
    return begun(status);
}

call_end source_plugin::poll(milliseconds timeout, weir_batch& batch) {
    batch = {};
    batch.size = sizeof(weir_batch);
    prepare(*error_);
    return end_of_call(
        table_.poll(task_, static_cast<std::uint32_t>(timeout.count()), &batch, error_.get()),
        *error_, "poll");
}

call_end source_plugin::committed(std::uint64_t batches) {
    if (table_.committed == nullptr) return {};
    prepare(*error_);
    return end_of_call(table_.committed(task_, batches, error_.get()), *error_, "committed");
}

sink_plugin::sink_plugin(const task_setup& setup)
    : plugin_task(setup, sink_table(*setup.connector)) {}

call_end sink_plugin::create(weir_sink_wish& wish) {
    wish = {};
    wish.size = sizeof(weir_sink_wish);
    prepare(*error_);
    const auto status = setup_.component->settings.with_abi([&](const weir_settings& settings) {
        return table_.create(host_->abi(), &settings, &task_, &wish, error_.get());
    });
    return begun(status);
}

call_end sink_plugin::open(std::span<const weir_partition> partitions) {
    if (table_.open == nullptr || partitions.empty()) return {};
    prepare(*error_);
    return end_of_call(table_.open(task_, partitions.data(), partitions.size(), error_.get()),
                       *error_, "open");
}

call_end sink_plugin::close(std::span<const weir_partition> partitions) {
    if (table_.close == nullptr || partitions.empty()) return {};
    prepare(*error_);
    return end_of_call(table_.close(task_, partitions.data(), partitions.size(), error_.get()),
                       *error_, "close");
}

call_end sink_plugin::put(std::span<const weir_record> records, std::span<weir_result> results) {
    prepare(*error_);
    return end_of_call(
        table_.put(task_, records.data(), records.size(), results.data(), error_.get()), *error_,
        "put");
}

call_end sink_plugin::committable(std::span<weir_partition> partitions) {
    if (table_.committable == nullptr || partitions.empty()) return {};
    prepare(*error_);
    return end_of_call(
        table_.committable(task_, partitions.data(), partitions.size(), error_.get()), *error_,
        "committable");
}

call_end sink_plugin::flush() {
    if (table_.flush == nullptr) return {};
    prepare(*error_);
    return end_of_call(table_.flush(task_, error_.get()), *error_, "flush");
}

namespace {

struct hooks {
    decltype(weir_source::created) created;
    decltype(weir_source::updated) updated;
    decltype(weir_source::deleted) deleted;
};

hooks hooks_of(const task_setup& setup) {
    if (setup.component->kind == pipeline::component_kind::source) {
        const auto table = source_table(*setup.connector);
        return {table.created, table.updated, table.deleted};
    }
    const auto table = sink_table(*setup.connector);
    return {table.created, table.updated, table.deleted};
}

}  // namespace

call_end call_created(const task_setup& setup) {
    const auto hook = hooks_of(setup).created;
    if (hook == nullptr) return {};
    const plugin_host host(task_name(setup), setup.metrics);
    weir_error error = {};
    prepare(error);
    return setup.component->settings.with_abi([&](const weir_settings& now) {
        return end_of_call(hook(host.abi(), &now, &error), error, "created");
    });
}

call_end call_updated(const task_setup& setup, const plugin::component_settings& before) {
    const auto hook = hooks_of(setup).updated;
    if (hook == nullptr) return {};
    const plugin_host host(task_name(setup), setup.metrics);
    weir_error error = {};
    prepare(error);
    return before.with_abi([&](const weir_settings& was) {
        return setup.component->settings.with_abi([&](const weir_settings& now) {
            return end_of_call(hook(host.abi(), &was, &now, &error), error, "updated");
        });
    });
}

call_end call_deleted(const task_setup& setup, const plugin::component_settings& before) {
    const auto hook = hooks_of(setup).deleted;
    if (hook == nullptr) return {};
    const plugin_host host(task_name(setup), setup.metrics);
    weir_error error = {};
    prepare(error);
    return before.with_abi([&](const weir_settings& was) {
        return end_of_call(hook(host.abi(), &was, &error), error, "deleted");
    });
}

}  // namespace weir::connect::worker
