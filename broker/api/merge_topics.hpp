// Answers that are put together: a topic that is refused as a whole, and answers of two origins as
// one.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::api {

// The answer of a topic whose partitions all have the same error.
template <class Answer, class Asked>
Answer all_refused(const Asked& topic, error_code error) {
    Answer answer;
    answer.name = topic.name;
    if constexpr (requires { topic.topic_id; }) answer.topic_id = topic.topic_id;
    for (const auto& each : topic.partitions) {
        auto& refused = answer.partitions.emplace_back();
        refused.partition_index = each.partition_index;
        refused.error_code = error;
    }
    return answer;
}

// A topic's partitions stand together.
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
