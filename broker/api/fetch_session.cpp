#include "broker/api/fetch_session.hpp"

#include <algorithm>

namespace weir::broker::api {
namespace {

constexpr std::int32_t initial_epoch = 0;
constexpr std::int32_t final_epoch = -1;
constexpr std::int16_t first_version_with_sessions = 7;
constexpr std::int16_t first_version_by_id = 13;
// A session is given up for a new one when it was not used for this long (Kafka: 2 minutes).
constexpr auto idle_max = std::chrono::minutes(2);

void add_partitions(fetch_session& session, const protocol::fetch_request& request, bool by_id) {
    for (const auto& topic : request.topics) {
        for (const auto& partition : topic.partitions) {
            session.add_or_change({.key = {.topic = by_id ? topic.topic_id : topic_id{},
                                           .name = by_id ? std::string{} : topic.topic,
                                           .partition = partition.partition},
                                   .current_leader_epoch = partition.current_leader_epoch,
                                   .fetch_offset = partition.fetch_offset,
                                   .last_fetched_epoch = partition.last_fetched_epoch,
                                   .max_bytes = partition.partition_max_bytes});
        }
    }
}

std::int32_t after(std::int32_t epoch) {
    return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

}  // namespace

void fetch_session::add_or_change(const fetch_partition& wanted) {
    const auto found = places_.find(wanted.key);
    if (found == places_.end()) {
        places_.insert(partitions_.insert(partitions_.end(), wanted));
        return;
    }
    auto& known = **found;
    const auto told_high_watermark = known.told_high_watermark;
    const auto told_log_start = known.told_log_start;
    known = wanted;
    known.told_high_watermark = told_high_watermark;
    known.told_log_start = told_log_start;
}

void fetch_session::forget(const fetch_key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    const auto place = *found;
    places_.erase(found);
    partitions_.erase(place);
}

bool fetch_session::must_tell(const fetch_key& key, const partition_data& answer) {
    const auto place = places_.find(key);
    if (place == places_.end()) return false;  // forgotten meanwhile
    const auto partition = *place;
    const bool has_records = answer.records.external_size > 0 || !answer.records.memory.empty();
    const bool failed = answer.error_code != error_code::none;
    const bool moved = partition->told_high_watermark != answer.high_watermark ||
                       partition->told_log_start != answer.log_start_offset;
    // After an error the next good answer is always told.
    partition->told_high_watermark = failed ? no_offset : answer.high_watermark;
    partition->told_log_start = answer.log_start_offset;
    if (has_records) partitions_.splice(partitions_.end(), partitions_, partition);
    return has_records || failed || moved || answer.diverging_epoch.end_offset != no_offset;
}

std::expected<fetch_context, error_code> fetch_session_cache::open(
    const protocol::fetch_request& request, std::int16_t version, io::time_point now) {
    const bool by_id = version >= first_version_by_id;
    const bool sessions = version >= first_version_with_sessions;
    const bool full =
        request.session_epoch == initial_epoch || request.session_epoch == final_epoch;
    if (sessions && !full) return go_on(request, by_id, now);

    if (sessions) sessions_.erase(request.session_id);
    fetch_context context{.session = std::make_shared<fetch_session>()};
    add_partitions(*context.session, request, by_id);
    const bool wants_session = sessions && request.session_epoch == initial_epoch;
    if (wants_session && make_room(context.session->size(), now)) {
        do {
            context.session_id = static_cast<std::int32_t>(ids_.next() >> 33);
        } while (context.session_id == 0 || sessions_.contains(context.session_id));
        context.session->id_ = context.session_id;
        context.session->by_id_ = by_id;
        context.session->used_at_ = now;
        sessions_.emplace(context.session_id, context.session);
    }
    return context;
}

std::expected<fetch_context, error_code> fetch_session_cache::go_on(
    const protocol::fetch_request& request, bool by_id, io::time_point now) {
    const auto found = sessions_.find(request.session_id);
    if (found == sessions_.end()) return std::unexpected(error_code::fetch_session_id_not_found);
    auto& session = *found->second;
    if (session.next_epoch_ != request.session_epoch) {
        return std::unexpected(error_code::invalid_fetch_session_epoch);
    }
    if (session.by_id_ != by_id) {
        return std::unexpected(error_code::fetch_session_topic_id_error);
    }
    session.next_epoch_ = after(session.next_epoch_);
    session.used_at_ = now;
    add_partitions(session, request, by_id);
    if (session.size() > session_partitions_max) {
        sessions_.erase(found);
        return std::unexpected(error_code::fetch_session_id_not_found);
    }
    for (const auto& topic : request.forgotten_topics_data) {
        for (const auto partition : topic.partitions) {
            session.forget({.topic = by_id ? topic.topic_id : topic_id{},
                            .name = by_id ? std::string{} : topic.topic,
                            .partition = partition});
        }
    }
    if (session.partitions().empty()) {
        // Nothing is left to be told about: the session ends, as in Kafka.
        fetch_context last{.session = found->second, .changes_only = true};
        sessions_.erase(found);
        return last;
    }
    return fetch_context{
        .session = found->second, .session_id = request.session_id, .changes_only = true};
}

bool fetch_session_cache::make_room(std::size_t partitions, io::time_point now) {
    for (const auto& [id, each] : sessions_)
        partitions += each->size();
    if (partitions > session_partitions_max) return false;
    if (sessions_.size() < slots_) return true;
    const auto oldest = std::ranges::min_element(
        sessions_, {}, [](const auto& entry) { return entry.second->used_at_; });
    if (oldest == sessions_.end() || now - oldest->second->used_at_ < idle_max) return false;
    sessions_.erase(oldest);
    return true;
}

}  // namespace weir::broker::api
