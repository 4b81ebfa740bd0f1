// From a topic's settings to what its logs do.
#pragma once

#include "broker/replication/replica_manager.hpp"
#include "config/broker_config.hpp"
#include "config/topic_config.hpp"

namespace weir::broker::server {

replication::topic_policy policy_of(const config::broker_config& config,
                                    const controller::metadata_image& image,
                                    const std::string& topic);

}  // namespace weir::broker::server
