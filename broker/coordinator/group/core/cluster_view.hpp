// cluster_view: what a group looks up in the cluster's metadata: topics, and the settings of
// groups. An interface of the core; the driver answers from the published image. Asked while a step
// runs, on the coordinator's shard; an answer stands until metadata_changed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/protocol/ids.hpp"

namespace weir::broker::coordinator::group {

struct topic_facts {
    topic_id id;
    std::string name;
    std::int32_t partitions = 0;
};

// What holds for one group: its own settings within the broker's bounds, else the broker's.
struct group_settings {
    std::int32_t session_timeout_ms = 45'000;
    std::int32_t heartbeat_interval_ms = 5'000;
    std::int32_t assignment_interval_ms = 1'000;
};

class cluster_view {
  public:
    virtual ~cluster_view() = default;
    // Nothing for a topic that does not exist.
    virtual std::optional<topic_facts> topic(const std::string& name) const = 0;
    virtual std::optional<topic_facts> topic(const topic_id& id) const = 0;
    virtual void for_each_topic(
        const std::function<void(const std::string& name)>& visit) const = 0;
    // Of the metadata: where it stands in its log.
    virtual std::int64_t version() const = 0;
    virtual group_settings settings_of(const std::string& group) const = 0;
};

}  // namespace weir::broker::coordinator::group
