#include "broker/coordinator/group/core/group_core.hpp"

#include <algorithm>

#include "base/arithmetic.hpp"
#include "broker/coordinator/group/core/commit_all.hpp"

namespace weir::broker::coordinator::group {
namespace {

template <class Response>
void refuse(request_token token, error_code error, effects& out) {
    Response response;
    response.error_code = error;
    out.replies.push_back({.to = token, .what = std::move(response)});
}

// Why nobody is a member of a group that does not exist.
error_code no_member(const std::string& group) {
    return group.empty() ? error_code::invalid_group_id : error_code::unknown_member_id;
}

}  // namespace

group_core::entry* group_core::find(const std::string& group) {
    const auto found = groups_.find(group);
    return found == groups_.end() ? nullptr : found->second.get();
}

group_core::entry& group_core::find_or_make(const std::string& group) {
    auto& place = groups_[group];
    if (!place) place = std::make_unique<entry>(group, options_);
    return *place;
}

void group_core::load(base::bytes_view key, const std::optional<base::bytes_view>& value) {
    auto record = read_record(key, value);
    if (!record) return;
    if (auto* stored = std::get_if<stored_group>(&*record)) {
        if (stored->value) {
            loading_.insert_or_assign(stored->group, std::move(*stored->value));
        } else {
            loading_.erase(stored->group);
        }
        return;
    }
    auto& stored = std::get<stored_offset>(*record);
    topic_partition where{.topic = std::move(stored.topic), .partition = stored.partition};
    if (!stored.value) {
        if (auto* known = find(stored.group)) known->offsets.erase(where);
        forget_pending(stored.group, where);
        return;
    }
    find_or_make(stored.group)
        .offsets.insert_or_assign(std::move(where), stored_as(std::move(*stored.value)));
}

committed_offset group_core::stored_as(protocol::offset_commit_value value) {
    return {.at = offset(value.offset),
            .epoch = leader_epoch(value.leader_epoch),
            .metadata = std::move(value.metadata),
            .committed_at = value.commit_timestamp,
            .order = ++last_order_};
}

void group_core::finish_load(time_ms now) {
    for (const auto& [id, value] : loading_)
        find_or_make(id).group.restore(value, now);
    loading_.clear();
    std::erase_if(groups_, [this](const auto& each) {
        const auto& entry = *each.second;
        return entry.offsets.empty() && entry.group.protocol_type().empty() &&
               !has_pending(each.first);
    });
}

void group_core::join(request_token token, const protocol::join_group_request& request,
                      const join_context& context, time_ms now, effects& out) {
    const auto fail = [&](error_code error) {
        protocol::join_group_response response;
        response.error_code = error;
        response.member_id = request.member_id;
        response.protocol_name.reset();
        out.replies.push_back({.to = token, .what = std::move(response)});
    };
    if (request.group_id.empty()) return fail(error_code::invalid_group_id);
    const bool in_bounds = request.session_timeout_ms >= options_.session_timeout_ms_min &&
                           request.session_timeout_ms <= options_.session_timeout_ms_max;
    if (!in_bounds) return fail(error_code::invalid_session_timeout);
    if (!find(request.group_id) && !request.member_id.empty()) {
        return fail(error_code::unknown_member_id);
    }
    find_or_make(request.group_id).group.join(token, request, context, now, out);
    drop_if_unused(groups_.find(request.group_id));
}

// A group that a refused join has made, or whose only would-be member never came, leaves nothing.
group_core::group_map::iterator group_core::drop_if_unused(group_map::iterator at) {
    const auto& each = *at->second;
    const bool used = !each.offsets.empty() || each.group.has_members() ||
                      !each.group.protocol_type().empty() || has_pending(at->first);
    return used ? std::next(at) : groups_.erase(at);
}

void group_core::sync(request_token token, const protocol::sync_group_request& request, time_ms now,
                      effects& out) {
    auto* known = find(request.group_id);
    if (!known) {
        return refuse<protocol::sync_group_response>(token, no_member(request.group_id), out);
    }
    known->group.sync(token, request, now, out);
}

void group_core::heartbeat(request_token token, const protocol::heartbeat_request& request,
                           time_ms now, effects& out) {
    auto* known = find(request.group_id);
    const auto error = known ? known->group.heartbeat(request, now) : no_member(request.group_id);
    refuse<protocol::heartbeat_response>(token, error, out);
}

void group_core::leave(request_token token, const protocol::leave_group_request& request,
                       time_ms now, effects& out) {
    if (request.group_id.empty()) {
        return refuse<protocol::leave_group_response>(token, error_code::invalid_group_id, out);
    }
    if (auto* known = find(request.group_id)) return known->group.leave(token, request, now, out);
    protocol::leave_group_response response;
    if (request.members.empty()) response.error_code = error_code::unknown_member_id;
    for (const auto& each : request.members) {
        auto& answer = response.members.emplace_back();
        answer.member_id = each.member_id;
        answer.group_instance_id = each.group_instance_id;
        answer.error_code = error_code::unknown_member_id;
    }
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void group_core::commit(request_token token, const protocol::offset_commit_request& request,
                        time_ms now, effects& out) {
    auto* known = find(request.group_id);
    auto error = error_code::none;
    if (known) {
        error = known->group.check_commit(request.member_id, request.group_instance_id,
                                          request.generation_id_or_member_epoch, now);
    } else if (request.generation_id_or_member_epoch >= generation_id(0)) {
        error = error_code::group_id_not_found;
    } else {
        known = &find_or_make(request.group_id);
    }
    auto store = [this, known](topic_partition where, committed_offset what) {
        what.order = ++last_order_;
        known->offsets.insert_or_assign(std::move(where), std::move(what));
    };
    auto response = commit_all<protocol::offset_commit_response>(request, error, options_, now, out,
                                                                 std::move(store));
    out.replies.push_back({.to = token, .what = std::move(response)});
}

// A topic that live members consume keeps its offsets (KIP-496).
error_code group_core::may_delete(const entry& of, const std::string& topic) const {
    if (!of.group.has_members()) return error_code::none;
    if (of.group.protocol_type() != "consumer") return error_code::non_empty_group;
    const auto& subscribed = of.group.subscribed_topics();
    const bool free = subscribed && !subscribed->contains(topic);
    return free ? error_code::none : error_code::group_subscribed_to_topic;
}

void group_core::delete_offsets(request_token token, const protocol::offset_delete_request& request,
                                effects& out) {
    auto* known = find(request.group_id);
    if (!known) {
        return refuse<protocol::offset_delete_response>(token, error_code::group_id_not_found, out);
    }
    if (known->group.has_members() && known->group.protocol_type() != "consumer") {
        return refuse<protocol::offset_delete_response>(token, error_code::non_empty_group, out);
    }
    protocol::offset_delete_response response;
    for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.name = topic.name;
        for (const auto& each : topic.partitions) {
            auto& answer = answers.partitions.emplace_back();
            answer.partition_index = each.partition_index;
            answer.error_code = may_delete(*known, topic.name);
            if (answer.error_code != error_code::none) continue;
            const topic_partition where{.topic = topic.name, .partition = each.partition_index};
            forget_offset(request.group_id, where, out);
        }
    }
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void group_core::delete_group(request_token token, const std::string& group, effects& out) {
    auto* known = find(group);
    auto error = error_code::none;
    if (!known) {
        error = error_code::group_id_not_found;
    } else if (known->group.has_members()) {
        error = error_code::non_empty_group;
    } else {
        for (const auto& where : places_of(group))
            forget_offset(group, where, out);
        out.records.push_back(group_tombstone(group));
        groups_.erase(group);
        for (auto& [producer, groups] : pending_)
            groups.erase(group);
    }
    out.replies.push_back({.to = token, .what = error});
}

void group_core::topics_deleted(const std::set<std::string>& topics, effects& out) {
    for (const auto& [id, each] : groups_) {
        for (const auto& where : places_of(id)) {
            if (topics.contains(where.topic)) forget_offset(id, where, out);
        }
    }
}

const committed_offset* group_core::offset_of(const std::string& group,
                                              const topic_partition& of) const {
    const auto* all = offsets_of(group);
    if (!all) return nullptr;
    const auto found = all->find(of);
    return found == all->end() ? nullptr : &found->second;
}

const group_core::offset_map* group_core::offsets_of(const std::string& group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? nullptr : &found->second->offsets;
}

std::vector<group_summary> group_core::list() const {
    std::vector<group_summary> all;
    for (const auto& [id, each] : groups_) {
        all.push_back(
            {.id = id, .protocol_type = each->group.protocol_type(), .state = each->group.state()});
    }
    return all;
}

std::optional<protocol::describe_groups_response::described_group> group_core::describe(
    const std::string& group) const {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return std::nullopt;
    return found->second->group.describe();
}

void group_core::tick(time_ms now, effects& out) {
    for (auto at = groups_.begin(); at != groups_.end();) {
        auto& group = at->second->group;
        const auto due = group.next_deadline();
        if (!due || *due > now) {
            ++at;
            continue;
        }
        group.tick(now, out);
        at = drop_if_unused(at);
    }
}

// KIP-211: an offset lives offsets.retention.minutes from the time when its group became empty; of
// a program that only stores offsets, or of a topic that the group no longer reads, from the
// commit. It stays while a transaction may bring another in its place.
bool group_core::has_expired(const entry& of, const topic_partition& where,
                             const committed_offset& what, time_ms now) const {
    const auto& group = of.group;
    auto since = what.committed_at;
    if (group.has_members()) {
        const auto& subscribed = group.subscribed_topics();
        if (!subscribed || subscribed->contains(where.topic)) return false;
    } else if (!group.protocol_type().empty()) {
        since = std::max(since, group.state_since());
    }
    return base::saturating_subtract(now, since) >= options_.offsets_retention_ms;
}

void group_core::expire_offsets(time_ms now, effects& out) {
    for (auto group = groups_.begin(); group != groups_.end();) {
        auto& [id, each] = *group;
        std::erase_if(each->offsets, [&](const auto& entry) {
            if (!has_expired(*each, entry.first, entry.second, now)) return false;
            if (is_pending(id, entry.first)) return false;
            out.records.push_back(offset_tombstone(id, entry.first.topic, entry.first.partition));
            return true;
        });
        const bool gone = each->offsets.empty() && !has_pending(id) && !each->group.has_members() &&
                          each->group.state() == group_state::empty;
        if (!gone) {
            ++group;
            continue;
        }
        if (!each->group.protocol_type().empty()) out.records.push_back(group_tombstone(id));
        group = groups_.erase(group);
    }
}

}  // namespace weir::broker::coordinator::group
