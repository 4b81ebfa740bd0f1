#include "broker/protocol/batch_builder.hpp"

#include <algorithm>

#include "base/arithmetic.hpp"
#include "base/crc32c.hpp"
#include "base/ensure.hpp"

namespace weir::broker::protocol {
namespace {

void put_nullable(base::bytes& out, const std::optional<base::bytes_view>& value) {
    put_varint(out, value ? static_cast<std::int64_t>(value->size()) : -1);
    if (value) out.insert(out.end(), value->begin(), value->end());
}

}  // namespace

void put_varint(base::bytes& out, std::int64_t value) {
    auto raw = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    while (raw >= 0x80) {
        out.push_back(static_cast<std::byte>(raw | 0x80));
        raw >>= 7;
    }
    out.push_back(static_cast<std::byte>(raw));
}

void batch_builder::add(std::int64_t timestamp, std::optional<base::bytes_view> key,
                        std::optional<base::bytes_view> value,
                        std::span<const header_view> headers) {
    if (count_ == 0) base_timestamp_ = max_timestamp_ = timestamp;
    max_timestamp_ = std::max(max_timestamp_, timestamp);
    record_.clear();
    record_.push_back(std::byte{0});
    put_varint(record_, base::wrapping_subtract(timestamp, base_timestamp_));
    put_varint(record_, count_);
    put_nullable(record_, key);
    put_nullable(record_, value);
    put_varint(record_, static_cast<std::int64_t>(headers.size()));
    for (const auto& header : headers) {
        put_nullable(record_, base::as_bytes(header.key));
        put_nullable(record_, header.value);
    }
    put_varint(payload_, static_cast<std::int64_t>(record_.size()));
    payload_.insert(payload_.end(), record_.begin(), record_.end());
    ++count_;
}

base::bytes batch_builder::finish(const batch_options& options) {
    ensure(count_ > 0);
    const bool compressed = options.codec != compression::codec::none;
    const auto body =
        compressed ? compression::deflate(options.codec, payload_, options.level) : payload_;
    std::int16_t attributes = static_cast<std::int16_t>(options.codec);
    if (options.transactional) attributes |= 0x10;
    if (options.control) attributes |= 0x20;

    base::bytes batch(batch_header_size);
    auto* to = batch.data();
    const auto length = batch_header_size - batch_prefix_size + body.size();
    base::store_be(to, options.base_offset.value());
    base::store_be(to + 8, static_cast<std::int32_t>(length));
    base::store_be(to + 12, options.partition_leader_epoch.value());
    base::store_be(to + 16, std::int8_t{2});
    base::store_be(to + 21, attributes);
    base::store_be(to + 23, count_ - 1);
    base::store_be(to + 27, base_timestamp_);
    base::store_be(to + 35, max_timestamp_);
    base::store_be(to + 43, options.producer_id.value());
    base::store_be(to + 51, options.producer_epoch.value());
    base::store_be(to + 53, options.base_sequence);
    base::store_be(to + 57, count_);
    batch.insert(batch.end(), body.begin(), body.end());
    const auto crc = base::crc32c(base::bytes_view(batch).subspan(21));
    base::store_be(batch.data() + 17, crc);
    payload_.clear();
    count_ = 0;
    return batch;
}

}  // namespace weir::broker::protocol
