#include "broker/protocol/record_reader.hpp"

#include <limits>

namespace weir::broker::protocol {
namespace {

constexpr unsigned varint32_size_max = 5;
constexpr unsigned varint64_size_max = 10;

bool take_zigzag(base::bytes_view& data, unsigned size_max, std::int64_t& value) {
    std::uint64_t raw = 0;
    for (unsigned index = 0; index < size_max && index < data.size(); ++index) {
        const auto byte = static_cast<std::uint8_t>(data[index]);
        raw |= static_cast<std::uint64_t>(byte & 0x7f) << (index * 7);
        if ((byte & 0x80) != 0) continue;
        data = data.subspan(index + 1);
        value = static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
        return true;
    }
    return false;
}

// A nullable run of bytes: a varint length (-1: null), then the bytes.
bool take_bytes(base::bytes_view& data, std::optional<base::bytes_view>& value) {
    std::int32_t length = 0;
    if (!take_varint32(data, length) || length < -1) return false;
    if (length == -1) {
        value.reset();
        return true;
    }
    if (static_cast<std::size_t>(length) > data.size()) return false;
    value = data.first(static_cast<std::size_t>(length));
    data = data.subspan(static_cast<std::size_t>(length));
    return true;
}

bool take_header(base::bytes_view& data, header_view& header) {
    std::optional<base::bytes_view> key;
    if (!take_bytes(data, key) || !key) return false;
    header.key = base::as_text(*key);
    return take_bytes(data, header.value);
}

// Attributes, deltas, key, value and headers must fill the record's bytes exactly.
bool parse_record(base::bytes_view data, record_view& record) {
    if (data.empty()) return false;
    data = data.subspan(1);  // attributes, unused in format 2
    if (!take_varint(data, record.timestamp_delta)) return false;
    if (!take_varint32(data, record.offset_delta)) return false;
    if (!take_bytes(data, record.key) || !take_bytes(data, record.value)) return false;
    if (!take_varint32(data, record.header_count) || record.header_count < 0) return false;
    record.headers = data;
    for (std::int32_t index = 0; index < record.header_count; ++index) {
        header_view ignored;
        if (!take_header(data, ignored)) return false;
    }
    return data.empty();
}

// The same on plain pointers: where it ends, or null when it is cut off or too long.
const std::uint8_t* scan_zigzag(const std::uint8_t* at, const std::uint8_t* end, unsigned size_max,
                                std::int64_t& value) {
    std::uint64_t raw = 0;
    const auto* stop = end - at > size_max ? at + size_max : end;
    for (unsigned shift = 0; at < stop; shift += 7) {
        const std::uint64_t byte = *at++;
        raw |= (byte & 0x7f) << shift;
        if (byte >= 0x80) continue;
        value = static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
        return at;
    }
    return nullptr;
}

inline const std::uint8_t* scan_varint32(const std::uint8_t* at, const std::uint8_t* end,
                                         std::int64_t& value) {
    if (at < end && *at < 0x80) {
        value = (*at >> 1) ^ -(*at & 1);
        return at + 1;
    }
    at = scan_zigzag(at, end, varint32_size_max, value);
    return at && value == static_cast<std::int32_t>(value) ? at : nullptr;
}

// Past a nullable run of bytes; `length` is -1 for null.
inline const std::uint8_t* scan_bytes(const std::uint8_t* at, const std::uint8_t* end,
                                      std::int64_t& length) {
    at = scan_varint32(at, end, length);
    if (!at || length < -1 || length > end - at) return nullptr;
    return length < 0 ? at : at + length;
}

// The fields of a record in [at, end), which they must fill exactly.
bool scan_record(const std::uint8_t* at, const std::uint8_t* end, record_summary& record) {
    if (at == end) return false;
    ++at;  // attributes, unused in format 2
    std::int64_t number = 0;
    at = scan_zigzag(at, end, varint64_size_max, record.timestamp_delta);
    if (!at || !(at = scan_varint32(at, end, number))) return false;
    record.offset_delta = static_cast<std::int32_t>(number);
    if (!(at = scan_bytes(at, end, number))) return false;
    record.has_key = number >= 0;
    if (!(at = scan_bytes(at, end, number))) return false;
    std::int64_t headers = 0;
    if (!(at = scan_varint32(at, end, headers)) || headers < 0) return false;
    for (; headers > 0; --headers) {
        if (!(at = scan_bytes(at, end, number)) || number < 0) return false;
        if (!(at = scan_bytes(at, end, number))) return false;
    }
    return at == end;
}

}  // namespace

bool record_scanner::next(record_summary& record) {
    if (failed_) return false;
    if (left_ <= 0) {
        failed_ = at_ != end_;
        return false;
    }
    std::int64_t length = 0;
    const auto* begin = scan_varint32(at_, end_, length);
    failed_ = !begin || length < 0 || length > end_ - begin ||
              !scan_record(begin, begin + length, record);
    if (failed_) return false;
    at_ = begin + length;
    --left_;
    return true;
}

bool take_varint(base::bytes_view& data, std::int64_t& value) {
    return take_zigzag(data, varint64_size_max, value);
}

bool take_varint32(base::bytes_view& data, std::int32_t& value) {
    // Small values, the rule in records, are one byte.
    if (!data.empty() && (static_cast<std::uint8_t>(data[0]) & 0x80) == 0) {
        const auto raw = static_cast<std::uint8_t>(data[0]);
        data = data.subspan(1);
        value = static_cast<std::int32_t>(raw >> 1) ^ -static_cast<std::int32_t>(raw & 1);
        return true;
    }
    std::int64_t wide = 0;
    if (!take_zigzag(data, varint32_size_max, wide)) return false;
    value = static_cast<std::int32_t>(wide);
    return value == wide;
}

std::optional<std::vector<header_view>> record_view::parse_headers() const {
    std::vector<header_view> parsed;
    base::bytes_view rest = headers;
    for (std::int32_t index = 0; index < header_count; ++index) {
        header_view header;
        if (!take_header(rest, header)) return std::nullopt;
        parsed.push_back(header);
    }
    return parsed;
}

std::optional<record_view> record_reader::next() {
    if (failed_) return std::nullopt;
    if (left_ <= 0) {
        failed_ = !rest_.empty();
        return std::nullopt;
    }
    record_view record;
    std::int32_t length = 0;
    failed_ = !take_varint32(rest_, length) || length < 0 ||
              static_cast<std::size_t>(length) > rest_.size() ||
              !parse_record(rest_.first(static_cast<std::size_t>(length)), record);
    if (failed_) return std::nullopt;
    rest_ = rest_.subspan(static_cast<std::size_t>(length));
    --left_;
    return record;
}

std::expected<base::bytes_view, batch_errc> inflated_payload(const batch_view& batch,
                                                             std::size_t size_max,
                                                             base::bytes& scratch) {
    if (batch.codec() == compression::codec::none) return batch.payload();
    const auto done = compression::inflate(batch.codec(), batch.payload(), size_max, scratch);
    if (!done) return std::unexpected(batch_errc::bad_codec);
    return base::bytes_view(scratch);
}

}  // namespace weir::broker::protocol
