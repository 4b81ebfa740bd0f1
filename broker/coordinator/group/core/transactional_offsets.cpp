// Offsets that are committed with a transaction (KIP-447): they wait until its marker comes. Their
// group is there meanwhile. A tombstone is about them, too: what is deleted does not come back.
#include <algorithm>

#include "broker/coordinator/group/core/commit_all.hpp"

namespace weir::broker::coordinator::group {

error_code group_core::check_transactional(const protocol::txn_offset_commit_request& request,
                                           const commit_origin& origin, time_ms now) {
    if (origin.is_anonymous()) return error_code::none;
    auto* known = find(request.group_id);
    if (!known) {
        return request.generation_id < generation_id(0) ? error_code::none
                                                        : error_code::illegal_generation;
    }
    auto error = check_commit(*known, origin, now);
    if (error == error_code::none) error = check_partitions(known, origin, request);
    // Clients know it so from before there were epochs.
    if (error == error_code::stale_member_epoch) return error_code::illegal_generation;
    // The transaction will tell whether the partitions were still its.
    return error == error_code::rebalance_in_progress ? error_code::none : error;
}

void group_core::commit_with_transaction(request_token token,
                                         const protocol::txn_offset_commit_request& request,
                                         time_ms now, effects& out) {
    const commit_origin origin{.member_id = request.member_id,
                               .instance_id = request.group_instance_id,
                               .generation = request.generation_id,
                               .transactional = true};
    const auto error = check_transactional(request, origin, now);
    out.producer = {.id = request.producer_id, .epoch = request.producer_epoch};
    auto store = [&](topic_partition where, committed_offset what) {
        what.order = ++last_order_;
        find_or_make(request.group_id);
        pending_[request.producer_id][request.group_id].insert_or_assign(std::move(where),
                                                                         std::move(what));
    };
    auto response = commit_all<protocol::txn_offset_commit_response>(request, error, options_, now,
                                                                     out, std::move(store));
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void group_core::load_pending(producer_id producer, base::bytes_view key,
                              const std::optional<base::bytes_view>& value) {
    auto record = read_record(key, value);
    auto* stored = record ? std::get_if<stored_offset>(&*record) : nullptr;
    if (!stored || !stored->value) return;
    const topic_partition where{.topic = std::move(stored->topic), .partition = stored->partition};
    find_or_make(stored->group);
    pending_[producer][stored->group][where] = stored_as(std::move(*stored->value));
}

void group_core::end_transaction(producer_id producer, bool commits) {
    const auto found = pending_.find(producer);
    if (found == pending_.end()) return;
    auto groups = std::move(found->second);
    pending_.erase(found);
    if (!commits) return;
    for (auto& [id, offsets] : groups) {
        auto& known = find_or_make(id);
        for (auto& [where, what] : offsets) {
            auto& place = known.offsets[where];
            // What was committed after it, without a transaction, stays.
            if (place.order < what.order) place = std::move(what);
        }
    }
}

bool group_core::forget_pending(const std::string& group, const topic_partition& where) {
    bool any = false;
    for (auto& [producer, groups] : pending_) {
        const auto found = groups.find(group);
        if (found != groups.end() && found->second.erase(where) > 0) any = true;
    }
    return any;
}

// The partitions of which the group has an offset, or may get one.
std::set<topic_partition> group_core::places_of(const std::string& group) const {
    std::set<topic_partition> places;
    const auto add = [&](const offset_map& offsets) {
        for (const auto& [where, what] : offsets)
            places.insert(where);
    };
    if (const auto* committed = offsets_of(group)) add(*committed);
    for (const auto& [producer, groups] : pending_) {
        const auto found = groups.find(group);
        if (found != groups.end()) add(found->second);
    }
    return places;
}

void group_core::forget_offset(const std::string& group, const topic_partition& where,
                               effects& out) {
    auto* known = find(group);
    const bool committed = known && known->offsets.erase(where) > 0;
    const bool pending = forget_pending(group, where);
    if (!committed && !pending) return;
    out.records.push_back(offset_tombstone(group, where.topic, where.partition));
}

bool group_core::has_pending(const std::string& group) const {
    return std::ranges::any_of(pending_,
                               [&](const auto& each) { return each.second.contains(group); });
}

bool group_core::is_pending(const std::string& group, const topic_partition& where) const {
    return std::ranges::any_of(pending_, [&](const auto& each) {
        const auto found = each.second.find(group);
        return found != each.second.end() && found->second.contains(where);
    });
}

}  // namespace weir::broker::coordinator::group
