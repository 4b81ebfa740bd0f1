// batch_walker: goes over the batches of a log file from a batch boundary on, header by header,
// reading in chunks. Damage is an outcome with its position.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "broker/io/disk.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log {

struct walked_batch {
    std::uint64_t position = 0;
    protocol::batch_view header;  // valid until the next call
    std::uint64_t end() const { return position + header.size(); }
};

class batch_walker {
  public:
    // From `position` up to `end` of `from`.
    batch_walker(const io::file& from, std::uint64_t position, std::uint64_t end);

    // The next batch's header; nothing at the end or at damage (then damage() says what). A batch
    // that goes beyond `end` is damage: truncated.
    std::optional<walked_batch> next();
    // The next batch whole, its checksum verified.
    std::optional<walked_batch> next_verified();

    const std::optional<protocol::batch_errc>& damage() const { return damage_; }
    // The disk failed, not the bytes.
    const std::optional<io::disk_error>& failure() const { return failure_; }
    // The file with the position and kind of the damage, for people.
    std::string damage_text() const;
    std::uint64_t position() const { return position_; }

  private:
    std::optional<walked_batch> take(bool whole);
    // Bytes [position_, position_ + size) in the chunk; empty at a failure.
    base::bytes_view bytes_at_position(std::size_t size);

    const io::file& from_;
    std::uint64_t position_;
    std::uint64_t end_;
    std::uint64_t chunk_at_ = 0;
    std::size_t chunk_size_;
    base::bytes chunk_;
    std::optional<protocol::batch_errc> damage_;
    std::optional<io::disk_error> failure_;
};

}  // namespace weir::broker::log
