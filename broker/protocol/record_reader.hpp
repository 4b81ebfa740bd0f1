// Records inside a batch, read one by one from inflated bytes: no copies, every length checked.
// Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "broker/protocol/record_batch.hpp"

namespace weir::broker::protocol {

// A variable-length zigzag integer (protocol guide, "Varint"), read from the front of `data`.
// False when it is cut off or too long.
bool take_varint(base::bytes_view& data, std::int64_t& value);
bool take_varint32(base::bytes_view& data, std::int32_t& value);

struct header_view {
    std::string_view key;
    std::optional<base::bytes_view> value;
};

// Views into the bytes it was read from.
struct record_view {
    std::int64_t timestamp_delta = 0;
    std::int32_t offset_delta = 0;
    std::optional<base::bytes_view> key;
    std::optional<base::bytes_view> value;
    base::bytes_view headers;  // the part after the count
    std::int32_t header_count = 0;

    // Its time in the batch that it is of; what overflows wraps, as for every client.
    std::int64_t timestamp_in(const batch_view& batch) const {
        return base::wrapping_add(batch.base_timestamp(), timestamp_delta);
    }
    // The headers; nothing when they are damaged (never after a strict reader).
    std::optional<std::vector<header_view>> parse_headers() const;
};

// What a check of a whole batch needs of each record.
struct record_summary {
    std::int64_t timestamp_delta = 0;
    std::int32_t offset_delta = 0;
    bool has_key = false;
    bool operator==(const record_summary&) const = default;
};

// Goes over the records as record_reader does, with the same checks, at a fraction of its cost: no
// views are made.
class record_scanner {
  public:
    record_scanner(base::bytes_view inflated, std::int32_t count)
        : at_(reinterpret_cast<const std::uint8_t*>(inflated.data())),
          end_(at_ + inflated.size()),
          left_(count) {}

    // False at the end, or after an error (then failed() is true).
    bool next(record_summary& record);
    // A record did not fit, or bytes were left after the last one.
    bool failed() const { return failed_; }

  private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
    std::int32_t left_;
    bool failed_ = false;
};

class record_reader {
  public:
    // `inflated`: the records of the batch; `count` as its header says.
    record_reader(base::bytes_view inflated, std::int32_t count) : rest_(inflated), left_(count) {}

    // The next record; nothing at the end, or after an error (then failed() is true).
    std::optional<record_view> next();
    // A record did not fit, or bytes were left after the last one.
    bool failed() const { return failed_; }
    // What was not read yet.
    base::bytes_view rest() const { return rest_; }

  private:
    base::bytes_view rest_;
    std::int32_t left_;
    bool failed_ = false;
};

// The records of a batch, inflated. For an uncompressed batch a view of its own payload, else of
// `scratch`. At most `size_max` bytes.
std::expected<base::bytes_view, batch_errc> inflated_payload(const batch_view& batch,
                                                             std::size_t size_max,
                                                             base::bytes& scratch);

}  // namespace weir::broker::protocol
