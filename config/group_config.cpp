#include "config/group_config.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

// An option that has to be within options of the broker; empty for no bound.
struct bounded {
    std::string_view name;
    std::string_view least;
    std::string_view most;
};

constexpr bounded bounded_options[] = {
    {"consumer.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms",
     "group.consumer.max.heartbeat.interval.ms"},
    {"consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms",
     "group.consumer.max.session.timeout.ms"},
    {"consumer.assignment.interval.ms", "group.consumer.min.assignment.interval.ms",
     "group.consumer.max.assignment.interval.ms"},
    {"share.heartbeat.interval.ms", "group.share.min.heartbeat.interval.ms",
     "group.share.max.heartbeat.interval.ms"},
    {"share.session.timeout.ms", "group.share.min.session.timeout.ms",
     "group.share.max.session.timeout.ms"},
    {"share.record.lock.duration.ms", "group.share.min.record.lock.duration.ms",
     "group.share.max.record.lock.duration.ms"},
    {"share.delivery.count.limit", "group.share.min.delivery.count.limit",
     "group.share.max.delivery.count.limit"},
    {"share.partition.max.record.locks", "group.share.min.partition.max.record.locks",
     "group.share.max.partition.max.record.locks"},
    {"share.assignment.interval.ms", "group.share.min.assignment.interval.ms",
     "group.share.max.assignment.interval.ms"},
    {"streams.heartbeat.interval.ms", "group.streams.min.heartbeat.interval.ms",
     "group.streams.max.heartbeat.interval.ms"},
    {"streams.session.timeout.ms", "group.streams.min.session.timeout.ms",
     "group.streams.max.session.timeout.ms"},
    {"streams.num.standby.replicas", "", "group.streams.max.standby.replicas"},
    {"streams.assignment.interval.ms", "group.streams.min.assignment.interval.ms",
     "group.streams.max.assignment.interval.ms"},
};

constexpr std::string_view protocols[] = {"consumer", "share", "streams"};

std::int64_t broker_value(std::string_view name, const broker_layers& broker) {
    const auto* known = find_option(broker_options(), name);
    return to_integer(describe_broker_option(*known, broker).value.value_or(""));
}

std::int64_t group_value(const std::string& name, const overrides& group,
                         const broker_layers& broker) {
    const auto* known = find_option(group_options(), name);
    return to_integer(describe_group_option(*known, group, broker).value.value_or(""));
}

std::optional<std::string> check_bounds(const overrides& group, const broker_layers& broker) {
    for (const auto& each : bounded_options) {
        const auto set = group.find(std::string(each.name));
        if (set == group.end()) continue;
        const auto value = to_integer(set->second);
        if (!each.least.empty() && value < broker_value(each.least, broker)) {
            return fmt::format("{} must be greater than or equal to {}", each.name, each.least);
        }
        if (value > broker_value(each.most, broker)) {
            return fmt::format("{} must be less than or equal to {}", each.name, each.most);
        }
    }
    for (const auto protocol : protocols) {
        const auto session = fmt::format("{}.session.timeout.ms", protocol);
        const auto heartbeat = fmt::format("{}.heartbeat.interval.ms", protocol);
        if (group_value(session, group, broker) > group_value(heartbeat, group, broker)) continue;
        return fmt::format("{} must be greater than {}", session, heartbeat);
    }
    return std::nullopt;
}

// "by_duration:PnDTnHnMn.nS", not below zero.
bool is_duration(std::string_view value) {
    constexpr std::string_view prefix = "by_duration:P";
    if (!value.starts_with(prefix) || value.size() == prefix.size()) return false;
    return std::ranges::all_of(value.substr(prefix.size()), [](char each) {
        return (each >= '0' && each <= '9') || std::string_view("DTHMS.").contains(each);
    });
}

std::optional<std::string> check_one(const std::string& name, const std::string& value) {
    const auto* known = find_option(group_options(), name);
    if (!known) return "Unknown group config name: " + name;
    if (auto wrong = check_broker_config(*known, value)) return wrong;
    if (name != "share.auto.offset.reset") return std::nullopt;
    if (value == "earliest" || value == "latest" || is_duration(value)) return std::nullopt;
    return fmt::format(
        "Invalid value {0} for configuration {1}: Invalid value `{0}` for configuration {1}. The "
        "value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.",
        value, name);
}

}  // namespace

std::optional<std::string> check_group_config(const overrides& group, const broker_layers& broker) {
    for (const auto& [name, value] : group) {
        if (auto wrong = check_one(name, value)) return wrong;
    }
    return check_bounds(group, broker);
}

described_option describe_group_option(const option& of, const overrides& group,
                                       const broker_layers& broker) {
    auto described = describe_over_broker(of, group, broker, config_source::dynamic_group);
    if (of.synonym.empty()) {
        described.synonyms.push_back({.name = std::string(of.name),
                                      .value = std::string(*of.initial),
                                      .source = config_source::default_value});
    }
    return described;
}

std::int32_t group_config::within(std::string_view name, std::int32_t initial, bounds of) const {
    const auto set = group_.find(std::string(name));
    if (set == group_.end()) return initial;
    const auto value = static_cast<std::int32_t>(to_integer(set->second));
    return std::max(of.least, std::min(value, of.most));
}

std::int32_t group_config::consumer_session_timeout_ms() const {
    return within("consumer.session.timeout.ms", broker_.group_consumer_session_timeout_ms,
                  {.least = broker_.group_consumer_min_session_timeout_ms,
                   .most = broker_.group_consumer_max_session_timeout_ms});
}

std::int32_t group_config::consumer_heartbeat_interval_ms() const {
    return within("consumer.heartbeat.interval.ms", broker_.group_consumer_heartbeat_interval_ms,
                  {.least = broker_.group_consumer_min_heartbeat_interval_ms,
                   .most = broker_.group_consumer_max_heartbeat_interval_ms});
}

std::int32_t group_config::consumer_assignment_interval_ms() const {
    return within("consumer.assignment.interval.ms", broker_.group_consumer_assignment_interval_ms,
                  {.least = broker_.group_consumer_min_assignment_interval_ms,
                   .most = broker_.group_consumer_max_assignment_interval_ms});
}

}  // namespace weir::config
