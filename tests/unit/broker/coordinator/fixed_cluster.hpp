// fixed_cluster: a cluster_view out of what a test says.
#pragma once

#include <map>
#include <string>

#include "broker/coordinator/group/core/cluster_view.hpp"

namespace weir::broker::coordinator::group {

struct fixed_cluster final : cluster_view {
    std::map<std::string, topic_facts> topics;
    group_settings settings;
    std::uint64_t last_id = 0;

    // A topic of that name with an id of its own, also when there was one before.
    topic_id add(const std::string& name, std::int32_t partitions) {
        const topic_id id{.high = 1, .low = ++last_id};
        topics[name] = {.id = id, .name = name, .partitions = partitions};
        return id;
    }

    std::optional<topic_facts> topic(const std::string& name) const override {
        const auto found = topics.find(name);
        return found == topics.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<topic_facts> topic(const topic_id& id) const override {
        for (const auto& [name, facts] : topics) {
            if (facts.id == id) return facts;
        }
        return std::nullopt;
    }
    void for_each_topic(const std::function<void(const std::string& name)>& visit) const override {
        for (const auto& [name, facts] : topics)
            visit(name);
    }
    std::int64_t version() const override { return static_cast<std::int64_t>(last_id); }
    group_settings settings_of(const std::string&) const override { return settings; }
};

}  // namespace weir::broker::coordinator::group
