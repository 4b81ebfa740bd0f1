// Puts length and checksum of mutated record batches right, so that inputs get past them.
#pragma once

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::fuzz {

inline void renew_checksum(base::mutable_bytes batch) {
    constexpr std::size_t at_crc = 17;
    constexpr std::size_t at_attributes = 21;
    base::store_be(batch.data() + at_crc,
                   base::crc32c(base::bytes_view(batch).subspan(at_attributes)));
}

// Makes the whole of `data` one batch.
inline void repair_batch(base::mutable_bytes data) {
    if (data.size() < broker::protocol::batch_header_size) return;
    const auto length = data.size() - broker::protocol::batch_prefix_size;
    base::store_be(data.data() + 8, static_cast<std::int32_t>(length));
    renew_checksum(data);
}

// Renews the checksums of all batches that follow each other from the front.
inline void repair_log(base::mutable_bytes data) {
    while (const auto batch = broker::protocol::batch_view::parse(data)) {
        renew_checksum(data.first(batch->size()));
        data = data.subspan(batch->size());
    }
}

}  // namespace weir::fuzz
