// What components are to each other: names that are taken twice, dead letters that come back,
// sinks that nobody writes for.
#include <fmt/format.h>

#include <algorithm>

#include "connect/pipeline/reader.hpp"
#include "connect/pipeline/topic_pattern.hpp"

namespace weir::connect::pipeline {
namespace {

std::string key_of(const component& of) {
    return fmt::format("{}.{}", of.kind == component_kind::source ? "source" : "sink", of.name);
}

// Metrics, positions and groups go by the name alone.
void check_names(reading& of) {
    const auto& all = of.result.components;
    for (std::size_t index = 0; index < all.size(); ++index) {
        const auto& each = all[index];
        for (std::size_t before = 0; before < index; ++before) {
            const auto& other = all[before];
            if (other.name == each.name) {
                of.errors.push_back(
                    {.place = each.place,
                     .key = key_of(each),
                     .reason = fmt::format("{} at {} has this name, too; rename one", key_of(other),
                                           other.place)});
            }
            if (!each.group.empty() && other.group == each.group && other.name != each.name) {
                of.errors.push_back(
                    {.place = each.place,
                     .key = key_of(each) + ".group",
                     .reason = fmt::format("{} reads as the group {}, too: each would get a part",
                                           key_of(other), each.group)});
            }
        }
    }
}

void check_dead_letters(reading& of) {
    for (const auto& each : of.result.components) {
        const auto& topic = each.errors.dead_letter_topic;
        if (topic.empty()) continue;
        const auto inputs = each.kind == component_kind::source
                                ? std::vector{pattern_of_template(each.topic)}
                                : each.from;
        const auto met = std::ranges::find_if(
            inputs, [&](const auto& input) { return patterns_meet(input, topic); });
        if (met == inputs.end()) continue;
        of.errors.push_back(
            {.place = each.place,
             .key = key_of(each) + ".dlq",
             .reason = fmt::format("its dead letters would come back: {} is {} {}; name another "
                                   "topic",
                                   topic, each.kind == component_kind::source ? "its topic" : "in",
                                   *met)});
    }
}

// All that something of this pipeline may write.
std::vector<std::string> written_topics(const pipeline& of) {
    std::vector<std::string> out;
    for (const auto& each : of.components) {
        if (!each.errors.dead_letter_topic.empty()) out.push_back(each.errors.dead_letter_topic);
        if (each.kind != component_kind::source) continue;
        // A transform may change the topic; a connector may name topics itself.
        const bool open = each.topic.empty() || !each.smt.empty();
        out.push_back(open ? "*" : pattern_of_template(each.topic));
    }
    return out;
}

void check_inputs(reading& of) {
    // Of a cluster of others' the topics are others'.
    if (!of.result.bootstrap.empty()) return;
    const auto written = written_topics(of.result);
    for (const auto& each : of.result.components) {
        for (const auto& input : each.from) {
            const bool met = std::ranges::any_of(
                written, [&](const auto& topic) { return patterns_meet(topic, input); });
            if (met) continue;
            of.warnings.push_back(
                {.place = each.place,
                 .key = key_of(each) + ".from",
                 .reason = fmt::format("no source of this pipeline writes to {}", input)});
        }
    }
}

}  // namespace

void check_graph(reading& of) {
    check_names(of);
    check_dead_letters(of);
    check_inputs(of);
}

}  // namespace weir::connect::pipeline
