// Topics: create, delete, add partitions. Error codes and texts are those of Kafka's controller.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "broker/controller/core/controller_core.hpp"

namespace weir::broker::controller {
namespace {

constexpr std::size_t name_size_max = 249;
constexpr const char* too_many_partitions = "Excessively large number of partitions per request.";

std::unexpected<failure> refuse(error_code code, std::string message) {
    return std::unexpected(failure{.code = code, .message = std::move(message)});
}

// Metrics names replace '.' by '_', so two names that differ only there collide.
std::string without_dots(std::string name) {
    std::ranges::replace(name, '.', '_');
    return name;
}

protocol::partition_record record_of_partition(const topic_id& topic, std::size_t index,
                                               const std::vector<node_id>& replicas) {
    protocol::partition_record record;
    record.topic_id = topic;
    record.partition_id = partition_index(static_cast<std::int32_t>(index));
    record.replicas = replicas;
    record.isr = replicas;
    record.leader = replicas.front();
    record.leader_epoch = leader_epoch(0);
    record.partition_epoch = 0;
    return record;
}

}  // namespace

std::optional<std::string> invalid_topic_name(std::string_view name) {
    if (name.empty()) return "Topic name is invalid: the empty string is not allowed";
    if (name == "." || name == "..") {
        return fmt::format("Topic name is invalid: '{}' is not allowed", name);
    }
    if (name.size() > name_size_max) {
        return fmt::format(
            "Topic name is invalid: the length of '{}' is longer than the max allowed length {}",
            name, name_size_max);
    }
    const auto allowed = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-';
    };
    if (std::ranges::all_of(name, allowed)) return std::nullopt;
    return fmt::format(
        "Topic name is invalid: '{}' contains one or more characters other than ASCII "
        "alphanumerics, '.', '_' and '-'",
        name);
}

std::expected<void, failure> controller_core::check_name(const std::string& name) const {
    if (image_.topic(name)) {
        return refuse(error_code::topic_already_exists,
                      fmt::format("Topic '{}' already exists.", name));
    }
    if (auto reason = invalid_topic_name(name)) {
        return refuse(error_code::invalid_topic_exception, std::move(*reason));
    }
    if (name.find_first_of("._") == std::string::npos) return {};
    const auto* twin = image_.colliding_topic(without_dots(name));
    if (!twin) return {};
    return refuse(error_code::invalid_topic_exception,
                  fmt::format("Topic '{}' collides with existing topic: {}", name, twin->name));
}

std::expected<void, failure> controller_core::check_replicas(
    const std::vector<node_id>& replicas) const {
    const auto bad = [](std::string what) {
        return refuse(error_code::invalid_replica_assignment,
                      "The manual partition assignment includes " + std::move(what));
    };
    if (replicas.empty()) return bad("an empty replica list.");
    std::set<node_id> distinct;
    for (const auto replica : replicas) {
        if (!image_.brokers().contains(replica)) {
            return bad(fmt::format("broker {}, but no such broker is registered.", replica));
        }
        if (!distinct.insert(replica).second) {
            return bad(fmt::format("the broker {} more than once.", replica));
        }
    }
    return {};
}

// Partition p starts at broker p (round robin over the live brokers), its other replicas follow.
std::expected<controller_core::placement, failure> controller_core::spread(
    std::int32_t from, std::int32_t to, std::int16_t factor) const {
    std::vector<node_id> live;
    for (const auto& [id, broker] : image_.brokers()) {
        if (!broker.fenced) live.push_back(id);
    }
    if (static_cast<std::size_t>(factor) > live.size()) {
        return refuse(error_code::invalid_replication_factor,
                      fmt::format("Unable to replicate the partition {} time(s): The target "
                                  "replication factor of {} cannot be reached because only {} "
                                  "broker(s) are registered or some brokers have all their log "
                                  "directories cordoned.",
                                  factor, factor, live.size()));
    }
    placement placed;
    for (std::int32_t index = from; index < to; ++index) {
        std::vector<node_id> replicas;
        for (std::int16_t copy = 0; copy < factor; ++copy) {
            replicas.push_back(live[static_cast<std::size_t>(index + copy) % live.size()]);
        }
        placed.push_back(std::move(replicas));
    }
    return placed;
}

