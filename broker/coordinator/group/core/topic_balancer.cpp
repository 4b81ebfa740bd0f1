#include "broker/coordinator/group/core/topic_balancer.hpp"

#include <algorithm>
#include <utility>

namespace weir::broker::coordinator::group {
namespace {

// Each round halves what is uneven, roughly (Kafka: 16).
constexpr int rounds_max = 16;

}  // namespace

load_ranges::load_ranges(std::vector<std::size_t> subscribers,
                         const std::vector<std::int64_t>& sizes)
    : sorted_(std::move(subscribers)), sizes_(sizes) {
    std::ranges::sort(sorted_, {},
                      [this](std::size_t member) { return std::pair(sizes_[member], member); });
    least_level_ = sizes_[sorted_.front()] - 1;
    most_begin_ = most_end_ = most_next_ = sorted_.size();
    most_level_ = sizes_[sorted_.back()] + 1;
}

std::int64_t load_ranges::spread() const {
    return sizes_[sorted_.back()] - sizes_[sorted_.front()];
}

std::size_t load_ranges::next_least() {
    if (least_next_ >= least_end_) {
        // All of the range have one more: it is one level up, and may have reached others.
        ++least_level_;
        while (least_end_ < sorted_.size() && sizes_[sorted_[least_end_]] == least_level_)
            ++least_end_;
        least_next_ = 0;
    }
    return sorted_[least_next_++];
}

std::optional<std::size_t> load_ranges::next_most() {
    if (most_next_ <= most_begin_) {
        const bool emptied = most_end_ <= most_begin_ && most_begin_ > 0;
        most_level_ = emptied ? sizes_[sorted_[most_begin_ - 1]] : most_level_ - 1;
        while (most_begin_ > 0 && sizes_[sorted_[most_begin_ - 1]] == most_level_)
            --most_begin_;
        most_next_ = most_end_;
    }
    if (most_next_ == 0) return std::nullopt;
    return sorted_[--most_next_];
}

void load_ranges::exclude_most() {
    std::swap(sorted_[most_next_], sorted_[most_end_ - 1]);
    --most_end_;
}

topic_balancer::topic_balancer(const assignor_input& input)
    : input_(input), sizes_(input.members.size()) {
    for (const auto& [id, member] : input.members) {
        for (const auto& topic : member.topics) {
            auto& load = topics_[topic];
            load.subscribers.push_back(members_.size());
            load.owners.resize(static_cast<std::size_t>(input.partitions.at(topic)));
        }
        members_.push_back(id);
    }
}

group_assignment topic_balancer::assign() {
    keep_owned();
    give_free();
    balance();
    group_assignment given;
    for (const auto& id : members_)
        given.try_emplace(id);
    for (const auto& [id, topic] : topics_) {
        for (std::size_t at = 0; at < topic.owners.size(); ++at) {
            if (!topic.owners[at]) continue;
            given[members_[*topic.owners[at]]][id].insert(
                partition_index(static_cast<std::int32_t>(at)));
        }
    }
    return given;
}

std::vector<topic_id> topic_balancer::in_order() const {
    struct rank {
        double partitions_each = 0;
        std::size_t subscribers = 0;
        topic_id id;
    };
    std::vector<rank> ranks;
    for (const auto& [id, topic] : topics_) {
        const auto subscribers = topic.subscribers.size();
        ranks.push_back({.partitions_each = static_cast<double>(topic.owners.size()) /
                                            static_cast<double>(subscribers),
                         .subscribers = subscribers,
                         .id = id});
    }
    std::ranges::sort(ranks, [](const rank& left, const rank& right) {
        if (left.partitions_each != right.partitions_each) {
            return left.partitions_each > right.partitions_each;
        }
        if (left.subscribers != right.subscribers) return left.subscribers < right.subscribers;
        return left.id < right.id;
    });
    std::vector<topic_id> ids;
    for (const auto& each : ranks)
        ids.push_back(each.id);
    return ids;
}

void topic_balancer::give(topic_load& topic, std::size_t partition, std::size_t member) {
    auto& owner = topic.owners[partition];
    if (owner) --sizes_[*owner];
    owner = member;
    ++sizes_[member];
}

void topic_balancer::keep_owned() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        const auto& member = input_.members.at(members_[number]);
        for (const auto& [id, partitions] : member.target) {
            if (!member.topics.contains(id)) continue;
            for (const auto each : partitions)
                give(topics_.at(id), static_cast<std::size_t>(each.value()), number);
        }
    }
}

void topic_balancer::give_free() {
    for (const auto& id : in_order()) {
        auto& topic = topics_.at(id);
        load_ranges ranges(topic.subscribers, sizes_);
        for (std::size_t at = 0; at < topic.owners.size(); ++at) {
            if (!topic.owners[at]) give(topic, at, ranges.next_least());
        }
    }
}

void topic_balancer::balance() {
    auto order = in_order();
    std::erase_if(order, [this](const auto& id) { return topics_.at(id).subscribers.size() < 2; });
    // The last topic where something moved: once all others had their turn, nothing more will.
    std::optional<std::size_t> last;
    for (int round = 0; round < rounds_max; ++round) {
        for (std::size_t at = 0; at < order.size(); ++at) {
            if (last == at) return;
            const auto moved = balance_topic(order[at]);
            if (moved > 0 || !last) last = at;
        }
    }
}

std::int64_t topic_balancer::balance_topic(const topic_id& id) {
    auto& topic = topics_.at(id);
    load_ranges ranges(topic.subscribers, sizes_);
    if (ranges.spread() <= 1) return 0;
    std::map<std::size_t, std::vector<std::size_t>> owned;  // partitions by owner, ascending
    for (std::size_t at = 0; at < topic.owners.size(); ++at) {
        if (topic.owners[at]) owned[*topic.owners[at]].push_back(at);
    }
    std::int64_t moved = 0;
    while (!ranges.is_balanced()) {
        auto from = ranges.next_most();
        while (from && owned[*from].empty()) {
            ranges.exclude_most();
            from = ranges.next_most();
        }
        if (!from) break;
        const auto partition = owned[*from].back();
        owned[*from].pop_back();
        const auto to = ranges.next_least();
        if (ranges.is_balanced()) break;
        give(topic, partition, to);
        ++moved;
    }
    return moved;
}

}  // namespace weir::broker::coordinator::group
