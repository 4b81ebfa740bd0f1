#include "broker/protocol/wire.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/ensure.hpp"

namespace weir::broker::protocol {
namespace {

// What decoding may allocate for elements: in proportion to the bytes of the message, since every
// element was sent, up to a bound that a quarter of a million of elements reach. The bytes of
// strings come on top, at most as many as the message has.
constexpr std::size_t budget_floor = 64 * 1024;
constexpr std::size_t budget_per_byte_max = 32;
constexpr std::size_t budget_max = 16 * 1024 * 1024;

// Tagged fields that one section may hold. Kafka's messages define at most ten.
constexpr std::uint32_t tags_max = 1024;

}  // namespace

std::string_view to_text(decode_errc error) {
    switch (error) {
        case decode_errc::none:
            return "no error";
        case decode_errc::truncated:
            return "a value goes beyond the end of the message";
        case decode_errc::malformed:
            return "a length, count or varint that cannot be";
        case decode_errc::too_large:
            return "the message would take too much memory";
        case decode_errc::trailing:
            return "bytes are left after the message";
        case decode_errc::null_value:
            return "null where a value must be";
        case decode_errc::bad_version:
            return "a version that does not exist";
    }
    return "unknown";
}

bool records::operator==(const records& other) const {
    return present == other.present && external_size == other.external_size &&
           external_index == other.external_index && std::ranges::equal(memory, other.memory);
}

reader::reader(base::mutable_bytes data)
    : data_(data),
      budget_(budget_floor + std::min(data.size() * budget_per_byte_max, budget_max)) {}

void reader::fail(decode_errc error) {
    if (!failed()) error_ = error;
}

double reader::get_float64() {
    return std::bit_cast<double>(get<std::uint64_t>());
}

base::uuid reader::get_uuid() {
    const auto high = get<std::uint64_t>();
    return {.high = high, .low = get<std::uint64_t>()};
}

std::uint32_t reader::get_unsigned_varint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const auto byte = static_cast<std::uint8_t>(get_int8());
        if (failed()) return 0;
        const bool overflows = shift == 28 && byte > 0x0f;
        if (overflows) break;
        value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    fail(decode_errc::malformed);
    return 0;
}

// Compact lengths are one more than the length, 0 is null; plain ones are signed, -1 is null.
std::optional<std::size_t> reader::get_length(bool flexible, bool short_length) {
    if (flexible) {
        const auto plus_one = get_unsigned_varint();
        if (failed() || plus_one == 0) return std::nullopt;
        return plus_one - 1;
    }
    const std::int32_t length = short_length ? get_int16() : get_int32();
    if (failed() || length == -1) return std::nullopt;
    if (length < -1) {
        fail(decode_errc::malformed);
        return std::nullopt;
    }
    return static_cast<std::size_t>(length);
}

std::optional<std::string> reader::get_nullable_string(bool flexible) {
    const auto length = get_length(flexible, true);
    if (!length) return std::nullopt;
    if (*length > static_cast<std::size_t>(std::numeric_limits<std::int16_t>::max())) {
        fail(decode_errc::malformed);
        return std::nullopt;
    }
    if (*length > left()) {
        fail(decode_errc::truncated);
        return std::nullopt;
    }
    std::string value(base::as_text(data_.subspan(at_, *length)));
    at_ += *length;
    return value;
}

std::string reader::get_string(bool flexible) {
    auto value = get_nullable_string(flexible);
    if (!value) fail(decode_errc::null_value);
    return std::move(value).value_or(std::string{});
}

std::optional<base::bytes> reader::get_nullable_bytes(bool flexible) {
    const auto length = get_length(flexible, false);
    if (!length) return std::nullopt;
    if (*length > left()) {
        fail(decode_errc::truncated);
        return std::nullopt;
    }
    base::bytes value = base::to_bytes(base::bytes_view(data_.subspan(at_, *length)));
    at_ += *length;
    return value;
}

base::bytes reader::get_bytes(bool flexible) {
    auto value = get_nullable_bytes(flexible);
    if (!value) fail(decode_errc::null_value);
    return std::move(value).value_or(base::bytes{});
}

records reader::get_records(bool flexible) {
    const auto length = get_length(flexible, false);
    if (!length) return {};
    if (*length > left()) {
        fail(decode_errc::truncated);
        return {};
    }
    records value{.present = true, .memory = data_.subspan(at_, *length)};
    at_ += *length;
    return value;
}

