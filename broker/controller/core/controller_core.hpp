// controller_core: every decision about the cluster's metadata, as a pure state machine.
// A request is judged against the newest image (all records planned so far, committed or not) and
// gives the records to append and the response to send once they are committed. No I/O, clock,
// thread or randomness: ids come in with the event.
//
// The driver (controller.hpp) appends the records of one plan as one atomic batch, in order.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.hpp"
#include "broker/controller/core/features.hpp"
#include "broker/controller/core/metadata_image.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/messages/create_partitions_request.hpp"
#include "broker/protocol/messages/create_partitions_response.hpp"
#include "broker/protocol/messages/create_topics_request.hpp"
#include "broker/protocol/messages/create_topics_response.hpp"
#include "broker/protocol/messages/delete_topics_request.hpp"
#include "broker/protocol/messages/delete_topics_response.hpp"
#include "broker/protocol/messages/elect_leaders_request.hpp"
#include "broker/protocol/messages/elect_leaders_response.hpp"
#include "broker/protocol/messages/update_features_request.hpp"
#include "broker/protocol/messages/update_features_response.hpp"

namespace weir::broker::controller {

using metadata_records = std::vector<metadata_record>;

// Why a part of a request is refused: the code, and a sentence for people.
struct failure {
    error_code code = error_code::none;
    std::string message;
};

template <class Response>
struct plan {
    metadata_records records;
    Response response;
};

// What one topic asks for when it is created inside the broker or by a client.
// As Kafka's controller has it.
inline constexpr std::int32_t partitions_per_request_max = 10'000;

struct controller_options {
    node_id self = no_node;  // of this controller, as errors name it
    std::int32_t num_partitions = 1;
    std::int16_t default_replication_factor = 1;
    bool delete_topics = true;
    // Refuses a request that would create more in all (guards memory against one request).
    std::int32_t partitions_per_request_max = controller::partitions_per_request_max;
    // The reason why a topic config cannot have this value; nothing when it can.
    std::function<std::optional<std::string>(std::string_view name, std::string_view value)>
        check_topic_config;
};

// One value to change: `value` empty deletes the override.
struct config_change {
    std::string name;
    std::optional<std::string> value;
};

class controller_core {
  public:
    // `seed` feeds topic ids; the driver takes it from the entropy source.
    controller_core(controller_options options, std::uint64_t seed);

    // Replays one committed record at start, or after another node led. The error says why it
    // cannot be one of this log.
    std::expected<void, std::string> replay(const metadata_record& record);
    const metadata_image& image() const { return image_; }

    // KIP-4, KIP-464, KIP-516.
    plan<protocol::create_topics_response> create_topics(
        const protocol::create_topics_request& request);
    plan<protocol::delete_topics_response> delete_topics(
        const protocol::delete_topics_request& request);
    plan<protocol::create_partitions_response> create_partitions(
        const protocol::create_partitions_request& request);
    // Sets and deletes overrides that the caller has validated.
    metadata_records change_configs(const config_resource& resource,
                                    const std::vector<config_change>& changes);
    // Registers a broker (again) with a new epoch and makes it the leader of what it alone can
    // lead; KIP-631.
    metadata_records register_broker(const broker_image& broker, base::uuid incarnation);
    // What a new cluster starts with.
    metadata_records initial_features();
    // KIP-584, KIP-778: all of the updates or none.
    plan<protocol::update_features_response> update_features(
        const protocol::update_features_request& request);
    // KIP-183, KIP-460.
    plan<protocol::elect_leaders_response> elect_leaders(
        const protocol::elect_leaders_request& request);

    struct producer_id_block {
        metadata_records records;
        producer_id first;
        std::int32_t count = 0;
        error_code error = error_code::none;  // all ids are given away
    };
    // A block of producer ids that nobody else will get; KIP-730.
    producer_id_block allocate_producer_ids(node_id broker);

  private:
    // The replicas of each partition, by partition index.
    using placement = std::vector<std::vector<node_id>>;
    using creatable_topic = protocol::create_topics_request::creatable_topic;
    using more_partitions = protocol::create_partitions_request::create_partitions_topic;

    bool asks_too_much(const protocol::create_topics_request& request) const;
    bool asks_too_much(const protocol::create_partitions_request& request) const;
    std::expected<metadata_records, failure> plan_topic(const creatable_topic& wanted);
    std::expected<placement, failure> place_topic(const creatable_topic& wanted) const;
    std::expected<placement, failure> place_as_assigned(const creatable_topic& wanted) const;
    std::expected<placement, failure> place_more(const more_partitions& wanted) const;
    std::expected<placement, failure> spread(std::int32_t from, std::int32_t to,
                                             std::int16_t factor) const;
    std::expected<void, failure> check_replicas(const std::vector<node_id>& replicas) const;
    std::expected<void, failure> check_name(const std::string& name) const;
    std::expected<const topic_image*, failure> find_deletable(
        const protocol::delete_topics_request::delete_topic_state& wanted) const;
    bool is_alive(node_id node) const;
    std::expected<node_id, failure> next_leader(const partition_image& partition,
                                                bool unclean) const;
    // The record that gives the partition another leader; the failure when there is none to give.
    std::expected<metadata_record, failure> elect(const std::string& name, partition_index index,
                                                  bool unclean) const;
    topic_id next_topic_id();
    void apply(const metadata_records& records);

    controller_options options_;
    base::prng ids_;
    metadata_image image_;
};

// The reason why `name` cannot be a topic's name (1 to 249 of [a-zA-Z0-9._-], not "." or "..").
std::optional<std::string> invalid_topic_name(std::string_view name);

}  // namespace weir::broker::controller
