#include "broker/coordinator/transaction/core/transaction_core.hpp"

#include <algorithm>
#include <array>

#include "base/arithmetic.hpp"
#include "broker/coordinator/transaction/core/transaction_records.hpp"

namespace weir::broker::coordinator::transaction {
namespace {

constexpr std::array<std::string_view, 8> state_names = {
    "Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
    "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence"};

void answer_with(request_token token, answer what, effects& out) {
    out.replies.push_back({.to = token, .what = std::move(what)});
}

}  // namespace

std::string_view to_text(transaction_state state) {
    return state_names.at(static_cast<std::size_t>(state));
}

std::optional<transaction_state> parse_state(std::string_view text) {
    const auto at = std::ranges::find(state_names, text);
    if (at == state_names.end()) return std::nullopt;
    return static_cast<transaction_state>(at - state_names.begin());
}

void transaction_core::load(base::bytes_view key, const std::optional<base::bytes_view>& value) {
    auto stored = read_record(key, value);
    if (!stored) return;
    if (stored->value) {
        transactions_.insert_or_assign(stored->transactional_id, std::move(*stored->value));
    } else {
        transactions_.erase(stored->transactional_id);
    }
}

void transaction_core::store(const std::string& transactional_id, const transaction& known,
                             effects& out) const {
    out.records.push_back(transaction_record(transactional_id, known, version_));
}

void transaction_core::finish_load(effects& out) {
    for (const auto& [id, known] : transactions_) {
        if (known.is_preparing()) write_markers(id, known, out);
    }
}

const transaction* transaction_core::find(const std::string& transactional_id) const {
    const auto found = transactions_.find(transactional_id);
    return found == transactions_.end() ? nullptr : &found->second;
}

std::vector<listed_transaction> transaction_core::list() const {
    std::vector<listed_transaction> all;
    for (const auto& [id, known] : transactions_) {
        all.push_back({.transactional_id = id,
                       .producer = known.producer.id,
                       .state = known.state,
                       .started_at = known.started_at});
    }
    return all;
}

bool transaction_core::needs_producer_id(const std::string& transactional_id) const {
    const auto* known = find(transactional_id);
    return !known || known->is_exhausted();
}

// Moves to the epoch that the client gets, or says why not. The client's own epoch is the current
// one, or with a repeated request the one before (KIP-360).
std::optional<answer> transaction_core::next_epoch(transaction& known,
                                                   const init_wish& wish) const {
    const bool named = wish.expected.id != no_producer_id;
    const bool current = !named || known.producer.epoch == no_producer_epoch ||
                         wish.expected.epoch == known.producer.epoch;
    if (!current) {
        const bool repeated = wish.expected.epoch == known.last_epoch;
        if (repeated) return std::nullopt;
        return answer{.error = error_code::producer_fenced};
    }
    if (known.is_exhausted() && wish.fresh == no_producer_id) {
        return answer{.error = error_code::concurrent_transactions};
    }
    known.last_epoch = named ? known.producer.epoch : no_producer_epoch;
    if (known.is_exhausted()) {
        known.previous_producer = known.producer.id;
        known.producer = {.id = wish.fresh, .epoch = producer_epoch(0)};
    } else {
        ++known.producer.epoch;
    }
    return std::nullopt;
}

// A client that names another producer id than the present one: only the id whose epochs were used
// up may go on.
bool transaction_core::is_stranger(const transaction& known, const producer_identity& client) {
    if (client.id == no_producer_id || known.producer.epoch == no_producer_epoch) return false;
    if (client.id == known.producer.id) return false;
    return client.id != known.previous_producer || client.epoch < last_epoch_of_client;
}

void transaction_core::init(request_token token, const init_wish& wish, time_ms now, effects& out) {
    if (wish.timeout_ms <= 0 || wish.timeout_ms > options_.timeout_ms_max) {
        return answer_with(token, {.error = error_code::invalid_transaction_timeout}, out);
    }
    auto found = transactions_.find(wish.transactional_id);
    if (found == transactions_.end()) {
        if (wish.fresh == no_producer_id) {
            return answer_with(token, {.error = error_code::concurrent_transactions}, out);
        }
        found = transactions_.emplace(wish.transactional_id, transaction{}).first;
        found->second.producer.id = wish.fresh;
    }
    auto& known = found->second;
    if (known.is_preparing()) {
        return answer_with(token, {.error = error_code::concurrent_transactions}, out);
    }
    if (is_stranger(known, wish.expected)) {
        return answer_with(token, {.error = error_code::producer_fenced}, out);
    }
    if (known.state == transaction_state::ongoing) {
        fence(wish.transactional_id, known, wish.fresh, now, out);
        return answer_with(token, {.error = error_code::concurrent_transactions}, out);
    }
    if (auto refused = next_epoch(known, wish)) return answer_with(token, *refused, out);
    known.state = transaction_state::empty;
    known.partitions.clear();
    known.timeout_ms = wish.timeout_ms;
    known.started_at = -1;
    known.updated_at = now;
    store(wish.transactional_id, known, out);
    answer_with(token, {.producer = known.producer}, out);
}

error_code transaction_core::check_producer(const transaction& known,
                                            const producer_identity& producer) {
    if (producer.id != known.producer.id) return error_code::invalid_producer_id_mapping;
    if (producer.epoch != known.producer.epoch) return error_code::producer_fenced;
    return known.is_preparing() ? error_code::concurrent_transactions : error_code::none;
}

void transaction_core::add_partitions(request_token token, const add_wish& wish, time_ms now,
                                      effects& out) {
    const auto found = transactions_.find(wish.transactional_id);
    if (found == transactions_.end()) {
        return answer_with(token, {.error = error_code::invalid_producer_id_mapping}, out);
    }
    auto& known = found->second;
    const auto refused = check_producer(known, wish.producer);
    if (refused != error_code::none) return answer_with(token, {.error = refused}, out);
    const bool begins = known.state != transaction_state::ongoing;
    const auto before = known.partitions.size();
    if (begins) known.partitions.clear();
    known.partitions.insert(wish.partitions.begin(), wish.partitions.end());
    if (begins || known.partitions.size() != before) {
        if (begins) known.started_at = now;
        known.state = transaction_state::ongoing;
        known.updated_at = now;
        known.client_version = wish.client_version;
        store(wish.transactional_id, known, out);
    }
    answer_with(token, {.producer = known.producer}, out);
}

void transaction_core::verify(request_token token, const add_wish& wish, effects& out) const {
    const auto* known = find(wish.transactional_id);
    if (!known) {
        return answer_with(token, {.error = error_code::invalid_producer_id_mapping}, out);
    }
    const auto refused = check_producer(*known, wish.producer);
    if (refused != error_code::none) return answer_with(token, {.error = refused}, out);
    answer found;
    for (const auto& each : wish.partitions) {
        const bool inside =
            known->state == transaction_state::ongoing && known->partitions.contains(each);
        if (!inside) found.refused.insert(each);
    }
    answer_with(token, std::move(found), out);
}

void transaction_core::expire_ids(time_ms now, effects& out) {
    std::erase_if(transactions_, [&](const auto& each) {
        const auto& known = each.second;
        const bool busy = known.state == transaction_state::ongoing || known.is_preparing();
        const auto unused_for = base::saturating_subtract(now, known.updated_at);
        if (busy || unused_for < options_.id_expiration_ms) return false;
        out.records.push_back(transaction_tombstone(each.first));
        return true;
    });
}

}  // namespace weir::broker::coordinator::transaction
