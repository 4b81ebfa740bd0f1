#include "broker/api/describe_config.hpp"

#include <charconv>

#include "config/group_config.hpp"

namespace weir::broker::api {
namespace {

// Kafka's numbers for the types of options (ConfigEntry.ConfigType).
std::int8_t type_number(config::option_type type) {
    switch (type) {
        case config::option_type::boolean:
            return 1;
        case config::option_type::string:
            return 2;
        case config::option_type::integer:
            return 3;
        case config::option_type::integer64:
            return 5;
        case config::option_type::number:
            return 6;
        case config::option_type::list:
            return 7;
        case config::option_type::password:
            return 9;
    }
    return 0;
}

described_config told(config::described_option from, bool read_only) {
    described_config told{.name = std::string(from.of->name),
                          .value = std::move(from.value),
                          .source = from.source,
                          .read_only = read_only,
                          .sensitive = from.of->type == config::option_type::password,
                          .type = type_number(from.of->type),
                          .text = std::string(from.of->text),
                          .synonyms = std::move(from.synonyms)};
    if (told.sensitive) {
        told.value.reset();
        for (auto& each : told.synonyms)
            each.value.reset();
    }
    return told;
}

const controller::config_values& dynamic_values(const services& node, const std::string& broker) {
    return node.image().configs({.type = controller::resource_type::broker, .name = broker});
}

}  // namespace

config::broker_layers layers_of(const services& node) {
    return {.written = node.config.written,
            .dynamic_broker = dynamic_values(node, std::to_string(node.self.value())),
            .dynamic_default = dynamic_values(node, "")};
}

std::vector<described_config> describe_topic_config(const services& node,
                                                    const controller::config_values& overrides) {
    std::vector<described_config> all;
    for (const auto& each : config::topic_options()) {
        auto described = config::describe_topic_option(each, overrides, layers_of(node));
        all.push_back(told(std::move(described), false));
    }
    return all;
}

std::vector<described_config> describe_group_config(const services& node,
                                                    const controller::config_values& overrides) {
    std::vector<described_config> all;
    for (const auto& each : config::group_options()) {
        auto described = config::describe_group_option(each, overrides, layers_of(node));
        all.push_back(told(std::move(described), false));
    }
    return all;
}

std::vector<described_config> describe_broker_config(const services& node,
                                                     const std::string& name) {
    std::vector<described_config> all;
    const auto layers = layers_of(node);
    for (const auto& each : config::broker_options()) {
        if (each.use == config::standing::internal && !layers.written.find(each.name)) continue;
        auto described = config::describe_broker_option(each, layers);
        if (name.empty()) {
            const auto set = layers.dynamic_default.find(std::string(each.name));
            if (set == layers.dynamic_default.end()) continue;
            described.value = set->second;
            described.source = config::config_source::dynamic_default_broker;
            std::erase_if(described.synonyms, [](const auto& synonym) {
                return synonym.source != config::config_source::dynamic_default_broker;
            });
        }
        all.push_back(told(std::move(described), !is_dynamic_broker_option(each.name)));
    }
    return all;
}

bool is_number(std::string_view text) {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

bool is_dynamic_broker_option(std::string_view name) {
    for (const auto& each : config::topic_options()) {
        if (each.synonym == name) return true;
    }
    return false;
}

}  // namespace weir::broker::api
