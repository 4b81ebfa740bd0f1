// batch_builder: makes record batches, for what the broker writes itself (metadata, group offsets,
// control records), for the tools and for tests. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "broker/protocol/record_batch.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::protocol {

void put_varint(base::bytes& out, std::int64_t value);

struct batch_options {
    offset base_offset{0};
    leader_epoch partition_leader_epoch = no_leader_epoch;
    compression::codec codec = compression::codec::none;
    int level = 0;
    broker::producer_id producer_id = no_producer_id;
    broker::producer_epoch producer_epoch = no_producer_epoch;
    std::int32_t base_sequence = no_sequence;
    bool transactional = false;
    bool control = false;
};

class batch_builder {
  public:
    // Adds a record; the views are only used during the call.
    void add(std::int64_t timestamp, std::optional<base::bytes_view> key,
             std::optional<base::bytes_view> value, std::span<const header_view> headers = {});

    std::int32_t count() const { return count_; }
    bool empty() const { return count_ == 0; }
    // Bytes of the records so far, before compression.
    std::size_t payload_size() const { return payload_.size(); }

    // The batch; the builder is empty again. There was at least one record.
    base::bytes finish(const batch_options& options);

  private:
    base::bytes payload_;
    base::bytes record_;  // scratch for one record, whose length comes first
    std::int32_t count_ = 0;
    std::int64_t base_timestamp_ = 0;
    std::int64_t max_timestamp_ = 0;
};

}  // namespace weir::broker::protocol
