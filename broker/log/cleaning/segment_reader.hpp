// segment_reader: the verified batches of some sealed segments, one after the other. One thread at
// a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "broker/io/disk.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/log/cleaning/cleaning_plan.hpp"

namespace weir::broker::log::cleaning {

class segment_reader {
  public:
    // `segments` of the partition in `directory`, in the order of their offsets.
    segment_reader(io::disk& disk, std::string directory, std::span<const sealed_segment> segments)
        : disk_(disk), directory_(std::move(directory)), left_(segments) {}

    // The next batch, valid until the next call; nothing at the end. EBADMSG: damaged; ENOENT: the
    // segment is gone.
    io::disk_result<std::optional<protocol::batch_view>> next();
    // The error for a batch that was given, but is damaged inside.
    io::disk_error damage(protocol::batch_errc why) const;

  private:
    io::disk_result<void> open_next();

    io::disk& disk_;
    std::string directory_;
    std::span<const sealed_segment> left_;
    std::shared_ptr<io::file> file_;
    std::optional<batch_walker> walker_;
};

}  // namespace weir::broker::log::cleaning