std::expected<controller_core::placement, failure> controller_core::place_as_assigned(
    const creatable_topic& wanted) const {
    if (wanted.replication_factor != -1 || wanted.num_partitions != -1) {
        return refuse(
            error_code::invalid_request,
            fmt::format("A manual partition assignment was specified, but {} was not set "
                        "to -1.",
                        wanted.replication_factor != -1 ? "replication factor" : "numPartitions"));
    }
    placement placed(wanted.assignments.size());
    for (const auto& assignment : wanted.assignments) {
        const auto index = assignment.partition_index.value();
        const bool in_range = index >= 0 && static_cast<std::size_t>(index) < placed.size();
        if (!in_range || !placed[static_cast<std::size_t>(index)].empty()) {
            return refuse(error_code::invalid_replica_assignment,
                          "partitions should be a consecutive 0-based integer sequence");
        }
        if (auto checked = check_replicas(assignment.broker_ids); !checked) {
            return std::unexpected(checked.error());
        }
        placed[static_cast<std::size_t>(index)] = assignment.broker_ids;
    }
    return placed;
}

std::expected<controller_core::placement, failure> controller_core::place_topic(
    const creatable_topic& wanted) const {
    if (!wanted.assignments.empty()) return place_as_assigned(wanted);
    if (wanted.replication_factor < -1 || wanted.replication_factor == 0) {
        return refuse(error_code::invalid_replication_factor,
                      "Replication factor must be larger than 0, or -1 to use the default value.");
    }
    if (wanted.num_partitions < -1 || wanted.num_partitions == 0) {
        return refuse(error_code::invalid_partitions,
                      "Number of partitions was set to an invalid non-positive value.");
    }
    const auto partitions =
        wanted.num_partitions == -1 ? options_.num_partitions : wanted.num_partitions;
    const auto factor = wanted.replication_factor == -1 ? options_.default_replication_factor
                                                        : wanted.replication_factor;
    return spread(0, partitions, factor);
}

std::expected<metadata_records, failure> controller_core::plan_topic(
    const creatable_topic& wanted) {
    if (auto checked = check_name(wanted.name); !checked) return std::unexpected(checked.error());
    for (const auto& config : wanted.configs) {
        if (!config.value) {
            return refuse(
                error_code::invalid_config,
                fmt::format("Null value not supported for topic configs: {}", config.name));
        }
        if (auto reason = options_.check_topic_config(config.name, *config.value)) {
            return refuse(error_code::invalid_config, std::move(*reason));
        }
    }
    const auto placed = place_topic(wanted);
    if (!placed) return std::unexpected(placed.error());

    metadata_records records;
    protocol::topic_record topic;
    topic.name = wanted.name;
    topic.topic_id = next_topic_id();
    records.emplace_back(topic);
    for (const auto& config : wanted.configs) {
        protocol::config_record record;
        record.resource_type = static_cast<std::int8_t>(resource_type::topic);
        record.resource_name = wanted.name;
        record.name = config.name;
        record.value = config.value;
        records.emplace_back(std::move(record));
    }
    for (std::size_t index = 0; index < placed->size(); ++index) {
        records.emplace_back(record_of_partition(topic.topic_id, index, (*placed)[index]));
    }
    return records;
}

// What a request would create in all, as it asks: refused as a whole above the limit, like Kafka's.
bool controller_core::asks_too_much(const protocol::create_topics_request& request) const {
    std::int64_t total = 0;
    for (const auto& topic : request.topics) {
        if (!topic.assignments.empty()) {
            total += static_cast<std::int64_t>(topic.assignments.size());
        } else {
            total += topic.num_partitions == -1 ? options_.num_partitions
                                                : std::max(0, topic.num_partitions);
        }
    }
    return total > options_.partitions_per_request_max;
}

