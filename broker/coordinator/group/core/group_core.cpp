#include "broker/coordinator/group/core/group_core.hpp"

#include <algorithm>

#include "base/arithmetic.hpp"
#include "broker/coordinator/group/core/commit_all.hpp"
#include "broker/coordinator/group/core/heartbeat_rules.hpp"
#include "broker/coordinator/group/core/leave_all.hpp"
#include "broker/coordinator/group/core/migration.hpp"

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

bool group_core::entry::has_members() const {
    return std::visit([](const auto& each) { return each.has_members(); }, group);
}

const std::string& group_core::entry::protocol_type() const {
    return std::visit([](const auto& each) -> const std::string& { return each.protocol_type(); },
                      group);
}

std::optional<bool> group_core::entry::reads(const std::string& topic) const {
    return std::visit([&](const auto& each) { return each.reads(topic); }, group);
}

bool group_core::entry::is_stored() const {
    return consumer() ? consumer()->is_stored() : !protocol_type().empty();
}

consumer_group& group_core::turn_into_consumer(entry& of, const std::string& id) {
    return of.group.emplace<consumer_group>(id, options_, cluster_);
}

consumer_group& group_core::loaded_consumer(const std::string& id) {
    auto& known = find_or_make(id);
    return known.consumer() ? *known.consumer() : turn_into_consumer(known, id);
}

// The records of a group that went from one protocol to the other end with tombstones.
template <class Stored>
void group_core::load_consumer(Stored stored) {
    if (stored.value) {
        loaded_consumer(stored.group).load(std::move(stored));
        return;
    }
    auto* known = find(stored.group);
    if (!known || !known->consumer()) return;
    if constexpr (std::is_same_v<Stored, stored_epoch>) {
        known->group.template emplace<classic_group>(stored.group, options_);
        downgraded_.insert(stored.group);
    } else {
        known->consumer()->load(std::move(stored));
    }
}

