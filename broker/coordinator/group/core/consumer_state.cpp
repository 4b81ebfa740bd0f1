// What is stored of a consumer group, and what is told of it.
#include <algorithm>

#include "broker/coordinator/group/core/consumer_group.hpp"

namespace weir::broker::coordinator::group {
namespace {

using described_group = protocol::consumer_group_describe_response::described_group;
using described_assignment = protocol::consumer_group_describe_response::assignment;

constexpr std::int8_t classic_member_type = 0;
constexpr std::int8_t consumer_member_type = 1;

// Topics that are no more have no name, and are left out.
described_assignment told(const partition_map& partitions, const cluster_view& cluster) {
    described_assignment told;
    for (const auto& [topic, of_topic] : partitions) {
        const auto facts = cluster.topic(topic);
        if (!facts) continue;
        auto& each = told.topic_partitions.emplace_back();
        each.topic_id = topic;
        each.topic_name = facts->name;
        each.partitions.assign(of_topic.begin(), of_topic.end());
    }
    return told;
}

}  // namespace

std::string_view to_text(consumer_group_state state) {
    switch (state) {
        case consumer_group_state::empty:
            return "Empty";
        case consumer_group_state::assigning:
            return "Assigning";
        case consumer_group_state::reconciling:
            return "Reconciling";
        case consumer_group_state::stable:
            return "Stable";
    }
    return "Unknown";
}

consumer_group_state consumer_group::state() const {
    if (members_.empty()) return consumer_group_state::empty;
    if (epoch_ > target_epoch_) return consumer_group_state::assigning;
    const bool reconciled = std::ranges::all_of(
        members_, [this](const auto& each) { return each.second.is_reconciled_to(target_epoch_); });
    return reconciled ? consumer_group_state::stable : consumer_group_state::reconciling;
}

const std::string& consumer_group::protocol_type() const {
    static const std::string consumer = "consumer";
    return consumer;
}

void consumer_group::store_metadata(const consumer_member& member, effects& out) const {
    out.records.push_back(to_record(
        stored_metadata{.group = id_, .member = member.id, .value = metadata_of(member)}));
}

void consumer_group::store_current(const consumer_member& member, effects& out) const {
    out.records.push_back(
        to_record(stored_current{.group = id_, .member = member.id, .value = current_of(member)}));
}

void consumer_group::store_target(const std::string& member_id, effects& out) const {
    stored_target stored{.group = id_, .member = member_id, .value = {}};
    stored.value.emplace();
    const auto target = targets_.find(member_id);
    if (target != targets_.end()) {
        for (const auto& [topic, partitions] : target->second) {
            auto& each = stored.value->topic_partitions.emplace_back();
            each.topic_id = topic;
            each.partitions.assign(partitions.begin(), partitions.end());
        }
    }
    out.records.push_back(to_record(stored));
}

void consumer_group::store_epoch(effects& out) const {
    stored_epoch stored{.group = id_, .value = {}};
    stored.value.emplace();
    stored.value->epoch = leader_epoch(epoch_);
    stored.value->metadata_hash = metadata_hash_;
    out.records.push_back(to_record(stored));
}

void consumer_group::store_target_epoch(effects& out) const {
    stored_target_epoch stored{.group = id_, .value = {}};
    stored.value.emplace();
    stored.value->assignment_epoch = target_epoch_;
    stored.value->assignment_timestamp = assigned_at_;
    out.records.push_back(to_record(stored));
}

// What matches so many topics that it cannot be stored is resolved again after a load.
void consumer_group::store_regex(const std::string& pattern, effects& out) const {
    const auto& resolved = regexes_.at(pattern);
    stored_regex stored{.group = id_, .member = pattern, .value = {}};
    stored.value.emplace();
    stored.value->topics.assign(resolved.topics.begin(), resolved.topics.end());
    stored.value->version = cluster_->version();
    stored.value->timestamp = resolved.resolved_at;
    auto record = to_record(stored);
    if (record.key.size() + record.value->size() > options_->record_bytes_max) return;
    out.records.push_back(std::move(record));
}

void consumer_group::bury(effects& out) const {
    for (const auto& [id, each] : members_)
        forget(each, out);
    for (const auto& [pattern, resolved] : regexes_) {
        out.records.push_back(
            to_record(stored_regex{.group = id_, .member = pattern, .value = {}}));
    }
    out.records.push_back(to_record(stored_target_epoch{.group = id_, .value = {}}));
    out.records.push_back(to_record(stored_epoch{.group = id_, .value = {}}));
}

void consumer_group::adopt(generation_id generation, std::vector<consumer_member> members,
                           time_ms now, effects& out) {
    epoch_ = target_epoch_ = generation.value();
    for (auto& each : members) {
        each.session_until = now + each.classic->session_timeout_ms;
        if (each.instance_id) static_members_[*each.instance_id] = each.id;
        targets_[each.id] = plain(each.assigned);
        count_in(each);
        take_owned(each);
        store_metadata(each, out);
        members_.emplace(each.id, std::move(each));
    }
    metadata_hash_ = metadata_hash();
    metadata_stale_ = false;
    store_epoch(out);
    for (const auto& [id, target] : targets_)
        store_target(id, out);
    store_target_epoch(out);
    for (const auto& [id, each] : members_)
        store_current(each, out);
}

void consumer_group::load(stored_metadata stored) {
    if (!stored.value) {
        members_.erase(stored.member);
        return;
    }
    auto& member = members_[stored.member];
    member.id = stored.member;
    restore(member, std::move(*stored.value));
}

void consumer_group::load(const stored_current& stored) {
    auto known = members_.find(stored.member);
    if (!stored.value) {
        // The tombstone of the member follows.
        if (known != members_.end()) {
            restore(known->second, protocol::consumer_group_current_member_assignment_value{});
        }
        return;
    }
    auto& member = members_[stored.member];
    member.id = stored.member;
    restore(member, *stored.value);
}

void consumer_group::load(const stored_target& stored) {
    if (!stored.value) {
        targets_.erase(stored.member);
        return;
    }
    auto& target = targets_[stored.member];
    target.clear();
    for (const auto& topic : stored.value->topic_partitions) {
        if (topic.partitions.empty()) continue;
        target[topic.topic_id].insert(topic.partitions.begin(), topic.partitions.end());
    }
}

void consumer_group::load(const stored_epoch& stored) {
    if (!stored.value) return;
    epoch_ = stored.value->epoch.value();
    metadata_hash_ = stored.value->metadata_hash;
}

void consumer_group::load(const stored_target_epoch& stored) {
    target_epoch_ = stored.value ? stored.value->assignment_epoch : initial_epoch;
    assigned_at_ = stored.value ? stored.value->assignment_timestamp : 0;
}

void consumer_group::load(const stored_regex& stored) {
    if (!stored.value) {
        regexes_.erase(stored.member);
        return;
    }
    regexes_[stored.member] = {.topics = {stored.value->topics.begin(), stored.value->topics.end()},
                               .resolved_at = stored.value->timestamp};
}

void consumer_group::finish_load(time_ms now) {
    const auto session = cluster_->settings_of(id_).session_timeout_ms;
    std::erase_if(targets_, [this](const auto& each) { return !members_.contains(each.first); });
    for (auto& [id, member] : members_) {
        count_in(member);
        take_owned(member);
        if (member.instance_id) static_members_[*member.instance_id] = id;
        member.session_until =
            now + (member.classic ? member.classic->session_timeout_ms : session);
        const bool must_revoke =
            member.state == member_state::unrevoked_partitions && !member.uses_classic();
        if (must_revoke) member.rebalance_until = now + member.rebalance_timeout_ms;
    }
}

described_group consumer_group::describe() const {
    described_group described;
    described.group_id = id_;
    described.group_state = to_text(state());
    described.group_epoch = epoch_;
    described.assignment_epoch = target_epoch_;
    described.assignor_name = chosen_assignor_name();
    for (const auto& [id, each] : members_) {
        auto& member = described.members.emplace_back();
        member.member_id = id;
        member.instance_id = each.instance_id;
        member.rack_id = each.rack_id;
        member.member_epoch = each.epoch;
        member.client_id = each.client.client_id;
        member.client_host = each.client.client_host;
        member.subscribed_topic_names.assign(each.topics.begin(), each.topics.end());
        member.subscribed_topic_regex = each.regex;
        member.assignment = told(plain(each.assigned), *cluster_);
        const auto target = targets_.find(id);
        if (target != targets_.end()) member.target_assignment = told(target->second, *cluster_);
        member.member_type = each.uses_classic() ? classic_member_type : consumer_member_type;
    }
    return described;
}

}  // namespace weir::broker::coordinator::group
