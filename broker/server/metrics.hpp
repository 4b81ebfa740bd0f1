// What /metrics shows, gathered from the shards when it is asked for. Names, labels and meanings
// are in metrics.tbl.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "broker/api/services.hpp"
#include "broker/network/server.hpp"
#include "broker/replication/log_cleaner.hpp"

namespace weir::broker::server {

struct metrics_sources {
    io::shard& home;
    const raft::metadata_log& metadata_log;  // on `home`
    std::vector<api::services*> shards;
    std::vector<replication::log_cleaner*> cleaners;  // of the shards; null: none
    std::vector<network::server*> servers;
    std::vector<std::string> listeners;  // the names of the servers
};

// Runs on the first shard.
io::task<std::vector<base::metric_family>> gather_metrics(metrics_sources from);

}  // namespace weir::broker::server