bool controller_core::asks_too_much(const protocol::create_partitions_request& request) const {
    std::int64_t total = 0;
    for (const auto& wanted : request.topics) {
        const auto* topic = image_.topic(wanted.name);
        if (!topic) continue;
        const auto current = static_cast<std::int64_t>(topic->partitions.size());
        total += std::max<std::int64_t>(0, wanted.count - current);
    }
    return total > options_.partitions_per_request_max;
}

plan<protocol::create_topics_response> controller_core::create_topics(
    const protocol::create_topics_request& request) {
    plan<protocol::create_topics_response> out;
    const bool too_much = asks_too_much(request);
    std::map<std::string, int> named;
    for (const auto& topic : request.topics)
        ++named[topic.name];
    for (const auto& wanted : request.topics) {
        auto& count = named[wanted.name];
        if (count == 0) continue;  // a duplicate that was answered already
        protocol::create_topics_response::creatable_topic_result answer;
        answer.name = wanted.name;
        answer.error_message.reset();
        auto records = count > 1  ? refuse(error_code::invalid_request, "Duplicate topic name.")
                       : too_much ? refuse(error_code::policy_violation, too_many_partitions)
                                  : plan_topic(wanted);
        count = 0;
        if (!records) {
            answer.error_code = records.error().code;
            answer.error_message = records.error().message;
        } else {
            const auto& topic = std::get<protocol::topic_record>(records->front());
            const auto& last = std::get<protocol::partition_record>(records->back());
            answer.topic_id = topic.topic_id;
            answer.num_partitions = last.partition_id.value() + 1;
            answer.replication_factor = static_cast<std::int16_t>(last.replicas.size());
            if (!request.validate_only) {
                apply(*records);
                out.records.insert(out.records.end(), records->begin(), records->end());
            }
        }
        out.response.topics.push_back(std::move(answer));
    }
    return out;
}

std::expected<const topic_image*, failure> controller_core::find_deletable(
    const protocol::delete_topics_request::delete_topic_state& wanted) const {
    const bool by_name = wanted.name.has_value();
    if (by_name && !wanted.topic_id.is_zero()) {
        return refuse(error_code::invalid_request,
                      "You may not specify both topic name and topic id.");
    }
    if (!by_name && wanted.topic_id.is_zero()) {
        return refuse(error_code::invalid_request, "Neither topic name nor id were specified.");
    }
    const auto* topic = by_name ? image_.topic(*wanted.name) : image_.topic(wanted.topic_id);
    if (!topic && by_name) {
        return refuse(error_code::unknown_topic_or_partition,
                      "This server does not host this topic-partition.");
    }
    if (!topic) {
        return refuse(error_code::unknown_topic_id, "This server does not host this topic ID.");
    }
    if (options_.delete_topics) return topic;
    return refuse(error_code::topic_deletion_disabled, "Topic deletion is disabled.");
}

plan<protocol::delete_topics_response> controller_core::delete_topics(
    const protocol::delete_topics_request& request) {
    plan<protocol::delete_topics_response> out;
    auto wanted = request.topics;
    for (const auto& name : request.topic_names) {
        protocol::delete_topics_request::delete_topic_state by_name;
        by_name.name = name;
        wanted.push_back(std::move(by_name));
    }
    // What is named twice is refused, and told once.
    std::map<std::pair<std::optional<std::string_view>, topic_id>, std::size_t> times;
    for (const auto& each : wanted)
        ++times[{each.name, each.topic_id}];
    for (const auto& each : wanted) {
        auto& count = times[{each.name, each.topic_id}];
        if (count == 0) continue;
        protocol::delete_topics_response::deletable_topic_result answer;
        answer.name = each.name;
        answer.topic_id = each.topic_id;
        auto topic = find_deletable(each);
        if (count > 1 && (each.name || !each.topic_id.is_zero())) {
            topic = refuse(error_code::invalid_request,
                           each.name ? "Duplicate topic name." : "Duplicate topic id.");
        }
        count = 0;
        if (!topic) {
            answer.error_code = topic.error().code;
            answer.error_message = topic.error().message;
        } else {
            answer.name = (*topic)->name;
            answer.topic_id = (*topic)->id;
            protocol::remove_topic_record record;
            record.topic_id = (*topic)->id;
            const metadata_records removal{record};
            apply(removal);
            out.records.push_back(removal.front());
        }
        out.response.responses.push_back(std::move(answer));
    }
    return out;
}

