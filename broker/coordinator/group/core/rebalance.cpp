// How a group of the classic protocol rebalances: the join phase, the new generation, the sync
// phase, and the timeouts of each.
#include <algorithm>
#include <limits>

#include "broker/coordinator/group/core/classic_group.hpp"
#include "broker/coordinator/group/core/group_records.hpp"
#include "broker/protocol/records/consumer_protocol_subscription.hpp"

namespace weir::broker::coordinator::group {

std::string_view to_text(group_state state) {
    switch (state) {
        case group_state::empty:
            return "Empty";
        case group_state::preparing_rebalance:
            return "PreparingRebalance";
        case group_state::completing_rebalance:
            return "CompletingRebalance";
        case group_state::stable:
            return "Stable";
    }
    return "Unknown";
}

void classic_group::enter(group_state state, time_ms now) {
    state_ = state;
    state_since_ = now;
}

void classic_group::fail_waiting_syncs(error_code error, effects& out) {
    for (auto& [id, each] : members_) {
        each.assignment.clear();
        if (!each.awaiting_sync) continue;
        reply_sync_error(*each.awaiting_sync, error, out);
        each.awaiting_sync.reset();
    }
}

void classic_group::reply_sync_error(request_token token, error_code error, effects& out) {
    protocol::sync_group_response response;
    response.error_code = error;
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void classic_group::prepare_rebalance(time_ms now, effects& out) {
    if (state_ == group_state::preparing_rebalance) return try_complete_join(now, out);
    if (state_ == group_state::completing_rebalance) {
        fail_waiting_syncs(error_code::rebalance_in_progress, out);
    }
    sync_due_.reset();
    std::int64_t patience = 0;
    for (const auto& [id, each] : members_) {
        patience = std::max<std::int64_t>(patience, each.rebalance_timeout_ms);
    }
    const bool first = state_ == group_state::empty;
    initial_delay_ = first && options_.initial_rebalance_delay_ms > 0;
    joined_in_delay_ = false;
    if (initial_delay_) {
        // A new group waits a little for more members, longer while they keep coming.
        const auto delay = std::min<std::int64_t>(options_.initial_rebalance_delay_ms, patience);
        initial_delay_left_ = std::max<std::int64_t>(0, patience - delay);
        rebalance_due_ = now + delay;
    } else {
        rebalance_due_ = now + patience;
    }
    enter(group_state::preparing_rebalance, now);
    try_complete_join(now, out);
}

// The join phase ends early when every member has joined again and nobody is on the way.
void classic_group::try_complete_join(time_ms now, effects& out) {
    if (initial_delay_ || !pending_.empty()) return;
    if (awaiting_join_ == members_.size()) complete_join(now, out);
}

void classic_group::complete_join(time_ms now, effects& out) {
    rebalance_due_.reset();
    initial_delay_ = false;
    std::vector<std::string> absent;
    bool anybody = false;
    for (const auto& [id, each] : members_) {
        if (each.awaiting_join) {
            anybody = true;
        } else if (!each.instance_id) {
            absent.push_back(id);
        }
    }
    for (const auto& id : absent)
        remove_member(id, now, out);
    if (!members_.empty() && !anybody) {
        // Only static members, none of them back yet: they have until their sessions end.
        std::int64_t patience = 1;
        for (const auto& [id, each] : members_) {
            patience = std::max<std::int64_t>(patience, each.rebalance_timeout_ms);
        }
        rebalance_due_ = now + patience;
        return;
    }
    // A stored generation may be the largest there is: then they begin again, as no member is left
    // that knows the first ones.
    const bool last = generation_.value() == std::numeric_limits<std::int32_t>::max();
    generation_ = last ? generation_id(1) : generation_ + 1;
    if (members_.empty()) {
        protocol_.clear();
        leader_.clear();
        subscribed_.reset();
        if (protocol_type_ == "consumer") subscribed_.emplace();
        enter(group_state::empty, now);
        store(out);
        return;
    }
    const auto* leader = find(leader_);
    if (!leader || !leader->awaiting_join) {
        for (const auto& [id, each] : members_) {
            if (!each.awaiting_join) continue;
            leader_ = id;
            break;
        }
    }
    protocol_ = select_protocol();
    find_subscribed_topics();
    enter(group_state::completing_rebalance, now);
    std::int64_t patience = 0;
    for (auto& [id, each] : members_) {
        patience = std::max<std::int64_t>(patience, each.rebalance_timeout_ms);
        each.expires_at = now + each.session_timeout_ms;
        if (!each.awaiting_join) continue;
        out.replies.push_back({.to = *each.awaiting_join, .what = join_answer(each)});
        each.awaiting_join.reset();
    }
    awaiting_join_ = 0;
    sync_due_ = now + patience;
}

// Each member votes for the first of its protocols that all members have; most votes win, and at
// equal votes the one that was voted for first.
std::string classic_group::select_protocol() const {
    std::vector<std::pair<std::string, int>> votes;
    for (const auto& [id, each] : members_) {
        const auto vote = std::ranges::find_if(each.protocols, [this](const auto& wanted) {
            return protocol_counts_.at(wanted.name) == members_.size();
        });
        if (vote == each.protocols.end()) continue;
        const auto counted =
            std::ranges::find(votes, vote->name, &std::pair<std::string, int>::first);
        if (counted == votes.end()) {
            votes.emplace_back(vote->name, 1);
        } else {
            ++counted->second;
        }
    }
    const auto most = std::ranges::max_element(votes, {}, &std::pair<std::string, int>::second);
    return most == votes.end() ? std::string{} : most->first;
}

// The topics in the members' subscriptions, as the consumers' protocol writes them. Anything that
// cannot be read means: unknown, and then no offset expires for want of a subscription.
void classic_group::find_subscribed_topics() {
    subscribed_.reset();
    if (protocol_type_ != "consumer") return;
    std::set<std::string> topics;
    for (const auto& [id, each] : members_) {
        const auto* metadata = each.metadata_of(protocol_);
        if (!metadata || metadata->size() < 2) return;
        base::bytes copy = *metadata;
        protocol::reader in(copy);
        const auto version = in.get_int16();
        // A newer version begins like the newest that is known; only the topics matter.
        const auto count = in.get_count(false, sizeof(std::string));
        if (version < 0) return;
        for (std::size_t index = 0; index < count && !in.failed(); ++index) {
            topics.insert(in.get_string(false));
        }
        if (in.failed()) return;
    }
    subscribed_ = std::move(topics);
}

protocol::join_group_response classic_group::join_answer(const group_member& member) const {
    protocol::join_group_response response;
    response.generation_id = generation_;
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_;
    response.leader = leader_;
    response.member_id = member.id;
    if (member.id != leader_) return response;
    for (const auto& [id, each] : members_) {
        auto& listed = response.members.emplace_back();
        listed.member_id = id;
        listed.group_instance_id = each.instance_id;
        if (const auto* metadata = each.metadata_of(protocol_)) listed.metadata = *metadata;
    }
    return response;
}

protocol::sync_group_response classic_group::sync_answer(const group_member& member) const {
    protocol::sync_group_response response;
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_;
    response.assignment = member.assignment;
    return response;
}

void classic_group::after_departure(time_ms now, effects& out) {
    switch (state_) {
        case group_state::empty:
            break;
        case group_state::preparing_rebalance:
            try_complete_join(now, out);
            break;
        case group_state::completing_rebalance:
        case group_state::stable:
            prepare_rebalance(now, out);
            break;
    }
}

void classic_group::tick(time_ms now, effects& out) {
    std::erase_if(pending_, [now](const auto& entry) { return entry.second <= now; });
    std::vector<std::string> expired;
    for (const auto& [id, each] : members_) {
        // Who waits for the others to join or to sync is alive as long as it waits.
        const bool waits = each.awaiting_join || each.awaiting_sync;
        if (!waits && each.expires_at <= now) expired.push_back(id);
    }
    for (const auto& id : expired)
        remove_member(id, now, out);
    const bool sync_over = sync_due_ && *sync_due_ <= now;
    if (sync_over) {
        sync_due_.reset();
        std::vector<std::string> silent;
        for (const auto& [id, each] : members_) {
            if (!each.awaiting_sync) silent.push_back(id);
        }
        for (const auto& id : silent)
            remove_member(id, now, out);
    }
    if (!expired.empty() || sync_over) {
        after_departure(now, out);
    } else if (state_ == group_state::preparing_rebalance) {
        try_complete_join(now, out);
    }
    if (!rebalance_due_ || *rebalance_due_ > now) return;
    if (initial_delay_ && joined_in_delay_ && initial_delay_left_ > 0) {
        const auto more =
            std::min<std::int64_t>(options_.initial_rebalance_delay_ms, initial_delay_left_);
        initial_delay_left_ -= more;
        joined_in_delay_ = false;
        rebalance_due_ = now + more;
        return;
    }
    complete_join(now, out);
}

std::optional<time_ms> classic_group::next_deadline() const {
    std::optional<time_ms> next = rebalance_due_;
    const auto consider = [&next](time_ms at) { next = next ? std::min(*next, at) : at; };
    if (sync_due_) consider(*sync_due_);
    for (const auto& [id, until] : pending_)
        consider(until);
    for (const auto& [id, each] : members_) {
        if (!each.awaiting_join && !each.awaiting_sync) consider(each.expires_at);
    }
    return next;
}

void classic_group::store(effects& out) const {
    protocol::group_metadata_value value;
    value.protocol_type = protocol_type_;
    value.generation = generation_.value();
    value.protocol.reset();
    value.leader.reset();
    if (!protocol_.empty()) value.protocol = protocol_;
    if (!leader_.empty()) value.leader = leader_;
    value.current_state_timestamp = state_since_;
    for (const auto& [id, each] : members_) {
        auto& stored = value.members.emplace_back();
        stored.member_id = id;
        stored.group_instance_id = each.instance_id;
        stored.client_id = each.client.client_id;
        stored.client_host = each.client.client_host;
        stored.rebalance_timeout = each.rebalance_timeout_ms;
        stored.session_timeout = each.session_timeout_ms;
        if (const auto* metadata = each.metadata_of(protocol_)) stored.subscription = *metadata;
        stored.assignment = each.assignment;
    }
    out.records.push_back(group_metadata_record(id_, value));
}

bool classic_group::try_store(effects& out) const {
    store(out);
    const auto& made = out.records.back();
    if (made.key.size() + made.value->size() <= options_.record_bytes_max) return true;
    out.records.pop_back();
    return false;
}

protocol::describe_groups_response::described_group classic_group::describe() const {
    protocol::describe_groups_response::described_group described;
    described.group_id = id_;
    described.group_state = to_text(state_);
    described.protocol_type = protocol_type_;
    const bool settled = state_ == group_state::stable;
    if (settled) described.protocol_data = protocol_;
    for (const auto& [id, each] : members_) {
        auto& member = described.members.emplace_back();
        member.member_id = id;
        member.group_instance_id = each.instance_id;
        member.client_id = each.client.client_id;
        member.client_host = each.client.client_host;
        member.member_assignment = each.assignment;
        if (!settled) continue;
        if (const auto* metadata = each.metadata_of(protocol_)) member.member_metadata = *metadata;
    }
    return described;
}

}  // namespace weir::broker::coordinator::group
