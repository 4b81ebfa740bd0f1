// topic_balancer: the `uniform` assignor for members that subscribe to different topics. It keeps
// what members have and may keep, gives what is free to the member with the fewest partitions, and
// then moves partitions topic by topic, from its most loaded subscribers to the least loaded, until
// nothing gets more even or the rounds are over. Pure; used once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "broker/coordinator/group/core/assignor.hpp"

namespace weir::broker::coordinator::group {

// Subscribers of one topic in the order of their load: a range at each end that is being evened
// out.
class load_ranges {
  public:
    // `subscribers` are numbers of members, with the loads in `sizes`, which change meanwhile.
    load_ranges(std::vector<std::size_t> subscribers, const std::vector<std::int64_t>& sizes);

    // What separates the most from the least loaded, at first.
    std::int64_t spread() const;
    // Who gets the next partition.
    std::size_t next_least();
    // Who gives the next partition; nothing when nobody is left.
    std::optional<std::size_t> next_most();
    // The last of next_most has nothing to give.
    void exclude_most();
    bool is_balanced() const { return most_level_ - least_level_ <= 1; }

  private:
    std::vector<std::size_t> sorted_;  // least loaded first
    const std::vector<std::int64_t>& sizes_;
    std::size_t least_end_ = 0;  // the range of the least loaded is [0, least_end_)
    std::size_t least_next_ = 0;
    std::int64_t least_level_ = 0;
    std::size_t most_begin_ = 0;  // that of the most loaded [most_begin_, most_end_)
    std::size_t most_end_ = 0;
    std::size_t most_next_ = 0;  // one behind the next
    std::int64_t most_level_ = 0;
};

class topic_balancer {
  public:
    explicit topic_balancer(const assignor_input& input);
    group_assignment assign();

  private:
    struct topic_load {
        std::vector<std::size_t> subscribers;            // numbers of members, ascending
        std::vector<std::optional<std::size_t>> owners;  // by partition
    };

    // Topics with many partitions for each subscriber first.
    std::vector<topic_id> in_order() const;
    void keep_owned();
    void give_free();
    void balance();
    // How many partitions were moved.
    std::int64_t balance_topic(const topic_id& id);
    void give(topic_load& topic, std::size_t partition, std::size_t member);

    const assignor_input& input_;
    std::vector<std::string> members_;  // by number
    std::vector<std::int64_t> sizes_;   // partitions of each member
    std::map<topic_id, topic_load> topics_;
};

}  // namespace weir::broker::coordinator::group