std::expected<controller_core::placement, failure> controller_core::place_more(
    const more_partitions& wanted) const {
    const auto* topic = image_.topic(wanted.name);
    if (!topic) return refuse(error_code::unknown_topic_or_partition, "");
    const auto current = static_cast<std::int32_t>(topic->partitions.size());
    if (current == 0) {
        return refuse(error_code::unknown_server_error,
                      fmt::format("The topic {} has no partitions.", wanted.name));
    }
    if (wanted.count == current) {
        return refuse(error_code::invalid_partitions,
                      fmt::format("Topic already has {} partition(s).", current));
    }
    if (wanted.count < current) {
        return refuse(error_code::invalid_partitions,
                      fmt::format("The topic {} currently has {} partition(s); {} would not be an "
                                  "increase.",
                                  wanted.name, current, wanted.count));
    }
    const auto more = wanted.count - current;
    // As many replicas as the first partition has; a stored one may have none.
    const auto replicas = std::max<std::size_t>(1, topic->partitions.front().replicas.size());
    const auto factor = static_cast<std::int16_t>(replicas);
    if (!wanted.assignments) return spread(current, wanted.count, factor);
    if (wanted.assignments->size() != static_cast<std::size_t>(more)) {
        return refuse(error_code::invalid_replica_assignment,
                      fmt::format("Attempted to add {} additional partition(s), but only {} "
                                  "assignment(s) were specified.",
                                  more, wanted.assignments->size()));
    }
    placement placed;
    for (const auto& assignment : *wanted.assignments) {
        if (auto checked = check_replicas(assignment.broker_ids); !checked) {
            return std::unexpected(checked.error());
        }
        placed.push_back(assignment.broker_ids);
    }
    return placed;
}

plan<protocol::create_partitions_response> controller_core::create_partitions(
    const protocol::create_partitions_request& request) {
    plan<protocol::create_partitions_response> out;
    const bool too_much = asks_too_much(request);
    std::map<std::string, int> named;
    for (const auto& topic : request.topics)
        ++named[topic.name];
    for (const auto& wanted : request.topics) {
        auto& count = named[wanted.name];
        if (count == 0) continue;  // a duplicate that was answered already
        protocol::create_partitions_response::create_partitions_topic_result answer;
        answer.name = wanted.name;
        const auto placed = count > 1 ? refuse(error_code::invalid_request, "Duplicate topic name.")
                            : too_much ? refuse(error_code::policy_violation, too_many_partitions)
                                       : place_more(wanted);
        count = 0;
        if (!placed) {
            answer.error_code = placed.error().code;
            if (!placed.error().message.empty()) answer.error_message = placed.error().message;
        } else if (!request.validate_only) {
            const auto* topic = image_.topic(wanted.name);
            metadata_records records;
            for (std::size_t index = 0; index < placed->size(); ++index) {
                records.emplace_back(record_of_partition(
                    topic->id, topic->partitions.size() + index, (*placed)[index]));
            }
            apply(records);
            out.records.insert(out.records.end(), records.begin(), records.end());
        }
        out.response.results.push_back(std::move(answer));
    }
    return out;
}

}  // namespace weir::broker::controller
