// transaction_filter: follows the transactions of a log from batch to batch and says what need not
// stay of them: the batches of those that were aborted, and markers of whose transaction nothing
// was found (KIP-98). Pure. Batches are shown in the order of the log.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/log/aborted_list.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::log::cleaning {

class transaction_filter {
  public:
    // `aborted`: ordered by their first record.
    explicit transaction_filter(std::vector<aborted_transaction> aborted)
        : aborted_(std::move(aborted)) {}

    // A batch of records: is it of an aborted transaction?
    bool is_aborted(const protocol::batch_view& batch);
    // A marker: were there no batches of its transaction?
    bool is_bare(const protocol::batch_view& marker);

  private:
    struct aborting {
        offset last;        // of the marker
        bool seen = false;  // a batch of it
    };

    // The aborted transaction that the batch is of; null: of none.
    aborting* find(const protocol::batch_view& batch);

    std::vector<aborted_transaction> aborted_;
    std::size_t next_ = 0;
    std::unordered_map<producer_id, aborting> aborting_;  // those under way
    // Producers of which other transactional batches were seen since their last marker: committed
    // ones, and what an earlier pass has left of aborted ones, without records.
    std::unordered_set<producer_id> others_;
};

}  // namespace weir::broker::log::cleaning
