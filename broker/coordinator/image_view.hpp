// image_view: a group core's view of the cluster: the image that the shard knows now. Owned by the
// shard; every call runs there.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "broker/coordinator/group/core/cluster_view.hpp"
#include "broker/replication/replica_manager.hpp"

namespace weir::broker::coordinator {

// What the overrides of a group come to, with the broker's settings and bounds.
using group_settings_maker =
    std::function<group::group_settings(const std::map<std::string, std::string>& overrides)>;

class image_view final : public group::cluster_view {
  public:
    image_view(const replication::replica_manager& replicas, group_settings_maker settings)
        : replicas_(replicas), settings_(std::move(settings)) {}

    std::optional<group::topic_facts> topic(const std::string& name) const override {
        return facts_of(replicas_.image().topic(name));
    }
    std::optional<group::topic_facts> topic(const topic_id& id) const override {
        return facts_of(replicas_.image().topic(id));
    }
    void for_each_topic(const std::function<void(const std::string& name)>& visit) const override {
        replicas_.image().for_each_topic([&](const auto& topic) { visit(topic->name); });
    }
    std::int64_t version() const override { return replicas_.image().applied_offset.value(); }
    group::group_settings settings_of(const std::string& group) const override {
        return settings_(
            replicas_.image().configs({.type = controller::resource_type::group, .name = group}));
    }

  private:
    static std::optional<group::topic_facts> facts_of(const controller::topic_image* topic) {
        if (!topic) return std::nullopt;
        return group::topic_facts{
            .id = topic->id,
            .name = topic->name,
            .partitions = static_cast<std::int32_t>(topic->partitions.size())};
    }

    const replication::replica_manager& replicas_;
    group_settings_maker settings_;
};

}  // namespace weir::broker::coordinator