void group_core::load(base::bytes_view key, const std::optional<base::bytes_view>& value) {
    auto record = read_record(key, value);
    if (!record) return;
    if (auto* stored = std::get_if<stored_classic>(&*record)) {
        if (stored->value) {
            if (loading_.contains(stored->group)) downgraded_.erase(stored->group);
            loading_.insert_or_assign(stored->group, std::move(*stored->value));
        } else {
            loading_.erase(stored->group);
        }
        return;
    }
    if (!std::holds_alternative<stored_offset>(*record)) {
        return std::visit(
            [this](auto& stored) {
                using kind = std::remove_reference_t<decltype(stored)>;
                constexpr bool of_consumer =
                    !std::is_same_v<kind, stored_classic> && !std::is_same_v<kind, stored_offset>;
                if constexpr (of_consumer) load_consumer(std::move(stored));
            },
            *record);
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
    for (const auto& [id, value] : loading_) {
        auto& known = find_or_make(id);
        if (known.consumer()) known.group.emplace<classic_group>(id, options_);
        known.classic()->restore(value, now);
        // Its members have to join again, as they had before the load.
        effects none;
        if (downgraded_.contains(id) && known.has_members()) known.classic()->rebalance(now, none);
    }
    loading_.clear();
    downgraded_.clear();
    std::erase_if(groups_, [this, now](const auto& each) {
        auto& entry = *each.second;
        if (entry.consumer()) entry.consumer()->finish_load(now);
        return entry.offsets.empty() && !entry.is_stored() && !entry.has_members() &&
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
    auto* known = find(request.group_id);
    if (!known && !request.member_id.empty()) return fail(error_code::unknown_member_id);
    if (known && known->consumer() && known->has_members()) {
        known->consumer()->join(token, request, context, now, out);
        return downgrade_if_due(request.group_id, *known, now, out);
    }
    if (known && known->consumer()) {
        if (!request.member_id.empty()) return fail(error_code::unknown_member_id);
        known->consumer()->bury(out);
        known->group.emplace<classic_group>(request.group_id, options_);
    }
    find_or_make(request.group_id).classic()->join(token, request, context, now, out);
    drop_if_unused(groups_.find(request.group_id));
}

// A group that a refused join has made, or whose only would-be member never came, leaves nothing.
group_core::group_map::iterator group_core::drop_if_unused(group_map::iterator at) {
    const auto& each = *at->second;
    const bool used =
        !each.offsets.empty() || each.has_members() || each.is_stored() || has_pending(at->first);
    return used ? std::next(at) : groups_.erase(at);
}

void group_core::sync(request_token token, const protocol::sync_group_request& request, time_ms now,
                      effects& out) {
    auto* known = find(request.group_id);
    if (!known) {
        return refuse<protocol::sync_group_response>(token, no_member(request.group_id), out);
    }
    std::visit([&](auto& each) { each.sync(token, request, now, out); }, known->group);
}

void group_core::heartbeat(request_token token, const protocol::heartbeat_request& request,
                           time_ms now, effects& out) {
    auto* known = find(request.group_id);
    const auto beat = [&](auto& each) { return each.heartbeat(request, now); };
    const auto error = known ? std::visit(beat, known->group) : no_member(request.group_id);
    refuse<protocol::heartbeat_response>(token, error, out);
}

void group_core::leave(request_token token, const protocol::leave_group_request& request,
                       time_ms now, effects& out) {
    if (request.group_id.empty()) {
        return refuse<protocol::leave_group_response>(token, error_code::invalid_group_id, out);
    }
    auto* known = find(request.group_id);
    if (known) {
        std::visit([&](auto& each) { each.leave(token, request, now, out); }, known->group);
        return downgrade_if_due(request.group_id, *known, now, out);
    }
    auto response =
        leave_all(request, [](const auto&, const auto&) { return error_code::unknown_member_id; });
    out.replies.push_back({.to = token, .what = std::move(response)});
}

std::expected<consumer_group*, refusal> group_core::consumer_for(
    const protocol::consumer_group_heartbeat_request& request, time_ms now, effects& out) {
    const auto& id = request.group_id;
    const auto refuse_with = [](std::string message) {
        return std::unexpected(
            refusal{.code = error_code::group_id_not_found, .message = std::move(message)});
    };
    const bool joins = request.member_epoch == joining_epoch;
    auto* known = find(id);
    if (!known && !joins) {
        return refuse_with((request.member_epoch < 0 ? "Group " : "Consumer group ") + id +
                           " not found.");
    }
    if (!known) return &turn_into_consumer(find_or_make(id), id);
    if (auto* found = known->consumer()) return found;
    if (!joins) return refuse_with("Group " + id + " is not a consumer group.");
    if (known->classic()->state() != group_state::empty) return upgrade(*known, request, now, out);
    if (known->is_stored()) out.records.push_back(group_tombstone(id));
    return &turn_into_consumer(*known, id);
}

void group_core::consumer_heartbeat(request_token token,
                                    const protocol::consumer_group_heartbeat_request& request,
                                    const join_context& context, time_ms now, effects& out) {
    const auto fail = [&](refusal why) {
        protocol::consumer_group_heartbeat_response response;
        response.error_code = why.code;
        response.error_message = std::move(why.message);
        out.replies.push_back({.to = token, .what = std::move(response)});
    };
    if (auto refused = refuse_heartbeat(request, context.version, options_.consumer)) {
        return fail(std::move(*refused));
    }
    auto group = consumer_for(request, now, out);
    if (!group) return fail(std::move(group.error()));
    auto answer = (*group)->consumer_heartbeat(request, context, now, out);
    if (answer) {
        out.replies.push_back({.to = token, .what = std::move(*answer)});
    } else {
        fail(std::move(answer.error()));
    }
    const auto at = groups_.find(request.group_id);
    downgrade_if_due(request.group_id, *at->second, now, out);
    drop_if_unused(at);
}

std::expected<consumer_group*, refusal> group_core::upgrade(
    entry& of, const protocol::consumer_group_heartbeat_request& request, time_ms now,
    effects& out) {
    auto members = upgraded_members(*of.classic(), options_, cluster_);
    if (!members) return std::unexpected(std::move(members.error()));
    // Whoever cannot come in changes nothing.
    auto refused = refuse_when_full(members->size(), options_.consumer);
    if (!refused) refused = refuse_subscription(request, options_);
    if (refused) return std::unexpected(std::move(*refused));
    const auto generation = of.classic()->generation();
    of.classic()->send_away(out);
    out.records.push_back(group_tombstone(request.group_id));
    auto& group = turn_into_consumer(of, request.group_id);
    group.adopt(generation, std::move(*members), now, out);
    return &group;
}

void group_core::downgrade_if_due(const std::string& id, entry& of, time_ms now, effects& out) {
    if (!of.consumer() || !should_downgrade(*of.consumer(), options_)) return;
    auto members = downgraded_members(*of.consumer(), cluster_);
    const generation_id generation(of.consumer()->epoch());
    of.consumer()->bury(out);
    of.group.emplace<classic_group>(id, options_).adopt(generation, std::move(members), now, out);
}

error_code group_core::check_commit(entry& of, const commit_origin& origin, time_ms now) {
    if (auto* consumer = of.consumer()) return consumer->check_commit(origin);
    return of.classic()->check_commit(origin, now);
}

void group_core::commit(request_token token, const protocol::offset_commit_request& request,
                        std::int16_t version, time_ms now, effects& out) {
    const commit_origin origin{.member_id = request.member_id,
                               .instance_id = request.group_instance_id,
                               .generation = request.generation_id_or_member_epoch,
                               .version = version};
    auto* known = find(request.group_id);
    auto error = error_code::none;
    if (known) {
        error = check_commit(*known, origin, now);
    } else if (request.generation_id_or_member_epoch >= generation_id(0)) {
        error = error_code::group_id_not_found;
    } else {
        known = &find_or_make(request.group_id);
    }
    if (error == error_code::none) error = check_partitions(known, origin, request);
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
    if (!of.has_members()) return error_code::none;
    if (of.protocol_type() != "consumer") return error_code::non_empty_group;
    // What is not known might be read.
    return of.reads(topic).value_or(true) ? error_code::group_subscribed_to_topic
                                          : error_code::none;
}

void group_core::delete_offsets(request_token token, const protocol::offset_delete_request& request,
                                effects& out) {
    auto* known = find(request.group_id);
    if (!known) {
        return refuse<protocol::offset_delete_response>(token, error_code::group_id_not_found, out);
    }
    if (known->has_members() && known->protocol_type() != "consumer") {
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
    } else if (known->has_members()) {
        error = error_code::non_empty_group;
    } else {
        for (const auto& where : places_of(group))
            forget_offset(group, where, out);
        bury(group, *known, out);
        groups_.erase(group);
        for (auto& [producer, groups] : pending_)
            groups.erase(group);
    }
    out.replies.push_back({.to = token, .what = error});
}

void group_core::bury(const std::string& id, const entry& what, effects& out) {
    if (const auto* consumer = what.consumer()) return consumer->bury(out);
    out.records.push_back(group_tombstone(id));
}

void group_core::topics_changed(const std::set<std::string>& topics) {
    for (auto& [id, each] : groups_) {
        if (auto* consumer = each->consumer()) consumer->topics_changed(topics);
    }
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
        const auto* consumer = each->consumer();
        all.push_back(
            {.id = id,
             .protocol_type = each->protocol_type(),
             .state = consumer ? to_text(consumer->state()) : to_text(each->classic()->state()),
             .type = consumer ? "consumer" : "classic"});
    }
    return all;
}

error_code group_core::check_fetch(const std::string& group,
                                   const std::optional<std::string>& member_id,
                                   std::int32_t member_epoch) const {
    const auto found = groups_.find(group);
    const auto* consumer = found == groups_.end() ? nullptr : found->second->consumer();
    return consumer ? consumer->check_fetch(member_id, member_epoch) : error_code::none;
}

std::expected<protocol::describe_groups_response::described_group, std::string>
group_core::describe(const std::string& group) const {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return std::unexpected("Group " + group + " not found.");
    if (const auto* classic = found->second->classic()) return classic->describe();
    return std::unexpected("Group " + group + " is not a classic group.");
}

std::expected<protocol::consumer_group_describe_response::described_group, std::string>
group_core::describe_consumer(const std::string& group) const {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return std::unexpected("Group " + group + " not found.");
    if (const auto* consumer = found->second->consumer()) return consumer->describe();
    return std::unexpected("Group " + group + " is not a consumer group.");
}

void group_core::tick(time_ms now, effects& out) {
    for (auto at = groups_.begin(); at != groups_.end();) {
        const auto due =
            std::visit([](const auto& each) { return each.next_deadline(); }, at->second->group);
        if (!due || *due > now) {
            ++at;
            continue;
        }
        std::visit([&](auto& each) { each.tick(now, out); }, at->second->group);
        downgrade_if_due(at->first, *at->second, now, out);
        at = drop_if_unused(at);
    }
}

// KIP-211: an offset lives offsets.retention.minutes from the time when its group became empty; of
// a program that only stores offsets, or of a topic that the group no longer reads, from the
// commit. It stays while a transaction may bring another in its place.
bool group_core::has_expired(const entry& of, const topic_partition& where,
                             const committed_offset& what, time_ms now) const {
    auto since = what.committed_at;
    if (of.has_members()) {
        if (of.reads(where.topic).value_or(true)) return false;
    } else if (of.classic() && of.is_stored()) {
        since = std::max(since, of.classic()->state_since());
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
        const auto* classic = each->classic();
        const bool gone = each->offsets.empty() && !has_pending(id) && !each->has_members() &&
                          (!classic || classic->state() == group_state::empty);
        if (!gone) {
            ++group;
            continue;
        }
        if (each->is_stored()) bury(id, *each, out);
        group = groups_.erase(group);
    }
}

}  // namespace weir::broker::coordinator::group
