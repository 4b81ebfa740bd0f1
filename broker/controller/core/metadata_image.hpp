// metadata_image: all that the cluster's metadata log says, applied up to an offset. Immutable once
// published: readers hold shared_ptr<const metadata_image> and see one consistent state.
// Pure. `metadata_image::apply` is the only thing that changes an image, record by record.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/controller/core/cow_map.hpp"
#include "broker/controller/core/metadata_record.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::controller {

struct partition_image {
    std::vector<node_id> replicas;
    std::vector<node_id> isr;
    node_id leader = no_node;
    broker::leader_epoch leader_epoch{0};
    std::int32_t partition_epoch = 0;
};

struct topic_image {
    std::string name;
    topic_id id;
    std::vector<partition_image> partitions;  // by partition index
    std::uint64_t age = 0;                    // of the map that it was made in (cow_map)
};

// A listener of a broker as clients reach it.
struct endpoint_image {
    std::string listener;
    std::string host;
    std::uint16_t port = 0;
    std::int16_t security_protocol = 0;
};

struct broker_image {
    node_id id;
    std::int64_t epoch = -1;
    std::vector<endpoint_image> endpoints;
    std::optional<std::string> rack;
    bool fenced = false;
};

// What a configuration belongs to; numbers as in Kafka's ConfigResource.Type.
enum class resource_type : std::int8_t {
    topic = 2,
    broker = 4,
    broker_logger = 8,
    client_metrics = 16,
    group = 32
};

struct config_resource {
    resource_type type = resource_type::topic;
    std::string name;  // "" for the default of all brokers
    auto operator<=>(const config_resource&) const = default;
};
using config_values = std::map<std::string, std::string>;

class metadata_image {
  public:
    // Where the image stands in the metadata log: the offset and epoch of the last applied record.
    offset applied_offset = no_offset;
    leader_epoch applied_epoch = no_leader_epoch;

    // Applies one committed record. Unknown ids are ignored: the log was checked when written.
    void apply(const metadata_record& record);
    // A topic comes once, its partitions in order, each behind the last one. A record that says
    // otherwise is damaged and is ignored: one number must not make a billion partitions.
    bool fits(const metadata_record& record) const;

    const topic_image* topic(const topic_id& id) const;
    const topic_image* topic(const std::string& name) const;
    // A topic whose name, with '.' as '_', is `name`: it would collide in metric names.
    const topic_image* colliding_topic(const std::string& name) const;
    const partition_image* partition(const topic_id& id, partition_index index) const;
    std::size_t topic_count() const { return topics_.size(); }
    std::size_t partition_count() const { return partition_count_; }
    // All topics sorted by name (Kafka's answers are sorted).
    std::vector<std::shared_ptr<const topic_image>> sorted_topics() const;
    template <class Visit>
    void for_each_topic(Visit visit) const {
        topics_.for_each([&](const topic_id&, const auto& topic) {
            visit(std::shared_ptr<const topic_image>(topic));
        });
    }

    const std::map<node_id, broker_image>& brokers() const { return brokers_; }
    // The overrides set on a resource; empty when there are none.
    const config_values& configs(const config_resource& resource) const;
    // The names of resources other than topics that have overrides.
    std::vector<std::string> configured(resource_type type) const;
    const std::map<std::string, std::int16_t, std::less<>>& features() const { return features_; }
    // 0 when the feature is not finalized.
    std::int16_t feature_level(std::string_view name) const;
    producer_id next_producer_id() const { return next_producer_id_; }

  private:
    void apply_one(const protocol::register_broker_record& record);
    void apply_one(const protocol::unregister_broker_record& record);
    void apply_one(const protocol::broker_registration_change_record& record);
    void apply_one(const protocol::topic_record& record);
    void apply_one(const protocol::partition_record& record);
    void apply_one(const protocol::partition_change_record& record);
    void apply_one(const protocol::remove_topic_record& record);
    void apply_one(const protocol::config_record& record);
    void apply_one(const protocol::feature_level_record& record);
    void apply_one(const protocol::producer_ids_record& record);

    // The topic, to be changed: copied first when a published image shares it; null when unknown.
    topic_image* edit_topic(const topic_id& id);

    cow_map<topic_id, std::shared_ptr<topic_image>> topics_;
    cow_map<std::string, topic_id> ids_by_name_;
    cow_map<std::string, topic_id> ids_by_metric_name_;  // only names that hold '.' or '_'
    std::size_t partition_count_ = 0;
    std::map<node_id, broker_image> brokers_;
    cow_map<std::string, std::shared_ptr<const config_values>> topic_configs_;
    std::map<config_resource, config_values> other_configs_;
    std::map<std::string, std::int16_t, std::less<>> features_;
    producer_id next_producer_id_{0};
};

}  // namespace weir::broker::controller
