#include "broker/coordinator/group/core/reconciler.hpp"

#include <algorithm>

namespace weir::broker::coordinator::group {
namespace {

// The member still has one of these, or does not say.
bool still_has(const told_partitions& owned, const owned_partitions& of) {
    if (!owned) return true;
    return std::ranges::any_of(*owned, [&](const auto& topic) {
        const auto found = of.find(topic.topic_id);
        return found != of.end() && std::ranges::any_of(topic.partitions, [&](const auto each) {
                   return found->second.contains(each);
               });
    });
}

const partition_set& target_of(const reconcile_input& input, const topic_id& topic) {
    static const partition_set none;
    const auto found = input.target.find(topic);
    const bool wanted = found != input.target.end() && input.subscribed.contains(topic);
    return wanted ? found->second : none;
}

// Takes topics away that the member no longer reads. The epoch stays.
std::optional<reconciled> drop_unsubscribed(const consumer_member& member,
                                            const reconcile_input& input) {
    reconciled next{.state = member.state,
                    .epoch = member.epoch,
                    .assigned = member.assigned,
                    .revoking = member.revoking};
    for (const auto& [topic, partitions] : member.assigned) {
        if (input.subscribed.contains(topic)) continue;
        next.revoking[topic].insert(partitions.begin(), partitions.end());
        next.assigned.erase(topic);
    }
    if (next.assigned.size() == member.assigned.size()) return std::nullopt;
    if (still_has(input.owned, next.revoking)) {
        next.state = member_state::unrevoked_partitions;
    } else {
        next.revoking = member.revoking;
    }
    return next;
}

struct split {
    owned_partitions kept;
    owned_partitions revoked;
    owned_partitions added;
    bool unreleased = false;  // some of the target belong to others still
};

void split_topic(const consumer_member& member, const reconcile_input& input, const topic_id& topic,
                 split& into) {
    static const partition_epochs none;
    const auto& target = target_of(input, topic);
    const auto has = member.assigned.find(topic);
    const auto& assigned = has == member.assigned.end() ? none : has->second;
    for (const auto& [partition, epoch] : assigned) {
        auto& side = target.contains(partition) ? into.kept : into.revoked;
        side[topic].emplace(partition, epoch);
    }
    const auto giving = member.revoking.find(topic);
    for (const auto partition : target) {
        if (assigned.contains(partition)) continue;
        const bool own = giving != member.revoking.end() && giving->second.contains(partition);
        if (!own && input.is_taken(topic, partition)) {
            into.unreleased = true;
        } else {
            into.added[topic].emplace(partition, input.target_epoch);
        }
    }
}

reconciled towards_target(const consumer_member& member, const reconcile_input& input) {
    std::set<topic_id> topics;
    for (const auto& [topic, partitions] : input.target)
        topics.insert(topic);
    for (const auto& [topic, partitions] : member.assigned)
        topics.insert(topic);
    split parts;
    for (const auto& topic : topics)
        split_topic(member, input, topic, parts);
    // What is to be given up is given up before anything is added; the member stays in its epoch.
    if (!parts.revoked.empty() && still_has(input.owned, parts.revoked)) {
        return {.state = member_state::unrevoked_partitions,
                .epoch = member.epoch,
                .assigned = std::move(parts.kept),
                .revoking = std::move(parts.revoked)};
    }
    reconciled next{
        .state = parts.unreleased ? member_state::unreleased_partitions : member_state::stable,
        .epoch = input.target_epoch,
        .assigned = std::move(parts.kept),
        .revoking = {}};
    for (auto& [topic, partitions] : parts.added)
        next.assigned[topic].merge(partitions);
    return next;
}

std::optional<reconciled> next_step(const consumer_member& member, const reconcile_input& input) {
    switch (member.state) {
        case member_state::stable:
            if (member.epoch != input.target_epoch) return towards_target(member, input);
            break;
        case member_state::unrevoked_partitions:
            if (!still_has(input.owned, member.revoking)) return towards_target(member, input);
            break;
        case member_state::unreleased_partitions:
        case member_state::unknown:
            return towards_target(member, input);
    }
    if (input.resubscribed) return drop_unsubscribed(member, input);
    return std::nullopt;
}

}  // namespace

std::optional<reconciled> reconcile(const consumer_member& member, const reconcile_input& input) {
    auto next = next_step(member, input);
    if (!next) return std::nullopt;
    const bool same = next->state == member.state && next->epoch == member.epoch &&
                      next->assigned == member.assigned && next->revoking == member.revoking;
    // A step within the epoch ends the time in which the epoch before counts: only a step that
    // changes nothing at all is none.
    if (same && member.previous_epoch == member.epoch) return std::nullopt;
    return next;
}

}  // namespace weir::broker::coordinator::group
