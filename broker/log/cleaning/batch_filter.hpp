// batch_filter: what stays of a batch when its log is cleaned (README.md). Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "base/bytes.hpp"
#include "broker/log/cleaning/key_map.hpp"
#include "broker/protocol/record_batch.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::log::cleaning {

struct filter_rules {
    offset map_end;  // records at or above it stay
    std::int64_t wall_ms = 0;
    std::int64_t delete_retention_ms = 0;
};

// What is known of a batch beside its bytes.
struct batch_standing {
    bool aborted = false;      // of an aborted transaction
    bool bare_marker = false;  // a marker, and nothing of its transaction is there
    bool must_stay = false;    // without records if need be
};

class batch_filter {
  public:
    // `newest`: the keys whose records below map_end have a newest one.
    batch_filter(const key_map& newest, const key_hasher& hash, const filter_rules& rules)
        : newest_(newest), hash_(hash), rules_(rules) {}

    // The batch as it stays: a view of `batch`, which was verified, or of memory that is valid
    // until the next call; empty when nothing stays. `level`: to compress what stays.
    std::expected<base::bytes_view, protocol::batch_errc> apply(const protocol::batch_view& batch,
                                                                const batch_standing& standing,
                                                                int level);

  private:
    struct kept_record {
        base::bytes_view bytes;  // with its length
        std::int64_t timestamp = 0;
    };

    bool stays(const protocol::batch_view& batch, const protocol::record_view& record) const;
    bool is_past_horizon(const protocol::batch_view& batch) const;
    std::expected<void, protocol::batch_errc> choose(const protocol::batch_view& batch);
    base::bytes_view marker(const protocol::batch_view& batch, const batch_standing& standing,
                            int level);
    base::bytes_view without_records(const protocol::batch_view& batch, bool must_stay);
    base::bytes_view with_kept(const protocol::batch_view& batch, bool sets_horizon, int level);

    const key_map& newest_;
    const key_hasher& hash_;
    filter_rules rules_;
    base::bytes inflated_;
    base::bytes payload_;
    base::bytes made_;
    std::vector<kept_record> kept_;  // of the batch at hand
    bool keeps_tombstone_ = false;
};

}  // namespace weir::broker::log::cleaning
