#include "config/topic_config.hpp"

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace weir::config {
namespace {

void add(described_option& to, std::string name, std::optional<std::string> value,
         config_source source) {
    to.synonyms.push_back({.name = std::move(name), .value = std::move(value), .source = source});
}

const std::string* find_in(const overrides& in, std::string_view name) {
    const auto found = in.find(std::string(name));
    return found == in.end() ? nullptr : &found->second;
}

// The broker's option and, where Kafka has them, the coarser ones that stand in for it.
struct broker_name {
    std::string_view name;
    std::int64_t factor = 1;  // of the unit, to milliseconds
};
std::vector<broker_name> broker_names(std::string_view synonym) {
    if (synonym == "log.retention.ms") {
        return {{"log.retention.ms"},
                {"log.retention.minutes", 60'000},
                {"log.retention.hours", 3'600'000}};
    }
    if (synonym == "log.roll.ms") return {{"log.roll.ms"}, {"log.roll.hours", 3'600'000}};
    if (synonym.empty()) return {};
    return {{synonym}};
}

std::string scaled(const std::string& value, std::int64_t factor) {
    if (factor == 1) return value;
    const auto number = to_integer(value);
    return std::to_string(number < 0 ? number : number * factor);
}

void add_broker_layers(described_option& to, const std::vector<broker_name>& names,
                       const broker_layers& broker) {
    for (const auto& each : names) {
        const std::string name(each.name);
        if (const auto* set = find_in(broker.dynamic_broker, name)) {
            add(to, name, scaled(*set, each.factor), config_source::dynamic_broker);
        }
        if (const auto* set = find_in(broker.dynamic_default, name)) {
            add(to, name, scaled(*set, each.factor), config_source::dynamic_default_broker);
        }
        if (const auto* set = broker.written.find(name)) {
            add(to, name, scaled(set->value, each.factor), config_source::static_broker);
        }
    }
}

void settle(described_option& described) {
    if (described.synonyms.empty()) return;
    described.value = described.synonyms.front().value;
    described.source = described.synonyms.front().source;
}

}  // namespace

std::optional<std::string> check_topic_config(std::string_view name, std::string_view value) {
    const auto* known = find_option(topic_options(), name);
    if (!known) {
        const auto nearest = nearest_name(topic_options(), name);
        return nearest.empty()
                   ? fmt::format("Unknown topic config name: {}", name)
                   : fmt::format("Unknown topic config name: {}; did you mean {}?", name, nearest);
    }
    const auto reason = check_value(*known, value);
    if (!reason) return std::nullopt;
    return fmt::format("Invalid value {} for configuration {}: {}", value, name, *reason);
}

described_option describe_topic_option(const option& of, const overrides& topic,
                                       const broker_layers& broker) {
    described_option described{.of = &of};
    if (const auto* set = find_in(topic, of.name)) {
        add(described, std::string(of.name), *set, config_source::dynamic_topic);
    }
    add_broker_layers(described, broker_names(of.synonym), broker);
    if (of.initial) {
        add(described, std::string(of.synonym.empty() ? of.name : of.synonym),
            std::string(*of.initial), config_source::default_value);
    }
    settle(described);
    return described;
}

described_option describe_broker_option(const option& of, const broker_layers& broker) {
    described_option described{.of = &of};
    add_broker_layers(described, {{of.name}}, broker);
    if (of.initial) {
        add(described, std::string(of.name), std::string(*of.initial),
            config_source::default_value);
    }
    settle(described);
    return described;
}

topic_settings::topic_settings(const overrides& topic, const broker_layers& broker) {
    for (const auto& each : topic_options()) {
        auto described = describe_topic_option(each, topic, broker);
        values_.emplace(each.name, std::move(described.value).value_or(""));
    }
}

const std::string& topic_settings::text(std::string_view name) const {
    const auto found = values_.find(name);
    ensure(found != values_.end());
    return found->second;
}

}  // namespace weir::config
