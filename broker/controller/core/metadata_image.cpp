#include "broker/controller/core/metadata_image.hpp"

#include <algorithm>

#include "base/arithmetic.hpp"

namespace weir::broker::controller {
namespace {

// Metric names cannot hold '.', it becomes '_'. Most names have neither: those need no entry.
std::optional<std::string> metric_name(std::string name) {
    if (name.find_first_of("._") == std::string::npos) return std::nullopt;
    std::ranges::replace(name, '.', '_');
    return name;
}

}  // namespace

void metadata_image::apply(const metadata_record& record) {
    if (fits(record)) std::visit([this](const auto& each) { apply_one(each); }, record);
}

bool metadata_image::fits(const metadata_record& record) const {
    if (const auto* named = std::get_if<protocol::topic_record>(&record)) {
        return !topic(named->topic_id) && !topic(named->name);
    }
    const auto* partition = std::get_if<protocol::partition_record>(&record);
    const auto* of = partition ? topic(partition->topic_id) : nullptr;
    if (!of) return true;
    const auto index = partition->partition_id.value();
    return index >= 0 && static_cast<std::size_t>(index) <= of->partitions.size();
}

const topic_image* metadata_image::topic(const topic_id& id) const {
    const auto* found = topics_.find(id);
    return found ? found->get() : nullptr;
}

const topic_image* metadata_image::topic(const std::string& name) const {
    const auto* id = ids_by_name_.find(name);
    return id ? topic(*id) : nullptr;
}

const topic_image* metadata_image::colliding_topic(const std::string& name) const {
    const auto* id = ids_by_metric_name_.find(name);
    return id ? topic(*id) : nullptr;
}

const partition_image* metadata_image::partition(const topic_id& id, partition_index index) const {
    const auto* found = topic(id);
    const auto at = static_cast<std::size_t>(index.value());
    if (!found || index.value() < 0 || at >= found->partitions.size()) return nullptr;
    return &found->partitions[at];
}

std::vector<std::shared_ptr<const topic_image>> metadata_image::sorted_topics() const {
    std::vector<std::shared_ptr<const topic_image>> all;
    all.reserve(topics_.size());
    topics_.for_each([&](const topic_id&, const auto& topic) { all.push_back(topic); });
    std::ranges::sort(all, {}, [](const auto& topic) -> const std::string& { return topic->name; });
    return all;
}

const config_values& metadata_image::configs(const config_resource& resource) const {
    static const config_values none;
    if (resource.type == resource_type::topic) {
        const auto* found = topic_configs_.find(resource.name);
        return found ? **found : none;
    }
    const auto found = other_configs_.find(resource);
    return found == other_configs_.end() ? none : found->second;
}

std::int16_t metadata_image::feature_level(std::string_view name) const {
    const auto found = features_.find(name);
    return found == features_.end() ? std::int16_t{0} : found->second;
}

std::vector<std::string> metadata_image::configured(resource_type type) const {
    std::vector<std::string> names;
    for (const auto& [resource, values] : other_configs_) {
        if (resource.type == type) names.push_back(resource.name);
    }
    return names;
}

void metadata_image::apply_one(const protocol::register_broker_record& record) {
    broker_image broker{.id = record.broker_id, .epoch = record.broker_epoch};
    for (const auto& each : record.end_points) {
        broker.endpoints.push_back({.listener = each.name,
                                    .host = each.host,
                                    .port = each.port,
                                    .security_protocol = each.security_protocol});
    }
    broker.rack = record.rack;
    broker.fenced = record.fenced;
    brokers_.insert_or_assign(record.broker_id, std::move(broker));
}

void metadata_image::apply_one(const protocol::unregister_broker_record& record) {
    brokers_.erase(record.broker_id);
}

void metadata_image::apply_one(const protocol::broker_registration_change_record& record) {
    const auto found = brokers_.find(record.broker_id);
    if (found == brokers_.end()) return;
    if (record.fenced > 0) found->second.fenced = true;
    if (record.fenced < 0) found->second.fenced = false;
}

void metadata_image::apply_one(const protocol::topic_record& record) {
    auto topic = std::make_shared<topic_image>();
    topic->name = record.name;
    topic->id = record.topic_id;
    topic->age = topics_.age();
    topics_.put(record.topic_id, std::move(topic));
    ids_by_name_.put(record.name, record.topic_id);
    if (auto name = metric_name(record.name)) ids_by_metric_name_.put(*name, record.topic_id);
}

topic_image* metadata_image::edit_topic(const topic_id& id) {
    auto* holder = topics_.edit(id);
    if (!holder) return nullptr;
    if ((*holder)->age != topics_.age()) {
        *holder = std::make_shared<topic_image>(**holder);
        (*holder)->age = topics_.age();
    }
    return holder->get();
}

void metadata_image::apply_one(const protocol::partition_record& record) {
    auto* topic = edit_topic(record.topic_id);
    if (!topic) return;
    const auto index = static_cast<std::size_t>(record.partition_id.value());
    if (index == topic->partitions.size()) {
        ++partition_count_;
        topic->partitions.emplace_back();
    }
    topic->partitions[index] = {.replicas = record.replicas,
                                .isr = record.isr,
                                .leader = record.leader,
                                .leader_epoch = record.leader_epoch,
                                .partition_epoch = record.partition_epoch};
}

void metadata_image::apply_one(const protocol::partition_change_record& record) {
    constexpr node_id leader_unchanged{-2};
    if (!partition(record.topic_id, record.partition_id)) return;
    auto& target = edit_topic(record.topic_id)
                       ->partitions[static_cast<std::size_t>(record.partition_id.value())];
    if (record.isr) target.isr = *record.isr;
    if (record.replicas) target.replicas = *record.replicas;
    if (record.leader != leader_unchanged) {
        target.leader = record.leader;
        target.leader_epoch = leader_epoch(base::wrapping_add(target.leader_epoch.value(), 1));
    }
    target.partition_epoch = base::wrapping_add(target.partition_epoch, 1);
}

void metadata_image::apply_one(const protocol::remove_topic_record& record) {
    const auto* current = topic(record.topic_id);
    if (!current) return;
    partition_count_ -= current->partitions.size();
    topic_configs_.erase(current->name);
    ids_by_name_.erase(current->name);
    if (auto name = metric_name(current->name)) ids_by_metric_name_.erase(*name);
    topics_.erase(record.topic_id);
}

void metadata_image::apply_one(const protocol::config_record& record) {
    const config_resource resource{.type = static_cast<resource_type>(record.resource_type),
                                   .name = record.resource_name};
    config_values values = configs(resource);
    if (record.value) {
        values.insert_or_assign(record.name, *record.value);
    } else {
        values.erase(record.name);
    }
    if (resource.type == resource_type::topic) {
        topic_configs_.put(resource.name, std::make_shared<config_values>(std::move(values)));
    } else if (values.empty()) {
        other_configs_.erase(resource);
    } else {
        other_configs_.insert_or_assign(resource, std::move(values));
    }
}

void metadata_image::apply_one(const protocol::feature_level_record& record) {
    if (record.feature_level == 0) {
        features_.erase(record.name);
    } else {
        features_.insert_or_assign(record.name, record.feature_level);
    }
}

void metadata_image::apply_one(const protocol::producer_ids_record& record) {
    next_producer_id_ = record.next_producer_id;
}

}  // namespace weir::broker::controller
