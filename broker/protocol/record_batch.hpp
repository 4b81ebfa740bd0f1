// Record batches, format 2 (protocol guide "Record Batch", KIP-98): a view over the 61 bytes of the
// header, and the changes that a broker makes in place. Pure.
//
// The CRC covers everything from the attributes on, so that base offset and leader epoch, which
// the broker sets, are outside of it.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/arithmetic.hpp"
#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "broker/protocol/compression/codec.hpp"
#include "broker/protocol/ids.hpp"

namespace weir::broker::protocol {

enum class batch_errc : std::uint8_t {
    truncated,   // fewer bytes than the batch says it has
    bad_length,  // a length that no batch can have
    bad_offset,  // offsets below 0, or that go backwards (in a log)
    bad_magic,   // older than format 2
    unknown_magic,
    bad_crc,
    bad_codec,
    bad_record,  // a record that does not fit its batch
};
std::string_view to_text(batch_errc error);

inline constexpr std::size_t batch_header_size = 61;
// Base offset and length come before what the length counts.
inline constexpr std::size_t batch_prefix_size = 12;
inline constexpr std::int32_t no_sequence = -1;

class batch_view {
  public:
    // A view of the first batch in `data`, whose header and length have been checked against the
    // bytes; neither CRC nor records are. `data` may go on behind the batch.
    static std::expected<batch_view, batch_errc> parse(base::bytes_view data);
    // A view over the header alone (at least batch_header_size bytes): for those who read headers
    // from a file one by one. bytes() must not be used.
    static std::expected<batch_view, batch_errc> parse_header(base::bytes_view header);
    // A view over at least batch_header_size bytes that may say anything: for those who show what
    // is wrong with a batch.
    static batch_view unchecked(base::bytes_view header) { return batch_view(header); }

    offset base_offset() const { return offset(load<std::int64_t>(0)); }
    // The whole batch, header included.
    std::size_t size() const {
        return batch_prefix_size + static_cast<std::size_t>(load<std::int32_t>(8));
    }
    leader_epoch partition_leader_epoch() const { return leader_epoch(load<std::int32_t>(12)); }
    std::int8_t magic() const { return load<std::int8_t>(16); }
    std::uint32_t crc() const { return load<std::uint32_t>(17); }
    std::int16_t attributes() const { return load<std::int16_t>(21); }
    std::int32_t last_offset_delta() const { return load<std::int32_t>(23); }
    std::int64_t base_timestamp() const { return load<std::int64_t>(27); }
    std::int64_t max_timestamp() const { return load<std::int64_t>(35); }
    broker::producer_id producer_id() const { return broker::producer_id(load<std::int64_t>(43)); }
    broker::producer_epoch producer_epoch() const {
        return broker::producer_epoch(load<std::int16_t>(51));
    }
    std::int32_t base_sequence() const { return load<std::int32_t>(53); }
    std::int32_t count() const { return load<std::int32_t>(57); }

    // Of a batch whose offsets were not checked yet these may be nonsense.
    offset last_offset() const {
        return offset(base::wrapping_add(base_offset().value(), last_offset_delta()));
    }
    offset next_offset() const { return offset(base::wrapping_add(last_offset().value(), 1)); }
    // Sequences go on at 0 after 2^31 - 1.
    std::int32_t last_sequence() const;
    int codec_number() const { return attributes() & 0x07; }
    compression::codec codec() const { return static_cast<compression::codec>(codec_number()); }
    bool is_log_append_time() const { return (attributes() & 0x08) != 0; }
    bool is_transactional() const { return (attributes() & 0x10) != 0; }
    bool is_control() const { return (attributes() & 0x20) != 0; }
    bool has_delete_horizon() const { return (attributes() & 0x40) != 0; }
    bool has_producer() const { return producer_id() > no_producer_id; }

    bool crc_matches() const;
    base::bytes_view bytes() const { return data_.first(size()); }
    // The records, compressed as they are.
    base::bytes_view payload() const { return bytes().subspan(batch_header_size); }

  private:
    explicit batch_view(base::bytes_view data) : data_(data) {}
    template <class Int>
    Int load(std::size_t at) const {
        return base::load_be<Int>(data_.data() + at);
    }

    base::bytes_view data_;
};

// Changes in place. `batch` begins with a batch that was parsed.
void set_base_offset(base::mutable_bytes batch, offset base);
void set_leader_epoch(base::mutable_bytes batch, leader_epoch epoch);
// All records get the time of the append; makes a new CRC.
void set_log_append_time(base::mutable_bytes batch, std::int64_t now_ms);
// Sets the largest timestamp that was found in the records; makes a new CRC.
void set_create_time(base::mutable_bytes batch, std::int64_t max_timestamp);

// What compaction has left of a batch: offsets and producer stay as they were.
struct retained_records {
    std::int32_t count = 0;
    std::int64_t max_timestamp = -1;
    // Attribute bit 6 (KIP-534): from this time on tombstones and markers may go. It becomes the
    // base timestamp, to which the records' timestamp deltas are made.
    std::optional<std::int64_t> delete_horizon_ms;
};
// The same records in another codec: the header of `of`, with `payload` behind it.
base::bytes with_payload(const batch_view& of, compression::codec codec, base::bytes_view payload);
// The records that are left: those in `payload`.
base::bytes with_retained(const batch_view& of, compression::codec codec, base::bytes_view payload,
                          const retained_records& what);

}  // namespace weir::broker::protocol
