// Answers of two origins as one: a topic's partitions stand together.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/protocol/ids.hpp"

namespace weir::broker::api {

template <class Topic>
void merge_topics(std::vector<Topic>& into, std::vector<Topic> more) {
    if (more.empty()) return;
    const auto key_of = [](const Topic& topic) {
        if constexpr (requires { topic.topic_id; }) {
            return std::pair(topic.topic_id, topic.name);
        } else {
            return topic.name;
        }
    };
    std::map<decltype(key_of(more.front())), std::size_t> places;
    for (std::size_t at = 0; at < into.size(); ++at)
        places.emplace(key_of(into[at]), at);
    for (auto& each : more) {
        const auto [place, fresh] = places.emplace(key_of(each), into.size());
        if (fresh) {
            into.push_back(std::move(each));
            continue;
        }
        auto& partitions = into[place->second].partitions;
        partitions.insert(partitions.end(), each.partitions.begin(), each.partitions.end());
    }
}

}  // namespace weir::broker::api
