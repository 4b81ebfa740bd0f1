#include "broker/controller/core/controller_core.hpp"

#include <algorithm>
#include <limits>

namespace weir::broker::controller {

controller_core::controller_core(controller_options options, std::uint64_t seed)
    : options_(std::move(options)), ids_(seed) {}

std::expected<void, std::string> controller_core::replay(const metadata_record& record) {
    if (!image_.fits(record)) {
        return std::unexpected(
            "metadata log: a topic comes twice, or a partition before its predecessors");
    }
    image_.apply(record);
    return {};
}

void controller_core::apply(const metadata_records& records) {
    for (const auto& record : records)
        image_.apply(record);
}

topic_id controller_core::next_topic_id() {
    // Ids with a first character '-' confuse command lines: Kafka avoids them too.
    for (;;) {
        const auto high = ids_.next();
        const auto id = topic_id::from_random(high, ids_.next());
        if (!image_.topic(id) && id.to_text().front() != '-') return id;
    }
}

metadata_records controller_core::change_configs(const config_resource& resource,
                                                 const std::vector<config_change>& changes) {
    metadata_records records;
    for (const auto& change : changes) {
        protocol::config_record record;
        record.resource_type = static_cast<std::int8_t>(resource.type);
        record.resource_name = resource.name;
        record.name = change.name;
        record.value = change.value;
        records.emplace_back(std::move(record));
    }
    apply(records);
    return records;
}

metadata_records controller_core::register_broker(const broker_image& broker,
                                                  base::uuid incarnation) {
    protocol::register_broker_record record;
    record.broker_id = broker.id;
    record.incarnation_id = incarnation;
    record.broker_epoch = broker.epoch;
    for (const auto& endpoint : broker.endpoints) {
        protocol::register_broker_record::broker_endpoint each;
        each.name = endpoint.listener;
        each.host = endpoint.host;
        each.port = endpoint.port;
        each.security_protocol = endpoint.security_protocol;
        record.end_points.push_back(std::move(each));
    }
    record.rack = broker.rack;
    record.fenced = false;
    metadata_records records;
    records.emplace_back(std::move(record));

    // A new life of the broker is a new leader epoch of what it leads alone: clients and followers
    // must be able to tell records of before and after (KIP-320).
    std::vector<std::shared_ptr<const topic_image>> topics = image_.sorted_topics();
    for (const auto& topic : topics) {
        for (std::size_t index = 0; index < topic->partitions.size(); ++index) {
            const auto& partition = topic->partitions[index];
            const std::vector<node_id> alone{broker.id};
            if (partition.isr != alone) continue;
            protocol::partition_change_record change;
            change.topic_id = topic->id;
            change.partition_id = partition_index(static_cast<std::int32_t>(index));
            change.leader = broker.id;
            records.emplace_back(std::move(change));
        }
    }
    apply(records);
    return records;
}

controller_core::producer_id_block controller_core::allocate_producer_ids(node_id broker) {
    constexpr std::int32_t block_size = 1000;
    constexpr producer_id last{std::numeric_limits<std::int64_t>::max() - block_size};
    if (image_.next_producer_id() > last) {
        return {.records = {}, .first = no_producer_id, .error = error_code::unknown_server_error};
    }
    producer_id_block block{.first = image_.next_producer_id(), .count = block_size};
    protocol::producer_ids_record record;
    record.broker_id = broker;
    const auto found = image_.brokers().find(broker);
    record.broker_epoch = found == image_.brokers().end() ? -1 : found->second.epoch;
    record.next_producer_id = block.first + block_size;
    block.records.emplace_back(std::move(record));
    apply(block.records);
    return block;
}

}  // namespace weir::broker::controller
