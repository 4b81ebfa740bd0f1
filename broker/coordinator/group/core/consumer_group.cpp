// Requests of members that use the consumer protocol. What follows from them is in
// consumer_rebalance.cpp, what is stored in consumer_state.cpp.
#include "broker/coordinator/group/core/consumer_group.hpp"

#include <algorithm>

#include "broker/coordinator/group/core/heartbeat_rules.hpp"

namespace weir::broker::coordinator::group {
namespace {

constexpr std::int16_t first_commit_version = 9;

std::unexpected<refusal> refuse(error_code code, std::string message) {
    return std::unexpected(refusal{.code = code, .message = std::move(message)});
}

// All that the member says that it has is assigned to it.
bool is_subset(const told_partitions& owned, const owned_partitions& of) {
    if (!owned) return false;
    return std::ranges::all_of(*owned, [&](const auto& topic) {
        const auto found = of.find(topic.topic_id);
        return found != of.end() && std::ranges::all_of(topic.partitions, [&](const auto each) {
                   return found->second.contains(each);
               });
    });
}

// A greater epoch is never right. The one before is, when the answer that told the newest may have
// been lost: then the member has nothing that it should not have.
std::optional<refusal> check_epoch(const consumer_member& member,
                                   const protocol::consumer_group_heartbeat_request& request) {
    const auto told = request.member_epoch;
    if (told == joining_epoch || told == member.epoch) return std::nullopt;
    const bool greater = told > member.epoch;
    const bool answer_lost = !greater && told == member.previous_epoch &&
                             is_subset(request.topic_partitions, member.assigned);
    if (answer_lost) return std::nullopt;
    return refusal{.code = error_code::fenced_member_epoch,
                   .message = std::string("The consumer group member has a ") +
                              (greater ? "greater" : "smaller") + " member epoch (" +
                              std::to_string(told) +
                              ") than the one known by the group coordinator (" +
                              std::to_string(member.epoch) +
                              "). The member must abandon all its partitions and rejoin."};
}

// A state that a newer coordinator has stored: only a member without partitions can go on.
std::optional<refusal> check_state(const consumer_member& member, const told_partitions& owned) {
    if (member.state != member_state::unknown || (owned && owned->empty())) return std::nullopt;
    return refusal{.code = error_code::fenced_member_epoch,
                   .message =
                       "The consumer group member is in a unknown state. The member must "
                       "abandon all its partitions and rejoin."};
}

using told_assignment = struct protocol::consumer_group_heartbeat_response::assignment;

told_assignment told_of(const owned_partitions& assigned) {
    told_assignment told;
    for (const auto& [topic, partitions] : assigned) {
        auto& each = told.topic_partitions.emplace_back();
        each.topic_id = topic;
        for (const auto& [partition, epoch] : partitions)
            each.partitions.push_back(partition);
    }
    return told;
}

}  // namespace

consumer_group::consumer_group(std::string id, const core_options& options,
                               const cluster_view& cluster)
    : id_(std::move(id)), options_(&options), cluster_(&cluster) {}

consumer_group::outcome consumer_group::consumer_heartbeat(const heartbeat_request& request,
                                                           const join_context& context, time_ms now,
                                                           effects& out) {
    return request.member_epoch < joining_epoch ? leave_for(request, out)
                                                : beat(request, context, now, out);
}

consumer_group::found_member consumer_group::member_of(const std::string& member_id) {
    const auto found = members_.find(member_id);
    if (found != members_.end()) return &found->second;
    return refuse(error_code::unknown_member_id,
                  "Member " + member_id + " is not a member of group " + id_ + ".");
}

consumer_group::found_member consumer_group::static_member_of(const std::string& member_id,
                                                              const std::string& instance_id) {
    const auto found = static_members_.find(instance_id);
    if (found == static_members_.end()) {
        return refuse(error_code::unknown_member_id, "Instance id " + instance_id + " is unknown.");
    }
    if (found->second == member_id) return &members_.at(member_id);
    return refuse(error_code::fenced_instance_id,
                  "Static member " + member_id + " with instance id " + instance_id +
                      " was fenced by member " + found->second + ".");
}

consumer_group::found_member consumer_group::member_for(const heartbeat_request& request,
                                                        const std::string& member_id) {
    const bool joins = request.member_epoch == joining_epoch;
    if (!joins) {
        return request.instance_id ? static_member_of(member_id, *request.instance_id)
                                   : member_of(member_id);
    }
    if (!request.instance_id) {
        const auto found = members_.find(member_id);
        return found == members_.end() ? nullptr : &found->second;
    }
    const auto found = static_members_.find(*request.instance_id);
    if (found == static_members_.end()) {
        const auto same = members_.find(member_id);
        return same == members_.end() ? nullptr : &same->second;
    }
    auto& holder = members_.at(found->second);
    // Whoever uses the classic protocol cannot release its id: it is replaced (migration).
    if (holder.has_left() || holder.uses_classic()) return &holder;
    return refuse(error_code::unreleased_instance_id,
                  "Static member " + member_id + " with instance id " + *request.instance_id +
                      " cannot join the group because the instance id is owned by " + holder.id +
                      " member.");
}

// Bounds on what members take; and a regular expression that the group does not know yet.
std::optional<refusal> consumer_group::check_room(const heartbeat_request& request,
                                                  const consumer_member* known) const {
    const auto others = bytes_ - (known ? known->bytes() : 0);
    if (others + bytes_of(request) > options_->group_bytes_max) {
        return refusal{.code = error_code::group_max_size_reached,
                       .message = "The members of the consumer group take too much memory."};
    }
    return refuse_subscription(request, *options_);
}

consumer_member& consumer_group::enter(const std::string& member_id) {
    auto& member = members_[member_id];
    member.id = member_id;
    return member;
}

// The member behind an instance id came back: it has what it had, in an epoch of its own.
consumer_member& consumer_group::replace_static(consumer_member& from, const std::string& to,
                                                effects& out) {
    if (from.id != to) {
        forget(from, out);
        // Somebody of that id without the instance id is somebody else.
        if (members_.contains(to)) take_out(to, out);
        auto target = targets_.extract(from.id);
        if (!target.empty()) {
            target.key() = to;
            targets_.insert(std::move(target));
        }
        static_members_[*from.instance_id] = to;
        auto node = members_.extract(from.id);
        node.key() = to;
        node.mapped().id = to;
        members_.insert(std::move(node));
    }
    auto& member = members_.at(to);
    member.epoch = member.previous_epoch = joining_epoch;
    store_metadata(member, out);
    store_target(to, out);
    store_current(member, out);
    return member;
}

void consumer_group::set_instance(consumer_member& member, const std::string& instance_id) {
    if (member.instance_id) static_members_.erase(*member.instance_id);
    member.instance_id = instance_id;
    static_members_[instance_id] = member.id;
}

// A field that is null stays as it is.
consumer_group::member_change consumer_group::apply(const heartbeat_request& request,
                                                    const join_context& context,
                                                    consumer_member& member) {
    member_change change{.regex_before = member.regex};
    if (request.instance_id && member.instance_id != request.instance_id) {
        set_instance(member, *request.instance_id);
        change.metadata = true;
    }
    const auto set = [&change](auto& field, const auto& value) {
        const bool differs = field != value;
        if (differs) field = value;
        change.metadata = change.metadata || differs;
        return differs;
    };
    if (request.rack_id) set(member.rack_id, request.rack_id);
    if (request.rebalance_timeout_ms != -1) {
        set(member.rebalance_timeout_ms, request.rebalance_timeout_ms);
    }
    if (request.server_assignor) set(member.assignor, request.server_assignor);
    if (request.subscribed_topic_names) {
        const auto& names = *request.subscribed_topic_names;
        change.topics = set(member.topics, std::set<std::string>(names.begin(), names.end()));
    }
    if (request.subscribed_topic_regex) {
        change.regex = set(member.regex, *request.subscribed_topic_regex);
    }
    set(member.client, context.client);
    set(member.classic, std::optional<classic_metadata>{});
    return change;
}

consumer_group::outcome consumer_group::beat(const heartbeat_request& request,
                                             const join_context& context, time_ms now,
                                             effects& out) {
    const auto& member_id = request.member_id.empty() ? context.fresh_member_id : request.member_id;
    if (!members_.contains(request.member_id)) {
        if (auto refused = refuse_when_full(members_.size(), options_->consumer)) {
            return std::unexpected(std::move(*refused));
        }
    }
    auto known = member_for(request, member_id);
    if (!known) return std::unexpected(std::move(known.error()));
    const bool replaces = *known && request.member_epoch == joining_epoch && request.instance_id &&
                          (*known)->instance_id == request.instance_id;
    if (*known && !replaces) {
        if (auto refused = check_epoch(**known, request)) {
            return std::unexpected(std::move(*refused));
        }
        if (auto refused = check_state(**known, request.topic_partitions)) {
            return std::unexpected(std::move(*refused));
        }
    }
    if (auto refused = check_room(request, *known)) return std::unexpected(std::move(*refused));

    const bool joined = *known == nullptr;
    if (*known) count_out(**known);
    auto& member = replaces ? replace_static(**known, member_id, out)
                   : joined ? enter(member_id)
                            : **known;
    auto change = apply(request, context, member);
    change.metadata = change.metadata || joined;
    count_in(member);
    const bool partitions_changed = settle(member, change, request.topic_partitions, now, out);
    const auto settings = cluster_->settings_of(id_);
    member.session_until = now + settings.session_timeout_ms;

    heartbeat_response response;
    response.member_id = member.id;
    response.member_epoch = member.epoch;
    response.heartbeat_interval_ms = settings.heartbeat_interval_ms;
    // A member that tells all that there is has lost what it was told.
    const bool is_full_request = request.rebalance_timeout_ms != -1 && request.topic_partitions &&
                                 (request.subscribed_topic_names || request.subscribed_topic_regex);
    const bool tell =
        request.member_epoch == joining_epoch || is_full_request || partitions_changed;
    if (tell) response.assignment = told_of(member.assigned);
    return response;
}

consumer_group::outcome consumer_group::leave_for(const heartbeat_request& request, effects& out) {
    auto known = request.instance_id ? static_member_of(request.member_id, *request.instance_id)
                                     : member_of(request.member_id);
    if (!known) return std::unexpected(std::move(known.error()));
    auto& member = **known;
    heartbeat_response response;
    response.member_id = request.member_id;
    response.member_epoch = request.member_epoch;
    if (request.member_epoch != static_leaving_epoch) {
        remove({member.id}, out);
        return response;
    }
    // Nobody else gets its partitions until its session ends.
    auto left = reconciled{
        .state = member.state, .epoch = member.epoch, .assigned = member.assigned, .revoking = {}};
    const auto previous = member.previous_epoch;
    set_owned(member, std::move(left));
    member.epoch = static_leaving_epoch;
    member.previous_epoch = previous;
    member.rebalance_until.reset();
    store_current(member, out);
    return response;
}

error_code consumer_group::check_commit(const commit_origin& origin) const {
    // An administrator, or a program that only stores offsets.
    if (origin.generation < generation_id(0) && members_.empty()) return error_code::none;
    if (origin.transactional && origin.is_anonymous()) return error_code::none;
    const auto found = members_.find(origin.member_id);
    if (found == members_.end()) return error_code::unknown_member_id;
    const auto& member = found->second;
    const bool outdated =
        !origin.transactional && !member.uses_classic() && origin.version < first_commit_version;
    if (outdated) return error_code::unsupported_version;
    if (origin.generation.value() <= member.epoch) return error_code::none;
    return member.uses_classic() ? error_code::illegal_generation : error_code::stale_member_epoch;
}

error_code consumer_group::check_partition(const commit_origin& origin, const std::string& topic,
                                           partition_index partition) const {
    const auto found = members_.find(origin.member_id);
    const bool current =
        found == members_.end() || found->second.epoch == origin.generation.value();
    if (current) return error_code::none;
    const auto& member = found->second;
    const auto facts = cluster_->topic(topic);
    const auto epoch = facts ? member.epoch_of(facts->id, partition) : std::nullopt;
    if (epoch && origin.generation.value() >= *epoch) return error_code::none;
    return member.uses_classic() ? error_code::illegal_generation : error_code::stale_member_epoch;
}

error_code consumer_group::check_fetch(const std::optional<std::string>& member_id,
                                       std::int32_t epoch) const {
    if (!member_id && epoch < 0) return error_code::none;
    const auto found = members_.find(member_id.value_or(""));
    if (found == members_.end()) return error_code::unknown_member_id;
    if (found->second.epoch == epoch) return error_code::none;
    return found->second.uses_classic() ? error_code::illegal_generation
                                        : error_code::stale_member_epoch;
}

}  // namespace weir::broker::coordinator::group
