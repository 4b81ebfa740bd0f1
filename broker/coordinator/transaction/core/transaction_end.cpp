// How transactions end: by EndTxn, when their time is over, or when another client takes the id.
#include <limits>

#include "base/arithmetic.hpp"
#include "broker/coordinator/transaction/core/transaction_core.hpp"

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
    store(transactional_id, known, out);
    write_markers(transactional_id, known, out);
}

// Aborts the open transaction of a client that is no longer to be heard. With version 2 the epoch
// of the abort is above the client's as that of every end is.
void transaction_core::fence(const std::string& transactional_id, transaction& known,
                             producer_id fresh, time_ms now, effects& out) {
    known.client_version = version_ >= version_with_epochs ? version_ : std::int16_t{0};
    if (!known.has_epochs()) {
        bump(known.producer.epoch);
        known.last_epoch = no_producer_epoch;
    }
    prepare(transactional_id, known, false, fresh, now, out);
}

void transaction_core::end(request_token token, const end_wish& wish, time_ms now, effects& out) {
    answer outcome{.error = error_code::invalid_producer_id_mapping};
    const auto found = transactions_.find(wish.transactional_id);
    if (found != transactions_.end()) {
        outcome = end_outcome(wish.transactional_id, found->second, wish, now, out);
    }
    out.replies.push_back({.to = token, .what = std::move(outcome)});
}

// Whether it is this producer's to end the transaction. With version 2 a request may come again
// when its answer got lost: then the epoch is one above that of the request, or the next producer
// id has taken over.
error_code transaction_core::check_end(const transaction& known, const end_wish& wish) {
    const auto& from = wish.producer;
    const bool with_epochs = wish.client_version >= version_with_epochs;
    const bool current = from.epoch == known.producer.epoch;
    const bool before_bump = with_epochs && known.producer.epoch.value() == from.epoch.value() + 1;
    const bool before_new_id = with_epochs && from.id == known.previous_producer &&
                               from.epoch == last_epoch_of_client &&
                               known.producer.epoch == producer_epoch(0);
    if (from.id != known.producer.id && !before_new_id) {
        return error_code::invalid_producer_id_mapping;
    }
    bool valid = current;
    // The current epoch is of the next transaction already, for which nothing was written yet:
    // Kafka fences that client, who only was too fast.
    if (with_epochs && known.is_preparing()) valid = current || before_bump;
    if (with_epochs && known.is_complete()) valid = current || before_bump || before_new_id;
    return valid ? error_code::none : error_code::producer_fenced;
}

answer transaction_core::end_outcome(const std::string& transactional_id, transaction& known,
                                     const end_wish& wish, time_ms now, effects& out) {
    const auto refused = check_end(known, wish);
    if (refused != error_code::none) return {.error = refused};
    if (known.is_preparing()) return {.error = error_code::concurrent_transactions};
    if (known.state != transaction_state::ongoing) {
        const bool with_epochs = wish.client_version >= version_with_epochs;
        const bool done_once = !with_epochs || wish.producer != known.producer;
        const bool same = wish.commits == (known.state == transaction_state::complete_commit);
        if (done_once && same && known.is_complete()) return {.producer = known.producer};
        // A client of version 2 may abort before it has written anything.
        if (done_once || wish.commits) return {.error = error_code::invalid_txn_state};
        known.partitions.clear();
        known.started_at = -1;
    }
    if (wish.client_version >= version_with_epochs && known.is_exhausted() &&
        wish.fresh == no_producer_id) {
        return {.error = error_code::concurrent_transactions};
    }
    known.client_version = wish.client_version;
    prepare(transactional_id, known, wish.commits, wish.fresh, now, out);
    const bool next = known.next_producer != no_producer_id;
    return {.producer =
                next ? producer_identity{.id = known.next_producer, .epoch = producer_epoch(0)}
                     : known.producer};
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
    store(transactional_id, known, out);
}

void transaction_core::tick(time_ms now, effects& out) {
    for (auto& [id, known] : transactions_) {
        if (known.state != transaction_state::ongoing) continue;
        if (base::saturating_subtract(now, known.started_at) < known.timeout_ms) continue;
        fence(id, known, no_producer_id, now, out);
    }
}

}  // namespace weir::broker::coordinator::transaction
