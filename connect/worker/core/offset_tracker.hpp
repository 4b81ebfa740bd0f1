// offset_tracker: which positions of a source may be written: those of batches whose records, and
// those of all batches before, are acknowledged, up to one that ends a unit. Pure.
//
// Invariant: a position that take() gives is never ahead of a record that is not acknowledged.
//
// As Connect's SubmittedRecords, but by batch instead of by record.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::connect::worker::core {

struct position {
    std::string partition;
    std::string offset;  // empty: forget the partition

    bool operator==(const position&) const = default;
};

// The first `batches` batches are done, and these positions hold: the last of each partition.
struct progress {
    std::uint64_t batches = 0;
    std::vector<position> positions;
};

class offset_tracker {
  public:
    // The next batch, from 1. `records` of it will be acknowledged one by one, or all at once by
    // acknowledge_all(); `open`: its unit goes on in the next one.
    std::uint64_t add(std::uint64_t records, std::vector<position> positions, bool open);
    // More records of the batch that was added last.
    void acknowledge(std::uint64_t batch, std::uint64_t records = 1);
    void acknowledge_all();
    // What is done since the last time, if anything.
    std::optional<progress> take();

    // Batches that take() has not given.
    std::size_t pending() const { return batches_.size(); }
    std::uint64_t last() const { return first_ + batches_.size() - 1; }
    // Whether the batch that was added last leaves its unit open.
    bool is_open() const { return !batches_.empty() && batches_.back().open; }
    // Whether something waits that is worth a commit: records or positions.
    bool has_content() const { return content_ > 0; }

  private:
    struct batch {
        std::uint64_t unacknowledged = 0;
        bool open = false;
        bool content = false;
        std::vector<position> positions;
    };
    std::deque<batch> batches_;
    std::uint64_t first_ = 1;  // the number of batches_.front()
    std::size_t content_ = 0;  // batches with content
};

}  // namespace weir::connect::worker::core
