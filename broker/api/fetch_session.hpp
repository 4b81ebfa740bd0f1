// Fetch sessions (KIP-227): a consumer of many partitions sends what changed, and gets what
// changed. Pure; a cache belongs to one shard. A session that another shard holds answers
// FETCH_SESSION_ID_NOT_FOUND, and the client opens a new one, as after a broker's restart.
#pragma once

#include <expected>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/prng.hpp"
#include "broker/io/shard.hpp"
#include "broker/protocol/error_codes.hpp"
#include "broker/protocol/ids.hpp"
#include "broker/protocol/messages/fetch_request.hpp"
#include "broker/protocol/messages/fetch_response.hpp"

namespace weir::broker::api {

// A partition as its fetcher names it: by id since version 13, by name before.
struct fetch_key {
    topic_id topic;
    std::string name;
    partition_index partition;
    bool operator==(const fetch_key&) const = default;
};

// What a fetcher wants of one partition, and what it was told last.
struct fetch_partition {
    fetch_key key;
    broker::leader_epoch current_leader_epoch = no_leader_epoch;
    offset fetch_offset;
    broker::leader_epoch last_fetched_epoch = no_leader_epoch;
    std::int32_t max_bytes = 0;
    offset told_high_watermark = no_offset;
    offset told_log_start = no_offset;
};

class fetch_session {
    using partition_list = std::list<fetch_partition>;

  public:
    using partition_data = protocol::fetch_response::partition_data;

    // Partitions in the order in which they are to be read.
    partition_list& partitions() { return partitions_; }
    void add_or_change(const fetch_partition& wanted);
    void forget(const fetch_key& key);
    std::size_t size() const { return partitions_.size(); }
    // Whether `answer` says anything the fetcher does not know; remembers what it is told now.
    // A partition that gave records goes to the end: the others are read first next time.
    bool must_tell(const fetch_key& key, const partition_data& answer);

  private:
    friend class fetch_session_cache;
    // Places in the list, found by the keys that stand there.
    struct hash_of_key {
        using is_transparent = void;
        std::size_t operator()(const fetch_key& key) const noexcept {
            const auto topic = key.name.empty() ? std::hash<base::uuid>()(key.topic)
                                                : std::hash<std::string>()(key.name);
            return topic * 31 + static_cast<std::size_t>(key.partition.value());
        }
        std::size_t operator()(partition_list::iterator at) const noexcept {
            return (*this)(at->key);
        }
    };
    struct same_key {
        using is_transparent = void;
        static const fetch_key& key_of(const fetch_key& key) { return key; }
        static const fetch_key& key_of(partition_list::iterator at) { return at->key; }
        bool operator()(const auto& one, const auto& other) const {
            return key_of(one) == key_of(other);
        }
    };

    std::int32_t id_ = 0;
    std::int32_t next_epoch_ = 1;
    bool by_id_ = false;
    io::time_point used_at_;
    partition_list partitions_;
    std::unordered_set<partition_list::iterator, hash_of_key, same_key> places_;
};

// Partitions that all sessions of a cache may have: about 50 MiB. Who comes when there are so many
// gets no session and sends all of its partitions each time.
inline constexpr std::size_t session_partitions_max = 200'000;

// What a request is about: its partitions, and whether only changes are to be told.
struct fetch_context {
    std::shared_ptr<fetch_session> session;  // never null; sessionless ones are in no cache
    std::int32_t session_id = 0;             // what the response carries
    bool changes_only = false;
};

class fetch_session_cache {
  public:
    // `slots`: max.incremental.fetch.session.cache.slots.
    fetch_session_cache(std::size_t slots, std::uint64_t seed) : slots_(slots), ids_(seed) {}

    std::expected<fetch_context, error_code> open(const protocol::fetch_request& request,
                                                  std::int16_t version, io::time_point now);
    std::size_t size() const { return sessions_.size(); }

  private:
    std::expected<fetch_context, error_code> go_on(const protocol::fetch_request& request,
                                                   bool by_id, io::time_point now);
    bool make_room(std::size_t partitions, io::time_point now);

    std::size_t slots_;
    base::prng ids_;
    std::unordered_map<std::int32_t, std::shared_ptr<fetch_session>> sessions_;
};

}  // namespace weir::broker::api
