#include "connect/worker/task_setup.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "connect/stores/component_store.hpp"

namespace weir::connect::worker {

std::string task_name(const task_setup& of) {
    return fmt::format("{}-{}", stores::component_key(of.component->kind, of.component->name),
                       of.task);
}

kafka::client_options client_options_of(const task_setup& of, const std::string& purpose) {
    kafka::client_options out;
    out.settings = {
        {"socket.nagle.disable", "true"},
        {"log.connection.close", "false"},
        {"reconnect.backoff.ms", "20"},
        {"reconnect.backoff.max.ms", "1000"},
        {"client.id", fmt::format("connector-{}-{}-{}", purpose, of.component->name, of.task)}};
    out.settings.insert(out.settings.end(), of.options->client_settings.begin(),
                        of.options->client_settings.end());
    out.settings.emplace_back("bootstrap.servers", of.options->bootstrap);
    out.on_log = [who = task_name(of)](const kafka::log_event& event) {
        const auto text = event.text;
        switch (event.level) {
            case kafka::log_level::error:
                base::log_warn("{}: {}: {}", who, event.facility, text);
                return;
            case kafka::log_level::warn:
                base::log_info("{}: {}: {}", who, event.facility, text);
                return;
            default:
                base::log_debug("{}: {}: {}", who, event.facility, text);
        }
    };
    return out;
}

}  // namespace weir::connect::worker
