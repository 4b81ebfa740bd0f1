// topic_partition: a partition by the name of its topic, as the records of coordinators have it.
#pragma once

#include <compare>
#include <string>

#include "broker/protocol/ids.hpp"

namespace weir::broker::coordinator {

struct topic_partition {
    std::string topic;
    partition_index partition;
    auto operator<=>(const topic_partition&) const = default;
};

}  // namespace weir::broker::coordinator
