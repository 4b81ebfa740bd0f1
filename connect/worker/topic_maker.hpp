// topic_maker: creates topics that are not there, once each. Belongs to the thread of its run.
#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "connect/kafka/producer.hpp"

namespace weir::connect::worker {

class topic_maker {
  public:
    explicit topic_maker(kafka::milliseconds timeout) : timeout_(timeout) {}

    // Replicated as the cluster can: on three brokers, or on as many as there are. A topic that is
    // there stays as it is. A cluster that lets us create nothing but has the topic is fine.
    kafka::client_result<void> ensure(kafka::producer& with, kafka::topic_spec topic) {
        if (known_.contains(topic.name)) return {};
        const auto brokers = with.broker_count(timeout_);
        if (!brokers) return std::unexpected(brokers.error());
        topic.replication = std::clamp(*brokers, 1, 3);
        const auto made = with.create_topic(topic, timeout_);
        if (!made) {
            const auto there = with.topic(topic.name, timeout_);
            if (!there || there->error_code != 0) return std::unexpected(made.error());
        }
        known_.insert(topic.name);
        return {};
    }
    bool is_known(std::string_view name) const { return known_.contains(name); }

  private:
    kafka::milliseconds timeout_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace weir::connect::worker
