// offsets: where a partition begins and ends, what a group has committed, and committing it in a
// producer's transaction. Called on the thread of the client it is given.
#pragma once

#include "connect/kafka/consumer.hpp"
#include "connect/kafka/producer.hpp"

namespace weir::connect::kafka {

// The first offset and the one after the last, of a partition.
struct offset_range {
    std::int64_t begin = 0;
    std::int64_t end = 0;  // with isolation.level=read_committed: the last stable offset
};
client_result<offset_range> offset_range_of(consumer& with, const std::string& topic,
                                            std::int32_t partition, milliseconds timeout);

struct group_offset {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = -1;  // of the next record; below 0: none committed
    std::string metadata;      // a text that is committed with it
};

// What the consumer's group has committed of the partitions of `of`.
client_result<std::vector<group_offset>> committed_offsets(consumer& with,
                                                           std::vector<group_offset> of,
                                                           milliseconds timeout);

// Commits them for the group with the transaction that `with` has begun. The group must have no
// members.
client_result<void> send_offsets(producer& with, const std::string& group,
                                 const std::vector<group_offset>& what, milliseconds timeout);

}  // namespace weir::connect::kafka
