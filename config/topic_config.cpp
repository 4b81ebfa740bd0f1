#include "config/topic_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/ensure.hpp"

namespace weir::config {
namespace {

const std::string* find_in(const overrides& in, std::string_view name) {
    const auto found = in.find(std::string(name));
    return found == in.end() ? nullptr : &found->second;
}

// An option of the broker, with the unit of its value in that of the first of its family.
struct broker_name {
    std::string_view name;
    std::int64_t factor = 1;
};

constexpr broker_name retention[] = {
    {"log.retention.ms"}, {"log.retention.minutes", 60'000}, {"log.retention.hours", 3'600'000}};
constexpr broker_name roll[] = {{"log.roll.ms"}, {"log.roll.hours", 3'600'000}};
constexpr broker_name jitter[] = {{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", 3'600'000}};
constexpr broker_name flush[] = {{"log.flush.interval.ms"}, {"log.flush.scheduler.interval.ms"}};
constexpr std::span<const broker_name> families[] = {retention, roll, jitter, flush};

// The options of the broker that stand in for one another, the strongest first.
std::vector<broker_name> family_of(std::string_view name) {
    for (const auto family : families) {
        const bool belongs = std::ranges::find(family, name, &broker_name::name) != family.end();
        if (belongs) return {family.begin(), family.end()};
    }
    if (name.empty()) return {};
    return {{name}};
}

std::string scaled(const std::string& value, std::int64_t factor) {
    if (factor == 1) return value;
    const auto number = to_integer(value);
    return std::to_string(number < 0 ? number : number * factor);
}

// The strongest of the broker's settings: a finer unit wins over a coarser one, whatever their
// layer.
void add_broker_values(described_option& to, const std::vector<broker_name>& names,
                       const broker_layers& broker) {
    for (const auto& each : names) {
        const std::string name(each.name);
        if (const auto* set = find_in(broker.dynamic_broker, name)) {
            to.value = scaled(*set, each.factor);
        } else if (const auto* set = find_in(broker.dynamic_default, name)) {
            to.value = scaled(*set, each.factor);
        } else if (const auto* set = broker.written.find(name)) {
            to.value = scaled(set->value, each.factor);
        } else {
            continue;
        }
        return;
    }
}

// What Kafka lists below an option: layer by layer under the names in turn, with the texts as they
// were written, beginning with the first that has the option's own name.
void add_broker_synonyms(described_option& to, std::string_view own, const broker_layers& broker) {
    const auto names = family_of(own);
    std::vector<config_value> found;
    const auto collect = [&](auto look, config_source source) {
        for (const auto& each : names) {
            const std::string name(each.name);
            std::optional<std::string> value = look(name);
            if (value) found.push_back({.name = name, .value = std::move(value), .source = source});
        }
    };
    const auto in = [](const overrides& layer) {
        return [&layer](const std::string& name) -> std::optional<std::string> {
            const auto* set = find_in(layer, name);
            return set ? std::optional(*set) : std::nullopt;
        };
    };
    collect(in(broker.dynamic_broker), config_source::dynamic_broker);
    collect(in(broker.dynamic_default), config_source::dynamic_default_broker);
    collect(
        [&broker](const std::string& name) -> std::optional<std::string> {
            const auto* set = broker.written.find(name);
            return set ? std::optional(set->value) : std::nullopt;
        },
        config_source::static_broker);
    collect(
        [](const std::string& name) -> std::optional<std::string> {
            const auto* known = find_option(broker_options(), name);
            return known && known->initial ? std::optional(std::string(*known->initial))
                                           : std::nullopt;
        },
        config_source::default_value);
    const auto begin = std::ranges::find(found, own, &config_value::name);
    std::move(begin, found.end(), std::back_inserter(to.synonyms));
}

std::optional<std::string> initial_of(const option& of) {
    return of.initial ? std::optional(std::string(*of.initial)) : std::nullopt;
}

}  // namespace

std::optional<std::string> check_topic_config(std::string_view name, std::string_view value) {
    const auto* known = find_option(topic_options(), name);
    if (!known) return fmt::format("Unknown topic config name: {}", name);
    if (name == "remote.storage.enable" && value == "true") {
        return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
               "with remote log storage.";
    }
    return check_broker_config(*known, value);
}

std::optional<std::string> check_broker_config(const option& of, std::string_view value) {
    const auto reason = check_value(of, value);
    if (!reason) return std::nullopt;
    // Of a list Kafka names the element that is wrong.
    while (of.type == option_type::list && value.contains(',')) {
        const auto element = value.substr(0, value.find(','));
        if (check_value(of, element)) {
            value = element;
        } else {
            value.remove_prefix(element.size() + 1);
        }
    }
    return fmt::format("Invalid value {} for configuration {}: {}", value, of.name, *reason);
}

described_option describe_over_broker(const option& of, const overrides& own,
                                      const broker_layers& broker, config_source source) {
    described_option described{.of = &of, .value = initial_of(of)};
    add_broker_values(described, family_of(of.synonym), broker);
    if (const auto* set = find_in(own, of.name)) {
        described.value = *set;
        described.synonyms.push_back(
            {.name = std::string(of.name), .value = *set, .source = source});
    }
    add_broker_synonyms(described, of.synonym, broker);
    if (!described.synonyms.empty()) described.source = described.synonyms.front().source;
    return described;
}

described_option describe_topic_option(const option& of, const overrides& topic,
                                       const broker_layers& broker) {
    return describe_over_broker(of, topic, broker, config_source::dynamic_topic);
}

described_option describe_broker_option(const option& of, const broker_layers& broker) {
    described_option described{.of = &of, .value = initial_of(of)};
    add_broker_values(described, {{of.name}}, broker);
    add_broker_synonyms(described, of.name, broker);
    if (!described.synonyms.empty()) described.source = described.synonyms.front().source;
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
