#include "broker/coordinator/group/core/heartbeat_rules.hpp"

#include <algorithm>

#include "broker/coordinator/group/core/consumer_member.hpp"
#include "broker/coordinator/group/core/topic_regex.hpp"

namespace weir::broker::coordinator::group {
namespace {

constexpr std::int16_t first_version_with_own_ids = 1;

bool is_blank(const std::string& text) {
    return std::ranges::all_of(text, [](unsigned char each) { return each <= ' '; });
}

refusal invalid(const char* message) {
    return {.code = error_code::invalid_request, .message = message};
}

std::optional<refusal> refuse_join(const protocol::consumer_group_heartbeat_request& request) {
    if (request.rebalance_timeout_ms == -1) {
        return invalid("RebalanceTimeoutMs must be provided in first request.");
    }
    if (!request.topic_partitions || !request.topic_partitions->empty()) {
        return invalid("TopicPartitions must be empty when (re-)joining.");
    }
    if (!request.subscribed_topic_names && !request.subscribed_topic_regex) {
        return invalid(
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
            "(re-)joining.");
    }
    return std::nullopt;
}

std::optional<refusal> refuse_assignor(const std::optional<std::string>& wanted,
                                       const consumer_group_options& options) {
    if (!wanted) return std::nullopt;
    const auto& assignors = options.assignors;
    if (std::ranges::find(assignors, *wanted) != assignors.end()) return std::nullopt;
    std::string known;
    for (const auto& each : assignors)
        known += (known.empty() ? "" : ", ") + each;
    return refusal{.code = error_code::unsupported_assignor,
                   .message = "ServerAssignor " + *wanted +
                              " is not supported. Supported assignors: " + known + "."};
}

}  // namespace

std::optional<refusal> refuse_heartbeat(const protocol::consumer_group_heartbeat_request& request,
                                        std::int16_t version,
                                        const consumer_group_options& options) {
    const auto epoch = request.member_epoch;
    const bool id_required =
        version >= first_version_with_own_ids || epoch > joining_epoch || epoch == leaving_epoch;
    if (id_required && is_blank(request.member_id)) return invalid("MemberId can't be empty.");
    if (is_blank(request.group_id)) return invalid("GroupId can't be empty.");
    if (request.instance_id && is_blank(*request.instance_id)) {
        return invalid("InstanceId can't be empty.");
    }
    if (request.rack_id && is_blank(*request.rack_id)) return invalid("RackId can't be empty.");
    if (epoch == joining_epoch) {
        if (auto refused = refuse_join(request)) return refused;
    } else if (epoch == static_leaving_epoch) {
        if (!request.instance_id) return invalid("InstanceId can't be null.");
    } else if (epoch < static_leaving_epoch) {
        return invalid("MemberEpoch is invalid.");
    }
    return refuse_assignor(request.server_assignor, options);
}

std::size_t bytes_of(const protocol::consumer_group_heartbeat_request& request) {
    constexpr std::size_t each_extra = sizeof(std::int32_t);
    std::size_t bytes = request.member_id.size() + request.instance_id.value_or("").size() +
                        request.rack_id.value_or("").size() +
                        request.subscribed_topic_regex.value_or("").size();
    if (!request.subscribed_topic_names) return bytes;
    for (const auto& each : *request.subscribed_topic_names)
        bytes += each.size() + each_extra;
    return bytes;
}

std::optional<refusal> refuse_subscription(
    const protocol::consumer_group_heartbeat_request& request, const core_options& options) {
    if (bytes_of(request) > options.record_bytes_max) {
        return refusal{.code = error_code::unknown_server_error,
                       .message = "The member's subscription is too large to be stored."};
    }
    const auto& regex = request.subscribed_topic_regex;
    if (!regex || regex->empty()) return std::nullopt;
    const auto problem = topic_regex(*regex).problem();
    if (!problem) return std::nullopt;
    return refusal{.code = error_code::invalid_regular_expression,
                   .message = "SubscribedTopicRegex `" + *regex +
                              "` is not a valid regular expression: " + *problem + "."};
}

std::optional<refusal> refuse_when_full(std::size_t size, const consumer_group_options& options) {
    if (static_cast<std::int64_t>(size) < options.group_size_max) return std::nullopt;
    return refusal{.code = error_code::group_max_size_reached,
                   .message = "The consumer group has reached its maximum capacity of " +
                              std::to_string(options.group_size_max) + " members."};
}

}  // namespace weir::broker::coordinator::group
