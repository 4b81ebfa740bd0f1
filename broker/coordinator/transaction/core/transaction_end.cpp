// How transactions end: by EndTxn, when their time is over, or when another client takes the id.
#include <limits>

#include "broker/coordinator/transaction/core/transaction_core.hpp"
#include "broker/coordinator/transaction/core/transaction_records.hpp"

namespace weir::broker::coordinator::transaction {
namespace {

void bump(producer_epoch& epoch) {
    if (epoch.value() < std::numeric_limits<std::int16_t>::max()) ++epoch;
}

}  // namespace

void transaction_core::write_markers(const std::string& transactional_id, const transaction& known,
                                     effects& out) {
    out.markers.push_back({.transactional_id = transactional_id,
                           .producer = known.producer,
                           .commits = known.state == transaction_state::prepare_commit,
                           .above_epoch = known.has_epochs(),
                           .partitions = {known.partitions.begin(), known.partitions.end()}});
}

// The decision: once this record is committed nothing can change it.
void transaction_core::prepare(const std::string& transactional_id, transaction& known,
                               bool commits, producer_id fresh, time_ms now, effects& out) {
    known.state = commits ? transaction_state::prepare_commit : transaction_state::prepare_abort;
    if (known.started_at < 0) known.started_at = now;
    known.updated_at = now;
    if (known.has_epochs()) {
        known.last_epoch = known.producer.epoch;
        known.next_producer = known.is_exhausted() ? fresh : no_producer_id;
        bump(known.producer.epoch);
    }
    out.records.push_back(transaction_record(transactional_id, known));
    write_markers(transactional_id, known, out);
}

// Aborts the open transaction of a client that is no longer to be heard.
void transaction_core::fence(const std::string& transactional_id, transaction& known,
                             producer_id fresh, time_ms now, effects& out) {
    bump(known.producer.epoch);
    prepare(transactional_id, known, false, fresh, now, out);
    known.last_epoch = no_producer_epoch;
}

void transaction_core::end(request_token token, const end_wish& wish, time_ms now, effects& out) {
    answer outcome{.error = error_code::invalid_producer_id_mapping};
    const auto found = transactions_.find(wish.transactional_id);
    if (found != transactions_.end()) {
        outcome = end_outcome(wish.transactional_id, found->second, wish, now, out);
    }
    out.replies.push_back({.to = token, .what = std::move(outcome)});
}

answer transaction_core::end_outcome(const std::string& transactional_id, transaction& known,
                                     const end_wish& wish, time_ms now, effects& out) {
    const bool current = wish.producer == known.producer;
    if (!current) return end_again(known, wish);
    switch (known.state) {
        case transaction_state::ongoing:
            break;
        case transaction_state::empty:
        case transaction_state::complete_commit:
        case transaction_state::complete_abort: {
            const bool with_epochs = wish.client_version >= version_with_epochs;
            if (!with_epochs) return end_again(known, wish);
            // A client may abort before it has written anything.
            if (wish.commits) return {.error = error_code::invalid_txn_state};
            known.partitions.clear();
            known.started_at = -1;
            break;
        }
        default:
            return end_again(known, wish);
    }
    known.client_version = wish.client_version;
    if (known.has_epochs() && known.is_exhausted() && wish.fresh == no_producer_id) {
        return {.error = error_code::concurrent_transactions};
    }
    prepare(transactional_id, known, wish.commits, wish.fresh, now, out);
    const bool next = known.next_producer != no_producer_id;
    return {.producer =
                next ? producer_identity{.id = known.next_producer, .epoch = producer_epoch(0)}
                     : known.producer};
}

// A repeated EndTxn, or one that comes when there is nothing to end.
answer transaction_core::end_again(const transaction& known, const end_wish& wish) const {
    const bool with_epochs = wish.client_version >= version_with_epochs;
    const bool before_bump = with_epochs && wish.producer.id == known.producer.id &&
                             wish.producer.epoch == known.last_epoch;
    const bool before_new_id = with_epochs && wish.producer.id == known.previous_producer &&
                               known.producer.epoch == producer_epoch(0);
    const bool repeated = before_bump || before_new_id;
    if (!repeated && wish.producer.id != known.producer.id) {
        return {.error = error_code::invalid_producer_id_mapping};
    }
    if (!repeated && wish.producer.epoch != known.producer.epoch) {
        return {.error = error_code::producer_fenced};
    }
    const bool done_once = repeated || !with_epochs;
    switch (known.state) {
        case transaction_state::prepare_commit:
        case transaction_state::prepare_abort:
            return {.error = error_code::concurrent_transactions};
        case transaction_state::complete_commit:
        case transaction_state::complete_abort: {
            const bool same = wish.commits == (known.state == transaction_state::complete_commit);
            if (!done_once || !same) return {.error = error_code::invalid_txn_state};
            return {.producer = known.producer};
        }
        default:
            return {.error = error_code::invalid_txn_state};
    }
}

void transaction_core::markers_written(const std::string& transactional_id,
                                       const producer_identity& marked, time_ms now, effects& out) {
    const auto found = transactions_.find(transactional_id);
    if (found == transactions_.end()) return;
    auto& known = found->second;
    if (!known.is_preparing() || marked != known.producer) return;
    known.state = known.state == transaction_state::prepare_commit
                      ? transaction_state::complete_commit
                      : transaction_state::complete_abort;
    known.partitions.clear();
    known.updated_at = now;
    if (known.next_producer != no_producer_id) {
        known.previous_producer = known.producer.id;
        known.last_epoch = known.producer.epoch;
        known.producer = {.id = known.next_producer, .epoch = producer_epoch(0)};
        known.next_producer = no_producer_id;
    } else if (known.has_epochs()) {
        known.previous_producer = known.producer.id;
    }
    out.records.push_back(transaction_record(transactional_id, known));
}

void transaction_core::tick(time_ms now, effects& out) {
    for (auto& [id, known] : transactions_) {
        if (known.state != transaction_state::ongoing) continue;
        if (now - known.started_at < known.timeout_ms) continue;
        fence(id, known, no_producer_id, now, out);
    }
}

}  // namespace weir::broker::coordinator::transaction
