// aborted_list: the transactions that were aborted on a partition, in the order of their markers:
// what a read_committed consumer has to leave out (KIP-98). Pure but for its files: the rows of a
// segment are its `.txnindex`, in Kafka's format (FORMAT.md).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::log {

struct aborted_transaction {
    producer_id producer;
    offset first;        // of its first record on this partition
    offset last;         // of the marker
    offset last_stable;  // the last stable offset when the marker was written
    bool operator==(const aborted_transaction&) const = default;
};

class aborted_list {
  public:
    // The next one: its marker lies above all others'.
    void add(const aborted_transaction& row) { rows_.push_back(row); }
    // Those that have records or their marker in [from, below), ordered by their first record.
    std::vector<aborted_transaction> between(offset from, offset below) const;

    // Forgets those whose marker is at or above `end`, or below `start`.
    void truncate_from_end(offset end);
    void truncate_from_start(offset start);
    // Forgets those whose marker is in [from, below): their records were cleaned away.
    void erase(offset from, offset below);
    const std::deque<aborted_transaction>& rows() const { return rows_; }
    bool empty() const { return rows_.empty(); }

    // Makes `path` the file of the rows with a marker in [base, next); true when there are any.
    // Without rows there is no file: one that is there is of a log that was cut since.
    io::disk_result<bool> save(io::disk& disk, const std::string& path, offset base,
                               offset next) const;
    // Adds the rows of a segment with the offsets [base, next); false when the file is damaged.
    // Files are loaded in the order of their segments.
    io::disk_result<bool> load(io::disk& disk, const std::string& path, offset base, offset next);

  private:
    std::deque<aborted_transaction> rows_;
};

}  // namespace weir::broker::log
