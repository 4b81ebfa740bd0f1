// control_marker: the record that ends a producer's transaction on a partition (KIP-98, "Control
// Messages"). It is alone in a control batch of that producer. Pure.
//   key    i16 version 0, i16 type: 0 abort, 1 commit
//   value  i16 version 0, i32 epoch of the transaction coordinator
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {

struct control_marker {
    bool commits = false;
    std::int32_t coordinator_epoch = 0;
};

// The marker that a whole control batch holds; nothing when it holds another control record.
std::optional<control_marker> marker_in(const protocol::batch_view& batch);

base::bytes make_marker_batch(broker::producer_id producer, broker::producer_epoch epoch,
                              const control_marker& marker, std::int64_t now_ms);

}  // namespace weir::broker::log
