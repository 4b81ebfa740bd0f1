// Requests of members. What a rebalance does is in rebalance.cpp.
#include "broker/coordinator/group/core/classic_group.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "broker/coordinator/group/core/leave_all.hpp"

namespace weir::broker::coordinator::group {
namespace {

// A member that is new gets at least this long to come back after its first join (Kafka: 5 min).
constexpr time_ms joining_patience_ms = 5LL * 60 * 1000;
// KIP-394: from this version on a new member first gets its id, then joins with it.
constexpr std::int16_t first_version_with_required_id = 4;
constexpr std::int16_t first_version_with_skip = 9;

std::vector<group_member::protocol> protocols_of(const protocol::join_group_request& request) {
    std::vector<group_member::protocol> protocols;
    std::set<std::string_view> names;
    for (const auto& each : request.protocols) {
        if (!names.insert(each.name).second) continue;
        protocols.push_back({.name = each.name, .metadata = each.metadata});
    }
    return protocols;
}

// Of protocols as they are asked for, or as a member has them.
std::size_t bytes_of(const auto& protocols) {
    std::size_t bytes = 0;
    for (const auto& each : protocols)
        bytes += each.name.size() + each.metadata.size();
    return bytes;
}

// What a member takes beside its protocols.
std::size_t identity_bytes(const protocol::join_group_request& request,
                           const join_context& context) {
    return context.fresh_member_id.size() + request.group_instance_id.value_or("").size() +
           context.client.client_id.size() + context.client.client_host.size();
}

}  // namespace

classic_group::classic_group(std::string id, const core_options& options)
    : id_(std::move(id)), options_(options) {}

const base::bytes* group_member::metadata_of(const std::string& protocol) const {
    const auto found = std::ranges::find(protocols, protocol, &protocol::name);
    return found == protocols.end() ? nullptr : &found->metadata;
}

group_member* classic_group::find(const std::string& member_id) {
    const auto found = members_.find(member_id);
    return found == members_.end() ? nullptr : &found->second;
}

// Same protocol type, and one protocol that all members have.
bool classic_group::supports(const join_request& request) const {
    if (request.protocol_type.empty() || request.protocols.empty()) return false;
    if (members_.empty()) return true;
    if (request.protocol_type != protocol_type_) return false;
    return std::ranges::any_of(request.protocols, [this](const auto& wanted) {
        const auto counted = protocol_counts_.find(wanted.name);
        return counted != protocol_counts_.end() && counted->second == members_.size();
    });
}

void classic_group::count_in(const group_member& member) {
    bytes_ += member.bytes;
    for (const auto& each : member.protocols)
        ++protocol_counts_[each.name];
}

void classic_group::count_out(const group_member& member) {
    bytes_ -= member.bytes;
    for (const auto& each : member.protocols) {
        const auto counted = protocol_counts_.find(each.name);
        if (--counted->second == 0) protocol_counts_.erase(counted);
    }
}

void classic_group::set_protocols(group_member& member,
                                  std::vector<group_member::protocol> protocols) {
    count_out(member);
    member.bytes -= bytes_of(member.protocols);
    member.protocols = std::move(protocols);
    member.bytes += bytes_of(member.protocols);
    count_in(member);
}

error_code classic_group::identify(const std::string& member_id,
                                   const std::optional<std::string>& instance_id) const {
    if (instance_id) {
        const auto known = static_members_.find(*instance_id);
        if (known == static_members_.end()) return error_code::unknown_member_id;
        if (known->second != member_id) return error_code::fenced_instance_id;
    }
    return members_.contains(member_id) ? error_code::none : error_code::unknown_member_id;
}

void classic_group::reply_join_error(request_token token, const std::string& member_id,
                                     error_code error, effects& out) const {
    protocol::join_group_response response;
    response.error_code = error;
    response.member_id = member_id;
    response.protocol_name.reset();
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void classic_group::join(request_token token, const join_request& request,
                         const join_context& context, time_ms now, effects& out) {
    const bool fits = supports(request);
    if (!fits) {
        return reply_join_error(token, request.member_id, error_code::inconsistent_group_protocol,
                                out);
    }
    const bool newcomer = !members_.contains(request.member_id);
    const auto size = static_cast<std::int64_t>(members_.size() + pending_.size());
    if (newcomer && !pending_.contains(request.member_id) && size >= options_.group_size_max) {
        return reply_join_error(token, request.member_id, error_code::group_max_size_reached, out);
    }
    const auto* known = find(request.member_id);
    const auto wanted = bytes_of(request.protocols) + identity_bytes(request, context);
    if (bytes_ - (known ? known->bytes : 0) + wanted > options_.group_bytes_max) {
        return reply_join_error(token, request.member_id, error_code::group_max_size_reached, out);
    }
    if (request.member_id.empty()) {
        join_without_id(token, request, context, now, out);
    } else {
        join_again(token, request, context, now, out);
    }
}

void classic_group::join_without_id(request_token token, const join_request& request,
                                    const join_context& context, time_ms now, effects& out) {
    if (request.group_instance_id && static_members_.contains(*request.group_instance_id)) {
        return replace_static(token, request, context, now, out);
    }
    const bool id_required = context.version >= first_version_with_required_id;
    if (!request.group_instance_id && id_required) {
        pending_[context.fresh_member_id] = now + request.session_timeout_ms;
        return reply_join_error(token, context.fresh_member_id, error_code::member_id_required,
                                out);
    }
    add_member(token, request, context, context.fresh_member_id, now, out);
}

void classic_group::join_again(request_token token, const join_request& request,
                               const join_context& context, time_ms now, effects& out) {
    if (pending_.erase(request.member_id) > 0) {
        return add_member(token, request, context, request.member_id, now, out);
    }
    const auto error = identify(request.member_id, request.group_instance_id);
    if (error != error_code::none) {
        return reply_join_error(token, request.member_id, error, out);
    }
    auto& member = *find(request.member_id);
    const bool same = member.protocols == protocols_of(request);
    const bool leads = member.id == leader_;
    // A repeated join of a member that has what it asks for is answered with what stands.
    const bool answered = (state_ == group_state::completing_rebalance && same) ||
                          (state_ == group_state::stable && same && !leads);
    if (answered) {
        member.expires_at = now + member.session_timeout_ms;
        out.replies.push_back({.to = token, .what = join_answer(member)});
        return;
    }
    update_member(member, token, request, context, now, out);
    prepare_rebalance(now, out);
}

void classic_group::add_member(request_token token, const join_request& request,
                               const join_context& context, const std::string& member_id,
                               time_ms now, effects& out) {
    group_member member{
        .id = member_id, .instance_id = request.group_instance_id, .client = context.client};
    if (members_.empty()) protocol_type_ = request.protocol_type;
    if (leader_.empty()) leader_ = member_id;
    if (member.instance_id) static_members_[*member.instance_id] = member_id;
    member.bytes = identity_bytes(request, context);
    count_in(member);
    auto& added = members_.emplace(member_id, std::move(member)).first->second;
    update_member(added, token, request, context, now, out);
    added.expires_at = now + std::max<time_ms>(joining_patience_ms, added.session_timeout_ms);
    joined_in_delay_ = true;
    prepare_rebalance(now, out);
}

void classic_group::update_member(group_member& member, request_token token,
                                  const join_request& request, const join_context& context,
                                  time_ms now, effects& out) {
    member.client = context.client;
    member.session_timeout_ms = request.session_timeout_ms;
    // Version 0 has one timeout for both.
    member.rebalance_timeout_ms =
        context.version == 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
    set_protocols(member, protocols_of(request));
    member.join_version = context.version;
    // Of two joins of one member only the newer one is answered with what comes.
    if (member.awaiting_join) {
        reply_join_error(*member.awaiting_join, member.id, error_code::rebalance_in_progress, out);
    } else {
        ++awaiting_join_;
    }
    member.awaiting_join = token;
    member.expires_at = now + member.session_timeout_ms;
}

// KIP-345: the member behind an instance id came back under a new member id. KIP-814: if nothing
// else changed there is no rebalance, and the leader need not assign again.
void classic_group::replace_static(request_token token, const join_request& request,
                                   const join_context& context, time_ms now, effects& out) {
    const auto replaced_id = static_members_[*request.group_instance_id];
    auto member = std::move(members_.extract(replaced_id).mapped());
    if (member.awaiting_join) {
        reply_join_error(*member.awaiting_join, replaced_id, error_code::fenced_instance_id, out);
        --awaiting_join_;
    }
    if (member.awaiting_sync) {
        reply_sync_error(*member.awaiting_sync, error_code::fenced_instance_id, out);
    }
    const auto* metadata = member.metadata_of(protocol_);
    const auto metadata_before = metadata ? *metadata : base::bytes{};
    member.id = context.fresh_member_id;
    member.awaiting_join.reset();
    member.awaiting_sync.reset();
    static_members_[*request.group_instance_id] = member.id;
    const bool led = leader_ == replaced_id;
    if (led) leader_ = member.id;
    auto& stored = members_.emplace(member.id, std::move(member)).first->second;
    update_member(stored, token, request, context, now, out);

    const auto* metadata_now = stored.metadata_of(protocol_);
    const bool unchanged = state_ == group_state::stable && metadata_now != nullptr &&
                           *metadata_now == metadata_before && select_protocol() == protocol_;
    if (!unchanged || !try_store(out)) return prepare_rebalance(now, out);
    stored.awaiting_join.reset();
    --awaiting_join_;
    auto answer = join_answer(stored);
    if (led && context.version >= first_version_with_skip) answer.skip_assignment = true;
    if (led && context.version < first_version_with_skip) {
        // Older clients would assign again: they are told that somebody else leads.
        answer.leader = replaced_id;
        answer.members.clear();
    }
    out.replies.push_back({.to = token, .what = std::move(answer)});
}

void classic_group::sync(request_token token, const protocol::sync_group_request& request,
                         time_ms now, effects& out) {
    const auto refuse = [&](error_code error) { reply_sync_error(token, error, out); };
    const auto error = identify(request.member_id, request.group_instance_id);
    if (error != error_code::none) return refuse(error);
    if (request.generation_id != generation_) return refuse(error_code::illegal_generation);
    const bool other_type = request.protocol_type && *request.protocol_type != protocol_type_;
    const bool other_protocol = request.protocol_name && *request.protocol_name != protocol_;
    if (other_type || other_protocol) return refuse(error_code::inconsistent_group_protocol);

    auto& member = *find(request.member_id);
    member.expires_at = now + member.session_timeout_ms;
    if (state_ == group_state::preparing_rebalance) {
        return refuse(error_code::rebalance_in_progress);
    }
    if (state_ == group_state::stable) {
        out.replies.push_back({.to = token, .what = sync_answer(member)});
        return;
    }
    if (member.awaiting_sync) {
        reply_sync_error(*member.awaiting_sync, error_code::rebalance_in_progress, out);
    }
    member.awaiting_sync = token;
    if (member.id != leader_) return;
    for (auto& [id, each] : members_)
        each.assignment.clear();
    for (const auto& each : request.assignments) {
        if (auto* assigned = find(each.member_id)) assigned->assignment = each.assignment;
    }
    enter(group_state::stable, now);
    sync_due_.reset();
    if (!try_store(out)) {
        // Kafka's answer to a group that does not fit into a record.
        fail_waiting_syncs(error_code::unknown_server_error, out);
        return prepare_rebalance(now, out);
    }
    for (auto& [id, each] : members_) {
        if (!each.awaiting_sync) continue;
        out.replies.push_back({.to = *each.awaiting_sync, .what = sync_answer(each)});
        each.awaiting_sync.reset();
        each.expires_at = now + each.session_timeout_ms;
    }
}

error_code classic_group::heartbeat(const protocol::heartbeat_request& request, time_ms now) {
    const auto error = identify(request.member_id, request.group_instance_id);
    if (error != error_code::none) return error;
    if (request.generation_id != generation_) return error_code::illegal_generation;
    auto& member = *find(request.member_id);
    member.expires_at = now + member.session_timeout_ms;
    return state_ == group_state::preparing_rebalance ? error_code::rebalance_in_progress
                                                      : error_code::none;
}

error_code classic_group::check_commit(const commit_origin& origin, time_ms now) {
    // A program that only stores offsets; not while members own the partitions.
    if (origin.is_anonymous()) {
        return members_.empty() ? error_code::none : error_code::unknown_member_id;
    }
    const auto error = identify(origin.member_id, origin.instance_id);
    if (error != error_code::none) return error;
    if (origin.generation != generation_) return error_code::illegal_generation;
    // Between two generations nobody knows its partitions yet.
    if (state_ == group_state::completing_rebalance) return error_code::rebalance_in_progress;
    auto& member = *find(origin.member_id);
    member.expires_at = now + member.session_timeout_ms;
    return error_code::none;
}

void classic_group::leave(request_token token, const protocol::leave_group_request& request,
                          time_ms now, effects& out) {
    bool anybody = false;
    auto response = leave_all(request, [&](const auto& each, const std::string& member_id) {
        auto id = member_id;
        // An administrator removes a static member by its instance id alone.
        if (each.group_instance_id && id.empty()) {
            const auto known = static_members_.find(*each.group_instance_id);
            if (known != static_members_.end()) id = known->second;
        }
        const bool was_pending = pending_.erase(id) > 0;
        if (was_pending) {
            anybody = anybody || state_ == group_state::preparing_rebalance;
            return error_code::none;
        }
        const auto error = identify(id, each.group_instance_id);
        if (error != error_code::none) return error;
        remove_member(id, now, out);
        anybody = true;
        return error;
    });
    if (anybody) after_departure(now, out);
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void classic_group::remove_member(const std::string& member_id, time_ms, effects& out) {
    auto member = std::move(members_.extract(member_id).mapped());
    count_out(member);
    if (member.instance_id) static_members_.erase(*member.instance_id);
    if (member.awaiting_join) {
        reply_join_error(*member.awaiting_join, member_id, error_code::unknown_member_id, out);
        --awaiting_join_;
    }
    if (member.awaiting_sync) {
        reply_sync_error(*member.awaiting_sync, error_code::unknown_member_id, out);
    }
    if (leader_ == member_id) leader_ = members_.empty() ? "" : members_.begin()->first;
}

void classic_group::send_away(effects& out) {
    for (auto& [id, each] : members_) {
        if (!each.awaiting_join) continue;
        reply_join_error(*each.awaiting_join, id, error_code::rebalance_in_progress, out);
        each.awaiting_join.reset();
    }
    awaiting_join_ = 0;
    fail_waiting_syncs(error_code::rebalance_in_progress, out);
}

void classic_group::adopt(generation_id generation, std::vector<group_member> members, time_ms now,
                          effects& out) {
    generation_ = generation;
    protocol_type_ = "consumer";
    for (auto& each : members) {
        each.expires_at = now + each.session_timeout_ms;
        each.bytes = bytes_of(each.protocols) + each.id.size();
        if (each.instance_id) static_members_[*each.instance_id] = each.id;
        if (leader_.empty()) leader_ = each.id;
        count_in(each);
        members_.emplace(each.id, std::move(each));
    }
    protocol_ = select_protocol();
    find_subscribed_topics();
    enter(group_state::stable, now);
    // A group that does not fit into a record is stored with its next generation, if it fits then.
    (void)try_store(out);
    prepare_rebalance(now, out);
}

void classic_group::restore(const protocol::group_metadata_value& stored, time_ms now) {
    generation_ = generation_id(stored.generation);
    protocol_type_ = stored.protocol_type;
    protocol_ = stored.protocol.value_or("");
    leader_ = stored.leader.value_or("");
    members_.clear();
    static_members_.clear();
    protocol_counts_.clear();
    bytes_ = awaiting_join_ = 0;
    for (const auto& each : stored.members) {
        group_member member{
            .id = each.member_id,
            .instance_id = each.group_instance_id,
            .client = {.client_id = each.client_id, .client_host = each.client_host},
            .session_timeout_ms = each.session_timeout,
            .rebalance_timeout_ms =
                each.rebalance_timeout < 0 ? each.session_timeout : each.rebalance_timeout,
            .protocols = {{.name = protocol_, .metadata = each.subscription}},
            .assignment = each.assignment,
            .expires_at = now + each.session_timeout};
        if (member.instance_id) static_members_[*member.instance_id] = member.id;
        member.bytes = bytes_of(member.protocols) + member.id.size();
        count_in(member);
        members_.emplace(member.id, std::move(member));
    }
    state_ = members_.empty() ? group_state::empty : group_state::stable;
    state_since_ = stored.current_state_timestamp >= 0 ? stored.current_state_timestamp : now;
    find_subscribed_topics();
}

}  // namespace weir::broker::coordinator::group
