// worker_options: what all tasks of a worker have in common.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connect/data/transform.hpp"

namespace weir::connect::worker {

using milliseconds = std::chrono::milliseconds;

struct worker_options {
    // Where the cluster is, and further settings of librdkafka's names for all clients.
    std::string bootstrap;
    std::vector<std::pair<std::string, std::string>> client_settings;
    // The worker's own file is there; components have theirs from their settings.
    std::filesystem::path data_dir;
    // Makes the transforms of a component; may be empty when no component has any.
    data::transform_factory transforms;
    // Turns a setting as it is written ("${env:X}") into its value, for components that left the
    // pipeline file and whose connectors are told so.
    std::function<std::optional<std::string>(const std::string&)> resolve;

    // How long a connector may take to return when it is asked to stop.
    milliseconds stop_timeout{10000};
    milliseconds restart_backoff_min{1000};
    milliseconds restart_backoff_max{60000};
    // Of transactions and of admin requests.
    milliseconds request_timeout{30000};
    // A transaction is committed when it has so many bytes, at the end of a unit.
    std::uint64_t transaction_bytes_max = std::uint64_t{16} << 20;
    milliseconds sink_commit_interval{1000};
};

}  // namespace weir::connect::worker
