// What the controller tells the rest of the node after each commit.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "broker/controller/core/metadata_image.hpp"
#include "broker/io/task.hpp"

namespace weir::broker::controller {

// What differs from the image before, so that nobody compares ten thousand topics.
struct metadata_delta {
    std::set<topic_id> changed_topics;  // created, or with changed partitions
    std::set<topic_id> removed_topics;
    std::set<std::string> reconfigured_topics;  // by name
    bool brokers_reconfigured = false;

    void add(const metadata_record& record, const metadata_image& before);
};

using metadata_snapshot = std::shared_ptr<const metadata_image>;

// Carries a committed image to every shard and comes back when all have applied it: a client that
// is told of a new topic can write to it at once.
using metadata_publisher = std::function<io::task<void>(metadata_snapshot, metadata_delta)>;

}  // namespace weir::broker::controller
