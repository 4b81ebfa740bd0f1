// cleaning_pass: one pass over the segments of a plan, in steps (README.md). Each step blocks on
// the disk for a bounded number of bytes: it is called on a thread for that, one at a time. What is
// made takes its place by partition_log::take_cleaned, on the partition's shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/log/cleaning/batch_filter.hpp"
#include "broker/log/cleaning/cleaning_plan.hpp"
#include "broker/log/cleaning/segment_reader.hpp"
#include "broker/log/cleaning/segment_writer.hpp"
#include "broker/log/cleaning/transaction_filter.hpp"

namespace weir::broker::log::cleaning {

// Segments that become one; its file is `.log.cleaned`, synced.
struct cleaned_group {
    std::vector<offset> bases;  // of the segments it was made of
    offset end;
    std::unique_ptr<segment> made;
};

struct cleaning_counts {
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
};

enum class cleaning_progress : std::uint8_t {
    more,
    group,  // take_group() has one now
    done,
};

class cleaning_pass {
  public:
    // `key_memory`: bytes for the map of keys.
    cleaning_pass(io::disk& disk, cleaning_plan plan, std::size_t key_memory);
    cleaning_pass(const cleaning_pass&) = delete;
    cleaning_pass& operator=(const cleaning_pass&) = delete;

    // Goes on for about `bytes`. Fails with EBADMSG when a batch is damaged, ENOENT when a segment
    // is gone: then nothing more can be done.
    io::disk_result<cleaning_progress> step(std::uint64_t bytes);
    cleaned_group take_group() { return std::move(made_); }

    // After `done`: everything below was cleaned.
    offset cleaned_up_to() const { return map_end_; }
    const cleaning_counts& counts() const { return counts_; }

  private:
    // A group of segments under way.
    struct group {
        std::span<const sealed_segment> segments;
        segment_reader reader;
        segment_writer writer;
    };

    io::disk_result<cleaning_progress> map_more();
    std::expected<bool, protocol::batch_errc> map_batch(const protocol::batch_view& batch);
    void map_is_made(offset end);
    io::disk_result<cleaning_progress> copy_more();
    void begin_group();
    io::disk_result<void> copy_batch(const protocol::batch_view& batch);
    io::disk_result<cleaning_progress> finish_group();
    batch_standing standing_of(const protocol::batch_view& batch);
    bool is_last_of_producer(const protocol::batch_view& batch) const;

    io::disk& disk_;
    cleaning_plan plan_;
    key_hasher hash_;
    key_map newest_;
    offset map_end_;
    base::bytes inflated_;
    transaction_filter transactions_;          // of what is read now
    std::optional<segment_reader> mapping_;    // until the map is made
    std::optional<batch_filter> filter_;       // from then on
    std::span<const sealed_segment> to_copy_;  // but for the group under way
    std::optional<group> group_;
    cleaned_group made_;
    cleaning_counts counts_;
};

}  // namespace weir::broker::log::cleaning
