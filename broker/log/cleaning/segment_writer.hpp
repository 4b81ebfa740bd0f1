// segment_writer: writes the file that will take the place of some segments, `<base>.log.cleaned`,
// and notes its index. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "broker/io/disk.hpp"
#include "broker/log/segment.hpp"

namespace weir::broker::log::cleaning {

inline constexpr const char* cleaned_extension = ".log.cleaned";
inline constexpr const char* swap_extension = ".log.swap";

class segment_writer {
  public:
    // `index_interval`: bytes between two index entries.
    segment_writer(io::disk& disk, const std::string& directory, offset base,
                   std::int32_t index_interval);

    // Batches come in the order of their offsets.
    io::disk_result<void> append(const protocol::batch_view& batch);
    // Writes and syncs all of it; gives the segment whose file it will be.
    io::disk_result<std::unique_ptr<segment>> finish();

    std::uint64_t size() const { return made_->size(); }
    offset end() const { return end_; }

  private:
    io::disk_result<void> write_out();

    io::disk& disk_;
    std::unique_ptr<segment> made_;
    std::shared_ptr<io::file> file_;
    std::int32_t index_interval_;
    offset end_;
    std::uint64_t written_ = 0;
    base::bytes waiting_;
};

}  // namespace weir::broker::log::cleaning
