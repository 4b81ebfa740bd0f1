#include "broker/protocol/record_batch.hpp"

#include <limits>
#include <string_view>

#include "base/crc32c.hpp"

namespace weir::broker::protocol {
namespace {

constexpr std::size_t at_length = 8;
constexpr std::size_t at_attributes = 21;
constexpr std::size_t at_crc = 17;
constexpr std::int8_t magic_number = 2;

void renew_crc(base::mutable_bytes batch) {
    const auto view = batch_view::parse(batch);
    const auto crc = base::crc32c(view->bytes().subspan(at_attributes));
    base::store_be(batch.data() + at_crc, crc);
}

// The header of a batch with another payload behind it, but for the checksum.
base::bytes put_together(const batch_view& of, compression::codec codec, base::bytes_view payload) {
    constexpr unsigned codec_bits = 0x07;
    const auto header = of.bytes().first(batch_header_size);
    base::bytes batch;
    batch.reserve(header.size() + payload.size());
    batch.insert(batch.end(), header.begin(), header.end());
    batch.insert(batch.end(), payload.begin(), payload.end());
    const auto others = static_cast<std::uint16_t>(of.attributes()) & ~codec_bits;
    const auto attributes = others | static_cast<std::uint16_t>(codec);
    const auto length = static_cast<std::int32_t>(batch.size() - batch_prefix_size);
    base::store_be(batch.data() + at_length, length);
    base::store_be(batch.data() + at_attributes, static_cast<std::uint16_t>(attributes));
    return batch;
}

}  // namespace

std::string_view to_text(batch_errc error) {
    switch (error) {
        case batch_errc::truncated:
            return "the batch goes beyond the end of the data";
        case batch_errc::bad_length:
            return "the batch has an impossible length";
        case batch_errc::bad_offset:
            return "the batch has impossible offsets";
        case batch_errc::bad_magic:
            return "the batch is not of format 2";
        case batch_errc::unknown_magic:
            return "the batch has a format that nobody knows";
        case batch_errc::bad_crc:
            return "the checksum does not match";
        case batch_errc::bad_codec:
            return "the records cannot be decompressed";
        case batch_errc::bad_record:
            return "a record does not fit its batch";
    }
    return "unknown";
}

std::expected<batch_view, batch_errc> batch_view::parse_header(base::bytes_view header) {
    if (header.size() < batch_header_size) return std::unexpected(batch_errc::truncated);
    const batch_view view(header);
    const auto length = view.load<std::int32_t>(8);
    if (view.magic() > magic_number) return std::unexpected(batch_errc::unknown_magic);
    if (view.magic() != magic_number) return std::unexpected(batch_errc::bad_magic);
    if (length < static_cast<std::int32_t>(batch_header_size - batch_prefix_size)) {
        return std::unexpected(batch_errc::bad_length);
    }
    return view;
}

std::expected<batch_view, batch_errc> batch_view::parse(base::bytes_view data) {
    auto view = parse_header(data);
    if (view && view->size() > data.size()) return std::unexpected(batch_errc::truncated);
    return view;
}

std::int32_t batch_view::last_sequence() const {
    if (base_sequence() == no_sequence) return no_sequence;
    constexpr std::int64_t sequences = std::int64_t{1} << 31;
    return static_cast<std::int32_t>((std::int64_t{base_sequence()} + last_offset_delta()) %
                                     sequences);
}

bool batch_view::crc_matches() const {
    return base::crc32c(bytes().subspan(at_attributes)) == crc();
}

void set_base_offset(base::mutable_bytes batch, offset base) {
    base::store_be(batch.data(), base.value());
}

void set_leader_epoch(base::mutable_bytes batch, leader_epoch epoch) {
    base::store_be(batch.data() + 12, epoch.value());
}

void set_log_append_time(base::mutable_bytes batch, std::int64_t now_ms) {
    const auto attributes = base::load_be<std::int16_t>(batch.data() + at_attributes);
    base::store_be(batch.data() + at_attributes, static_cast<std::int16_t>(attributes | 0x08));
    base::store_be(batch.data() + 35, now_ms);
    renew_crc(batch);
}

void set_create_time(base::mutable_bytes batch, std::int64_t max_timestamp) {
    const auto attributes = base::load_be<std::int16_t>(batch.data() + at_attributes);
    base::store_be(batch.data() + at_attributes, static_cast<std::int16_t>(attributes & ~0x08));
    base::store_be(batch.data() + 35, max_timestamp);
    renew_crc(batch);
}

base::bytes with_payload(const batch_view& of, compression::codec codec, base::bytes_view payload) {
    auto batch = put_together(of, codec, payload);
    renew_crc(batch);
    return batch;
}

base::bytes with_retained(const batch_view& of, compression::codec codec, base::bytes_view payload,
                          const retained_records& what) {
    auto batch = put_together(of, codec, payload);
    if (what.delete_horizon_ms) {
        const auto attributes = base::load_be<std::int16_t>(batch.data() + at_attributes);
        base::store_be(batch.data() + at_attributes, static_cast<std::int16_t>(attributes | 0x40));
        base::store_be(batch.data() + 27, *what.delete_horizon_ms);
    }
    base::store_be(batch.data() + 35, what.max_timestamp);
    base::store_be(batch.data() + 57, what.count);
    renew_crc(batch);
    return batch;
}

}  // namespace weir::broker::protocol
