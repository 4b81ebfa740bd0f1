// Members of a consumer group that still use the classic protocol (KIP-848, online migration):
// their JoinGroup, SyncGroup, Heartbeat and LeaveGroup mean what heartbeats mean to others. A join
// is a full heartbeat; the generation is the member's epoch; a heartbeat tells to join again when
// there is something to give up or to take; the assignment comes with SyncGroup.
#include <algorithm>

#include "broker/coordinator/group/core/consumer_group.hpp"
#include "broker/coordinator/group/core/consumer_protocol.hpp"
#include "broker/coordinator/group/core/leave_all.hpp"

namespace weir::broker::coordinator::group {
namespace {

// KIP-394: from this version on a new member first gets its id, then joins with it.
constexpr std::int16_t first_version_with_required_id = 4;

classic_metadata metadata_of(const protocol::join_group_request& request) {
    classic_metadata metadata;
    metadata.session_timeout_ms = request.session_timeout_ms;
    for (const auto& each : request.protocols)
        metadata.supported_protocols.push_back({.name = each.name, .metadata = each.metadata});
    return metadata;
}

std::size_t bytes_of(const protocol::join_group_request& request) {
    std::size_t bytes = 0;
    for (const auto& each : request.protocols)
        bytes += each.name.size() + 2 * each.metadata.size();  // topics are stored twice
    return bytes;
}

}  // namespace

// All members of the classic protocol have one of these.
bool consumer_group::supports(const protocol::join_group_request& request) const {
    if (request.protocol_type != protocol_type()) return false;
    return std::ranges::any_of(request.protocols, [this](const auto& wanted) {
        return std::ranges::all_of(members_, [&](const auto& each) {
            const auto& classic = each.second.classic;
            return !classic || std::ranges::any_of(
                                   classic->supported_protocols,
                                   [&](const auto& known) { return known.name == wanted.name; });
        });
    });
}

std::expected<consumer_member*, error_code> consumer_group::classic_member(
    const std::string& member_id, const std::optional<std::string>& instance_id) {
    auto found = instance_id ? static_member_of(member_id, *instance_id) : member_of(member_id);
    if (!found) return std::unexpected(found.error().code);
    if (!(*found)->uses_classic()) return std::unexpected(error_code::unknown_member_id);
    return *found;
}

error_code consumer_group::check_join(const protocol::join_group_request& request,
                                      const std::string& member_id) const {
    const auto& migration = options_->consumer.migration;
    const bool disabled = !migration.upgrade && !migration.downgrade;
    if (disabled || !supports(request)) return error_code::inconsistent_group_protocol;
    const bool is_full =
        static_cast<std::int64_t>(members_.size()) >= options_->consumer.group_size_max;
    if (is_full && !members_.contains(member_id)) return error_code::group_max_size_reached;
    const auto wanted = bytes_of(request);
    if (wanted > options_->record_bytes_max || bytes_ + wanted > options_->group_bytes_max) {
        return error_code::group_max_size_reached;
    }
    const auto& instance = request.group_instance_id;
    if (!instance || request.member_id.empty()) return error_code::none;
    const auto holder = static_members_.find(*instance);
    if (holder == static_members_.end()) return error_code::unknown_member_id;
    return holder->second == request.member_id ? error_code::none : error_code::fenced_instance_id;
}

// The member that joins, or whose place it takes; null for one that is not there.
consumer_member* consumer_group::joining_member(const protocol::join_group_request& request,
                                                const std::string& member_id) {
    if (request.group_instance_id) {
        const auto holder = static_members_.find(*request.group_instance_id);
        if (holder != static_members_.end()) return &members_.at(holder->second);
    }
    const auto found = members_.find(member_id);
    return found == members_.end() ? nullptr : &found->second;
}

consumer_group::member_change consumer_group::apply(
    const protocol::join_group_request& request,
    const protocol::consumer_protocol_subscription& subscription, const join_context& context,
    consumer_member& member) {
    member_change change{.metadata = true, .regex_before = member.regex};
    if (request.group_instance_id) set_instance(member, *request.group_instance_id);
    if (subscription.rack_id && !subscription.rack_id->empty()) {
        member.rack_id = subscription.rack_id;
    }
    if (request.rebalance_timeout_ms != -1) {
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
    }
    std::set<std::string> topics(subscription.topics.begin(), subscription.topics.end());
    change.topics = topics != member.topics;
    member.topics = std::move(topics);
    change.regex = !member.regex.empty();
    member.regex.clear();
    member.client = context.client;
    member.classic = metadata_of(request);
    return change;
}

void consumer_group::join(request_token token, const protocol::join_group_request& request,
                          const join_context& context, time_ms now, effects& out) {
    protocol::join_group_response response;
    const auto refuse = [&](error_code error, const std::string& member_id) {
        response.error_code = error;
        response.member_id = member_id;
        response.protocol_name.reset();
        out.replies.push_back({.to = token, .what = std::move(response)});
    };
    const auto& member_id = request.member_id.empty() ? context.fresh_member_id : request.member_id;
    const auto error = check_join(request, member_id);
    if (error != error_code::none) return refuse(error, request.member_id);
    const bool id_required = context.version >= first_version_with_required_id &&
                             request.member_id.empty() && !request.group_instance_id;
    if (id_required) return refuse(error_code::member_id_required, member_id);
    const auto subscription = read_subscription(request.protocols.front().metadata);
    if (!subscription) return refuse(error_code::unknown_server_error, request.member_id);

    auto* known = joining_member(request, member_id);
    const bool replaces = known && known->id != member_id;
    const bool joined = known == nullptr;
    if (known) count_out(*known);
    auto& member = replaces ? replace_static(*known, member_id, out)
                   : joined ? enter(member_id)
                            : *known;
    auto change = apply(request, *subscription, context, member);
    count_in(member);
    settle(member, change, owned_of(*subscription, *cluster_), now, out);
    member.join_until.reset();
    member.session_until = now + request.session_timeout_ms;
    member.sync_until = now + std::max<time_ms>(0, member.rebalance_timeout_ms);
    response.member_id = member.id;
    response.generation_id = generation_id(member.epoch);
    response.protocol_type = protocol_type();
    response.protocol_name = member.classic->supported_protocols.front().name;
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void consumer_group::sync(request_token token, const protocol::sync_group_request& request,
                          time_ms now, effects& out) {
    protocol::sync_group_response response;
    const auto refuse = [&](error_code error) {
        response.error_code = error;
        out.replies.push_back({.to = token, .what = std::move(response)});
    };
    const auto found = classic_member(request.member_id, request.group_instance_id);
    if (!found) return refuse(found.error());
    auto& member = **found;
    if (request.generation_id.value() != member.epoch) {
        return refuse(error_code::illegal_generation);
    }
    const auto& first = member.classic->supported_protocols.front();
    const bool other_type = request.protocol_type && *request.protocol_type != protocol_type();
    const bool other_protocol = request.protocol_name && *request.protocol_name != first.name;
    if (other_type || other_protocol) return refuse(error_code::inconsistent_group_protocol);
    // What it has to give up comes first; then it joins again by itself.
    if (epoch_ > member.epoch && member.state != member_state::unrevoked_partitions) {
        wait_for_join(member, now);
        return refuse(error_code::rebalance_in_progress);
    }
    member.sync_until.reset();
    member.session_until = now + member.classic->session_timeout_ms;
    response.protocol_type = request.protocol_type;
    response.protocol_name = request.protocol_name;
    response.assignment = write_assignment(plain(member.assigned), first.metadata, *cluster_);
    out.replies.push_back({.to = token, .what = std::move(response)});
}

void consumer_group::wait_for_join(consumer_member& member, time_ms now) {
    if (!member.join_until) {
        member.join_until = now + std::max<time_ms>(0, member.rebalance_timeout_ms);
    }
}

// Some of the member's target belongs to others still: joining again would bring nothing.
bool consumer_group::waits_for_others(const consumer_member& member) const {
    const auto target = targets_.find(member.id);
    if (target == targets_.end()) return false;
    for (const auto& [topic, partitions] : target->second) {
        for (const auto each : partitions) {
            if (!member.epoch_of(topic, each) && is_taken(topic, each)) return true;
        }
    }
    return false;
}

error_code consumer_group::heartbeat(const protocol::heartbeat_request& request, time_ms now) {
    const auto found = classic_member(request.member_id, request.group_instance_id);
    if (!found) return found.error();
    auto& member = **found;
    if (request.generation_id.value() != member.epoch) return error_code::illegal_generation;
    member.session_until = now + member.classic->session_timeout_ms;
    const bool can_take =
        member.state == member_state::unreleased_partitions && !waits_for_others(member);
    const bool must_join =
        member.epoch < epoch_ || member.state == member_state::unrevoked_partitions || can_take;
    if (!must_join) return error_code::none;
    wait_for_join(member, now);
    return error_code::rebalance_in_progress;
}

// Members of either protocol: an administrator may remove anyone.
void consumer_group::leave(request_token token, const protocol::leave_group_request& request,
                           time_ms, effects& out) {
    std::set<std::string> gone;
    auto response = leave_all(request, [&](const auto& who, std::string& member_id) {
        if (who.group_instance_id) {
            const auto holder = static_members_.find(*who.group_instance_id);
            if (holder == static_members_.end()) return error_code::unknown_member_id;
            if (!member_id.empty() && holder->second != member_id) {
                return error_code::fenced_instance_id;
            }
            member_id = holder->second;
        } else if (!members_.contains(member_id)) {
            return error_code::unknown_member_id;
        }
        gone.insert(member_id);
        return error_code::none;
    });
    if (!gone.empty()) remove(gone, out);
    out.replies.push_back({.to = token, .what = std::move(response)});
}

}  // namespace weir::broker::coordinator::group
