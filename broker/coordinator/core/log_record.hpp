// log_record: a record of a coordinator's topic; no value is a tombstone.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::coordinator {

struct log_record {
    base::bytes key;
    std::optional<base::bytes> value;
};

// Whose transaction records are part of; none by default.
struct log_producer {
    producer_id id = no_producer_id;
    producer_epoch epoch = no_producer_epoch;
};

}  // namespace weir::broker::coordinator