void reader::charge(std::size_t count, std::size_t each) {
    if (count > left()) return fail(decode_errc::truncated);
    const auto cost = count * each;
    if (cost > budget_) return fail(decode_errc::too_large);
    budget_ -= cost;
}

std::optional<std::size_t> reader::get_nullable_count(bool flexible, std::size_t element_size) {
    const auto count = get_length(flexible, false);
    if (!count) return std::nullopt;
    charge(*count, element_size);
    return failed() ? 0 : *count;
}

std::size_t reader::get_count(bool flexible, std::size_t element_size) {
    const auto count = get_nullable_count(flexible, element_size);
    if (!count) fail(decode_errc::null_value);
    return count.value_or(0);
}

std::uint32_t reader::get_tag_count() {
    const auto count = get_unsigned_varint();
    if (count > tags_max) fail(decode_errc::too_large);
    return failed() ? 0 : count;
}

reader reader::take(std::size_t size) {
    if (size > left()) fail(decode_errc::truncated);
    if (failed()) return reader(base::mutable_bytes{}, 0);
    reader part(data_.subspan(at_, size), budget_);
    at_ += size;
    return part;
}

void reader::give_back(const reader& part) {
    budget_ = part.budget_;
    if (part.failed()) return fail(part.error());
    if (part.left() > 0) fail(decode_errc::trailing);
}

void reader::skip(std::size_t size) {
    if (size > left()) return fail(decode_errc::truncated);
    at_ += size;
}

void reader::skip_tags() {
    const auto count = get_tag_count();
    for (std::uint32_t index = 0; index < count && !failed(); ++index) {
        get_unsigned_varint();
        const auto size = get_unsigned_varint();
        if (!failed()) skip(size);
    }
}

void writer::put_float64(double value) {
    put(std::bit_cast<std::uint64_t>(value));
}

void writer::put_uuid(const base::uuid& value) {
    put(value.high);
    put(value.low);
}

void writer::put_unsigned_varint(std::uint32_t value) {
    while (value >= 0x80) {
        put_int8(static_cast<std::int8_t>(value | 0x80));
        value >>= 7;
    }
    put_int8(static_cast<std::int8_t>(value));
}

void writer::put_raw(base::bytes_view value) {
    buffer_.insert(buffer_.end(), value.begin(), value.end());
}

void writer::put_string(std::string_view value, bool flexible) {
    if (flexible) {
        put_unsigned_varint(static_cast<std::uint32_t>(value.size()) + 1);
    } else {
        put_int16(static_cast<std::int16_t>(value.size()));
    }
    put_raw(base::as_bytes(value));
}

void writer::put_nullable_string(const std::optional<std::string>& value, bool flexible) {
    if (value) return put_string(*value, flexible);
    if (flexible) return put_unsigned_varint(0);
    put_int16(-1);
}

void writer::put_bytes(base::bytes_view value, bool flexible) {
    put_count(value.size(), flexible);
    put_raw(value);
}

void writer::put_nullable_bytes(const std::optional<base::bytes>& value, bool flexible) {
    if (value) return put_bytes(*value, flexible);
    put_null_array(flexible);
}

void writer::put_records(const records& value, bool flexible) {
    if (!value.present) return put_null_array(flexible);
    put_count(value.size(), flexible);
    if (value.size() == 0) return;
    splices_.push_back({.at = buffer_.size(), .what = value});
    spliced_ += value.size();
}

void writer::put_count(std::size_t count, bool flexible) {
    if (flexible) {
        put_unsigned_varint(static_cast<std::uint32_t>(count) + 1);
    } else {
        put_int32(static_cast<std::int32_t>(count));
    }
}

void writer::put_null_array(bool flexible) {
    if (flexible) {
        put_unsigned_varint(0);
    } else {
        put_int32(-1);
    }
}

void writer::patch_int32(std::size_t at, std::int32_t value) {
    ensure(at + sizeof value <= buffer_.size());
    base::store_be(buffer_.data() + at, value);
}

base::bytes writer::take_bytes() && {
    ensure(splices_.empty());
    return std::move(buffer_);
}

}  // namespace weir::broker::protocol
