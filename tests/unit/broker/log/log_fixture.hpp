// What the tests of the log share: batches to append, a log on a fault disk, reading it back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/log/partition_log.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "broker/protocol/record_reader.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::test {

struct batch_wish {
    int count = 1;
    std::string value = "value";
    std::int64_t timestamp = 1'000'000;
    broker::producer_id producer = broker::no_producer_id;
    broker::producer_epoch epoch = broker::no_producer_epoch;
    std::int32_t sequence = broker::protocol::no_sequence;
    broker::protocol::compression::codec codec = broker::protocol::compression::codec::none;
    bool transactional = false;
};

base::bytes make_batch(const batch_wish& wish);

inline constexpr std::int64_t test_now_ms = 1'000'000;

// Opens the log "t-0". All logs of a test program share their batch memory, as those of a shard do.
std::unique_ptr<broker::log::partition_log> open_log(fault_disk& disk,
                                                     broker::log::open_options options = {});

std::expected<broker::log::appended, broker::log::append_error> append(
    broker::log::partition_log& log, const batch_wish& wish, std::int32_t epoch = 1);

// Syncs what was appended, as the node's sync thread does.
void flush(broker::log::partition_log& log, fault_disk& disk);

struct read_record {
    std::int64_t offset = 0;
    std::string value;
    bool operator==(const read_record&) const = default;
};
// All records from `from` on, in as many reads as it takes.
std::vector<read_record> read_all(broker::log::partition_log& log, std::int64_t from,
                                  std::uint32_t max_bytes = 1 << 20);

// What a read_committed consumer gets from `from` up to the last stable offset, in fetches of at
// most `max_bytes`: it leaves out what the log tells it to.
using record_visitor =
    std::function<void(broker::offset at, const broker::protocol::record_view& record)>;
void for_each_committed(broker::log::partition_log& log, broker::offset from,
                        std::uint32_t max_bytes, const record_visitor& visit);

}  // namespace weir::test
