// transaction_core: the transactional ids of one partition of __transaction_state (README.md has
// the state machine). Pure: requests, time and stored records come in; records to append, replies
// and markers to write go out (transaction_types.hpp).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/coordinator/transaction/core/transaction_types.hpp"

namespace weir::broker::coordinator::transaction {

struct listed_transaction {
    std::string transactional_id;
    producer_id producer;
    transaction_state state;
    time_ms started_at = -1;
};

class transaction_core {
  public:
    explicit transaction_core(core_options options) : options_(options) {}

    // The level of transaction.version that the cluster has now; before each step. What the
    // coordinator ends by itself ends as that version does, and records are written as it has them.
    void set_version(std::int16_t level) { version_ = level; }

    // Replays a stored record. `finish_load` when all are in: gives the markers that a transaction
    // still needs.
    void load(base::bytes_view key, const std::optional<base::bytes_view>& value);
    void finish_load(effects& out);

    // InitProducerId: a new epoch of the id; an open transaction is aborted first
    // (CONCURRENT_TRANSACTIONS meanwhile). INVALID_TRANSACTION_TIMEOUT, PRODUCER_FENCED.
    void init(request_token token, const init_wish& wish, time_ms now, effects& out);
    // AddPartitionsToTxn, AddOffsetsToTxn, and the partitions of Produce and TxnOffsetCommit with
    // version 2. INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS.
    void add_partitions(request_token token, const add_wish& wish, time_ms now, effects& out);
    // Whether the partitions are of the producer's open transaction; the answer's `refused` are
    // those that are not (KIP-890, before version 2).
    void verify(request_token token, const add_wish& wish, effects& out) const;
    // EndTxn. INVALID_TXN_STATE besides the errors above.
    void end(request_token token, const end_wish& wish, time_ms now, effects& out);
    // All partitions have their markers, or are no more.
    void markers_written(const std::string& transactional_id, const producer_identity& marked,
                         time_ms now, effects& out);

    // True when the id's next step needs a fresh producer id: its epochs are used up.
    bool needs_producer_id(const std::string& transactional_id) const;
    // Null when the id is not known.
    const transaction* find(const std::string& transactional_id) const;
    std::vector<listed_transaction> list() const;

    // Aborts transactions whose time is over.
    void tick(time_ms now, effects& out);
    // Forgets ids that nobody has used for long.
    void expire_ids(time_ms now, effects& out);

  private:
    // Why a request of this producer cannot go on; none when it can.
    static error_code check_producer(const transaction& known, const producer_identity& producer);
    static bool is_stranger(const transaction& known, const producer_identity& client);
    std::optional<answer> next_epoch(transaction& known, const init_wish& wish) const;
    answer end_outcome(const std::string& transactional_id, transaction& known,
                       const end_wish& wish, time_ms now, effects& out);
    static error_code check_end(const transaction& known, const end_wish& wish);
    void fence(const std::string& transactional_id, transaction& known, producer_id fresh,
               time_ms now, effects& out);
    void prepare(const std::string& transactional_id, transaction& known, bool commits,
                 producer_id fresh, time_ms now, effects& out);
    static void write_markers(const std::string& transactional_id, const transaction& known,
                              effects& out);

    void store(const std::string& transactional_id, const transaction& known, effects& out) const;

    core_options options_;
    std::int16_t version_ = version_with_epochs;
    std::map<std::string, transaction> transactions_;
};

}  // namespace weir::broker::coordinator::transaction
