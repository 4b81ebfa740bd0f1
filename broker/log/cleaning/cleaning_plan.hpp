// What a pass of the cleaner is to do. Plain values: the partition's shard makes a plan, a thread
// for blocking calls carries it out.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/log/aborted_list.hpp"
#include "broker/log/log_config.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log::cleaning {

struct sealed_segment {
    offset base;
    offset end;  // the base of the next one
    std::uint64_t size = 0;
};

// The newest batch of a producer, which has to stay.
struct last_batch {
    producer_epoch epoch;
    offset last_offset = no_offset;  // of its records; no_offset: a marker is all there is
};

struct cleaning_plan {
    std::string directory;  // of the partition, relative to the disk's root
    log_config config;
    std::vector<sealed_segment> segments;      // all up to the last that may be cleaned
    offset first_dirty;                        // below it, at a segment's base or inside, is clean
    std::vector<aborted_transaction> aborted;  // ordered by their first record
    std::unordered_map<producer_id, last_batch> producers;
    std::int64_t wall_ms = 0;
};

// How much there is to clean.
struct cleaning_need {
    std::uint64_t clean_bytes = 0;
    std::uint64_t dirty_bytes = 0;  // those that may be cleaned now
    bool overdue = false;           // max.compaction.lag.ms has passed
    double dirty_ratio() const {
        const auto all = static_cast<double>(clean_bytes + dirty_bytes);
        return all > 0 ? static_cast<double>(dirty_bytes) / all : 0;
    }
};

}  // namespace weir::broker::log::cleaning
