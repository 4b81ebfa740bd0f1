#include "broker/log/cleaning/transaction_filter.hpp"

namespace weir::broker::log::cleaning {

transaction_filter::aborting* transaction_filter::find(const protocol::batch_view& batch) {
    for (; next_ < aborted_.size() && aborted_[next_].first <= batch.last_offset(); ++next_)
        aborting_.insert_or_assign(aborted_[next_].producer,
                                   aborting{.last = aborted_[next_].last});
    const auto found = aborting_.find(batch.producer_id());
    if (found == aborting_.end()) return nullptr;
    if (batch.base_offset() <= found->second.last) return &found->second;
    aborting_.erase(found);  // its marker is gone
    return nullptr;
}

bool transaction_filter::is_aborted(const protocol::batch_view& batch) {
    auto* transaction = find(batch);
    if (!batch.is_transactional()) return false;
    if (transaction) {
        transaction->seen = true;
    } else {
        others_.insert(batch.producer_id());
    }
    return transaction != nullptr;
}

bool transaction_filter::is_bare(const protocol::batch_view& batch) {
    const auto* transaction = find(batch);
    const bool seen = others_.erase(batch.producer_id()) > 0 || (transaction && transaction->seen);
    if (transaction) aborting_.erase(batch.producer_id());
    return !seen;
}

}  // namespace weir::broker::log::cleaning
