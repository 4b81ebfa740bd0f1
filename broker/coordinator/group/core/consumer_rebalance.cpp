// What follows from a change in a consumer group: the group epoch, the target assignment, the next
// step of the member; and what is due in time.
#include <algorithm>
#include <limits>

#include "base/arithmetic.hpp"
#include "broker/coordinator/group/core/consumer_group.hpp"
#include "broker/coordinator/group/core/migration.hpp"
#include "broker/coordinator/group/core/topic_regex.hpp"

namespace weir::broker::coordinator::group {
namespace {

// A number that is another one when topics, their ids or their partitions are others (FNV-1a).
class fingerprint {
  public:
    void add(std::uint64_t value) {
        for (int byte = 0; byte < 8; ++byte) {
            state_ = (state_ ^ (value & 0xff)) * 0x100000001b3ULL;
            value >>= 8;
        }
    }
    std::int64_t value() const { return static_cast<std::int64_t>(state_); }

  private:
    std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

// The same partitions, in whatever epoch they were given.
bool has_same_partitions(const owned_partitions& left, const owned_partitions& right) {
    return std::ranges::equal(left, right, [](const auto& one, const auto& other) {
        return one.first == other.first && std::ranges::equal(one.second, other.second, {},
                                                              &partition_epochs::value_type::first,
                                                              &partition_epochs::value_type::first);
    });
}

}  // namespace

bool consumer_group::settle(consumer_member& member, const member_change& change,
                            const told_partitions& owned, time_ms now, effects& out) {
    if (change.metadata) store_metadata(member, out);
    if (change.regex && !change.regex_before.empty()) drop_regex(change.regex_before, out);
    const bool resolved = resolve_regexes(now, out);
    const bool resubscribed = change.topics || change.regex;
    refresh(resubscribed || resolved, out);
    if (epoch_ > target_epoch_ && may_assign(now)) assign(now, out);
    return reconcile_member(member, owned, resubscribed, now, out);
}

// The group epoch rises, or may have to: when topics are others than at the last look.
void consumer_group::refresh(bool bump, effects& out) {
    if (!bump && !metadata_stale_) return;
    metadata_stale_ = false;
    const auto hash = metadata_hash();
    if (!bump && hash == metadata_hash_) return;
    metadata_hash_ = hash;
    if (epoch_ == std::numeric_limits<std::int32_t>::max()) {
        // A stored epoch may be the largest there is: then they begin again.
        epoch_ = target_epoch_ = initial_epoch;
    }
    ++epoch_;
    store_epoch(out);
}

std::int64_t consumer_group::metadata_hash() const {
    fingerprint print;
    bool any = false;
    for (const auto& [name, count] : topic_counts_) {
        const auto topic = cluster_->topic(name);
        if (!topic) continue;
        any = true;
        print.add(topic->id.high);
        print.add(topic->id.low);
        print.add(static_cast<std::uint64_t>(topic->partitions));
    }
    return any ? print.value() : 0;
}

// New ones at once. All again when topics came or went, not too often; and now and then.
bool consumer_group::should_resolve(time_ms now) const {
    if (!regexes_resolved_at_) return true;
    const auto& options = options_->consumer;
    const auto since = now - *regexes_resolved_at_;
    return (regexes_stale_ && since >= options.regex_refresh_interval_min_ms) ||
           since >= options.regex_refresh_interval_ms;
}

bool consumer_group::resolve_regexes(time_ms now, effects& out) {
    if (regex_counts_.empty()) return false;
    const bool all = should_resolve(now);
    std::vector<std::string> wanted;
    for (const auto& [pattern, count] : regex_counts_) {
        if (all || !regexes_.contains(pattern)) wanted.push_back(pattern);
    }
    if (all) {
        regexes_resolved_at_ = now;
        regexes_stale_ = false;
    }
    bool changed = false;
    for (const auto& pattern : wanted) {
        const topic_regex regex(pattern);
        std::set<std::string> topics;
        if (!regex.problem()) {
            cluster_->for_each_topic([&](const std::string& name) {
                if (regex.matches(name)) topics.insert(name);
            });
        }
        const auto known = regexes_.find(pattern);
        if (known != regexes_.end() && known->second.topics == topics) continue;
        changed = true;
        set_regex(pattern, {.topics = std::move(topics), .resolved_at = now}, out);
    }
    return changed;
}

void consumer_group::set_regex(const std::string& pattern, resolved_regex resolved, effects& out) {
    const auto each_subscriber = [&](auto call) {
        for (auto& [id, each] : members_) {
            if (each.regex == pattern) (this->*call)(each);
        }
    };
    each_subscriber(&consumer_group::count_out);
    regexes_[pattern] = std::move(resolved);
    each_subscriber(&consumer_group::count_in);
    store_regex(pattern, out);
}

void consumer_group::drop_regex(const std::string& pattern, effects& out) {
    if (regex_counts_.contains(pattern) || regexes_.erase(pattern) == 0) return;
    out.records.push_back(to_record(stored_regex{.group = id_, .member = pattern, .value = {}}));
}

std::set<std::string> consumer_group::names_of(const consumer_member& member) const {
    auto names = member.topics;
    const auto resolved = regexes_.find(member.regex);
    if (resolved != regexes_.end()) {
        names.insert(resolved->second.topics.begin(), resolved->second.topics.end());
    }
    return names;
}

std::set<topic_id> consumer_group::topics_of(const consumer_member& member) const {
    std::set<topic_id> topics;
    for (const auto& name : names_of(member)) {
        if (const auto topic = cluster_->topic(name)) topics.insert(topic->id);
    }
    return topics;
}

void consumer_group::count_in(const consumer_member& member) {
    bytes_ += member.bytes();
    if (!member.regex.empty()) ++regex_counts_[member.regex];
    for (const auto& name : names_of(member))
        ++topic_counts_[name];
}

void consumer_group::count_out(const consumer_member& member) {
    bytes_ -= member.bytes();
    if (!member.regex.empty()) {
        const auto counted = regex_counts_.find(member.regex);
        if (--counted->second == 0) regex_counts_.erase(counted);
    }
    for (const auto& name : names_of(member)) {
        const auto counted = topic_counts_.find(name);
        if (--counted->second == 0) topic_counts_.erase(counted);
    }
}

// Members that come one after the other shall not each move everything.
bool consumer_group::may_assign(time_ms now) const {
    const auto interval = cluster_->settings_of(id_).assignment_interval_ms;
    return assigned_at_ == 0 || interval == 0 ||
           base::saturating_subtract(now, assigned_at_) >= interval;
}

std::string consumer_group::chosen_assignor_name() const {
    const auto& known = options_->consumer.assignors;
    const auto votes_for = [this](const std::string& name) {
        return std::ranges::count_if(
            members_, [&](const auto& each) { return each.second.assignor == name; });
    };
    // At equal votes the first; without any the first of all.
    return *std::ranges::max_element(known, {}, votes_for);
}

assignor_input consumer_group::make_assignor_input() const {
    // So that what one member may get fits into a record.
    constexpr std::size_t bytes_of_partition = 16;
    auto left = static_cast<std::int64_t>(options_->record_bytes_max / bytes_of_partition);
    assignor_input input;
    std::set<topic_id> left_out;
    partition_map seen;
    for (const auto& [id, member] : members_) {
        auto& each = input.members[id];
        each.instance_id = member.instance_id;
        for (const auto& name : names_of(member)) {
            const auto topic = cluster_->topic(name);
            if (!topic || left_out.contains(topic->id)) continue;
            if (!input.partitions.contains(topic->id)) {
                if (topic->partitions > left) {
                    left_out.insert(topic->id);
                    continue;
                }
                left -= topic->partitions;
                input.partitions.emplace(topic->id, topic->partitions);
            }
            each.topics.insert(topic->id);
        }
    }
    // What is stored may be of topics that are no more.
    for (auto& [id, each] : input.members) {
        const auto target = targets_.find(id);
        if (target == targets_.end()) continue;
        for (const auto& [topic, partitions] : target->second) {
            const auto known = input.partitions.find(topic);
            if (known == input.partitions.end()) continue;
            for (const auto partition : partitions) {
                const bool exists =
                    partition >= partition_index(0) && partition < partition_index(known->second);
                if (exists && seen[topic].insert(partition).second) {
                    each.target[topic].insert(partition);
                }
            }
        }
    }
    return input;
}

void consumer_group::assign(time_ms now, effects& out) {
    auto given = find_assignor(chosen_assignor_name())(make_assignor_input());
    for (auto& [id, partitions] : given) {
        const auto known = targets_.find(id);
        if (known != targets_.end() && known->second == partitions) continue;
        targets_.insert_or_assign(id, std::move(partitions));
        store_target(id, out);
    }
    target_epoch_ = epoch_;
    assigned_at_ = now;
    store_target_epoch(out);
}

bool consumer_group::is_taken(const topic_id& topic, partition_index partition) const {
    const auto of_topic = taken_.find(topic);
    return of_topic != taken_.end() && of_topic->second.contains(partition);
}

void consumer_group::free_owned(const consumer_member& member) {
    for (const auto* owned : {&member.assigned, &member.revoking}) {
        for (const auto& [topic, partitions] : *owned) {
            const auto of_topic = taken_.find(topic);
            if (of_topic == taken_.end()) continue;
            for (const auto& [partition, epoch] : partitions)
                of_topic->second.erase(partition);
            if (of_topic->second.empty()) taken_.erase(of_topic);
        }
    }
}

void consumer_group::take_owned(const consumer_member& member) {
    for (const auto* owned : {&member.assigned, &member.revoking}) {
        for (const auto& [topic, partitions] : *owned) {
            for (const auto& [partition, epoch] : partitions)
                taken_[topic].insert(partition);
        }
    }
}

void consumer_group::set_owned(consumer_member& member, reconciled next) {
    free_owned(member);
    member.state = next.state;
    member.previous_epoch = member.epoch;
    member.epoch = next.epoch;
    member.assigned = std::move(next.assigned);
    member.revoking = std::move(next.revoking);
    take_owned(member);
}

bool consumer_group::reconcile_member(consumer_member& member, const told_partitions& owned,
                                      bool resubscribed, time_ms now, effects& out) {
    if (!resubscribed && member.is_reconciled_to(target_epoch_)) return false;
    static const partition_map nothing;
    const auto target = targets_.find(member.id);
    const auto subscribed = topics_of(member);
    auto next =
        reconcile(member, {.target = target == targets_.end() ? nothing : target->second,
                           .target_epoch = target_epoch_,
                           .subscribed = subscribed,
                           .resubscribed = resubscribed,
                           .owned = owned,
                           .is_taken = [this](const topic_id& topic, partition_index partition) {
                               return is_taken(topic, partition);
                           }});
    if (!next) return false;
    const bool partitions_changed = !has_same_partitions(member.assigned, next->assigned);
    set_owned(member, std::move(*next));
    member.rebalance_until.reset();
    const bool must_revoke =
        member.state == member_state::unrevoked_partitions && !member.uses_classic();
    if (must_revoke) member.rebalance_until = now + member.rebalance_timeout_ms;
    store_current(member, out);
    return partitions_changed;
}

void consumer_group::forget(const consumer_member& member, effects& out) const {
    out.records.push_back(
        to_record(stored_current{.group = id_, .member = member.id, .value = {}}));
    out.records.push_back(to_record(stored_target{.group = id_, .member = member.id, .value = {}}));
    out.records.push_back(
        to_record(stored_metadata{.group = id_, .member = member.id, .value = {}}));
}

// The epoch is the caller's business.
void consumer_group::take_out(const std::string& member_id, effects& out) {
    const auto member = std::move(members_.extract(member_id).mapped());
    count_out(member);
    free_owned(member);
    forget(member, out);
    targets_.erase(member_id);
    if (member.instance_id) static_members_.erase(*member.instance_id);
    if (!member.regex.empty()) drop_regex(member.regex, out);
}

void consumer_group::remove(const std::set<std::string>& member_ids, effects& out) {
    for (const auto& id : member_ids)
        take_out(id, out);
    // A group that becomes a classic one does so in its epoch.
    if (!should_downgrade(*this, *options_)) refresh(true, out);
}

void consumer_group::tick(time_ms now, effects& out) {
    std::set<std::string> due;
    const auto is_over = [now](const std::optional<time_ms>& until) {
        return until && *until <= now;
    };
    for (const auto& [id, each] : members_) {
        const bool over = each.session_until <= now || is_over(each.rebalance_until) ||
                          is_over(each.join_until) || is_over(each.sync_until);
        if (over) due.insert(id);
    }
    if (!due.empty()) remove(due, out);
}

std::optional<time_ms> consumer_group::next_deadline() const {
    std::optional<time_ms> next;
    for (const auto& [id, each] : members_) {
        for (const auto& until : {std::optional(each.session_until), each.rebalance_until,
                                  each.join_until, each.sync_until}) {
            if (until) next = next ? std::min(*next, *until) : *until;
        }
    }
    return next;
}

void consumer_group::topics_changed(const std::set<std::string>& names) {
    if (!regexes_.empty()) regexes_stale_ = true;
    const bool mine = std::ranges::any_of(
        names, [this](const auto& name) { return topic_counts_.contains(name); });
    if (mine) metadata_stale_ = true;
}

}  // namespace weir::broker::coordinator::group
