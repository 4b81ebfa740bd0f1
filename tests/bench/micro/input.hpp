// What the micro benchmarks work on: batches like those that a producer makes.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "broker/protocol/compression/codec.hpp"

namespace weir::bench {

struct batch_shape {
    std::int32_t records = 500;
    std::size_t value_bytes = 100;
    broker::protocol::compression::codec codec = broker::protocol::compression::codec::none;
};

// A batch of format 2 with a valid checksum; values are text that compresses about three times.
base::bytes make_batch(const batch_shape& shape);

}  // namespace weir::bench
