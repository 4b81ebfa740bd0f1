// topic_patterns: the topics of a sink, with * and ? as in file names, as librdkafka subscribes to
// them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::connect::worker {

struct subscription {
    std::vector<std::string> topics;  // names, or regular expressions that begin with ^
    // Regular expressions of topics that no pattern is to match: the internal ones, and the dead
    // letters of the sink itself. Empty without patterns.
    std::string hidden;
};

subscription subscription_of(const std::vector<std::string>& from, std::string_view dead_letters);

}  // namespace weir::connect::worker
