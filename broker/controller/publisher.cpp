#include "broker/controller/publisher.hpp"

namespace weir::broker::controller {

void metadata_delta::add(const metadata_record& record, const metadata_image& before) {
    if (const auto* topic = std::get_if<protocol::topic_record>(&record)) {
        changed_topics.insert(topic->topic_id);
    } else if (const auto* partition = std::get_if<protocol::partition_record>(&record)) {
        changed_topics.insert(partition->topic_id);
    } else if (const auto* change = std::get_if<protocol::partition_change_record>(&record)) {
        changed_topics.insert(change->topic_id);
    } else if (const auto* removal = std::get_if<protocol::remove_topic_record>(&record)) {
        changed_topics.erase(removal->topic_id);
        if (before.topic(removal->topic_id)) removed_topics.insert(removal->topic_id);
    } else if (const auto* config = std::get_if<protocol::config_record>(&record)) {
        const auto type = static_cast<resource_type>(config->resource_type);
        if (type == resource_type::topic) reconfigured_topics.insert(config->resource_name);
        if (type == resource_type::broker) brokers_reconfigured = true;
    }
}

}  // namespace weir::broker::controller
