// Reading and writing Kafka's primitive types (protocol guide, "Protocol Primitive Types").
// Pure. The reader never trusts a length: each is checked against the bytes that are left, and what
// decoding allocates is charged against a budget that follows the size of the frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "base/uuid.hpp"

namespace weir::broker::protocol {

enum class decode_errc : std::uint8_t {
    none,
    truncated,    // a length or a value goes beyond the end
    malformed,    // a varint, length or count that cannot be
    too_large,    // decoding would take far more memory than the message has bytes
    trailing,     // bytes are left after the message
    null_value,   // null where the version has none
    bad_version,  // a version that the message does not have
};
std::string_view to_text(decode_errc error);

// The value of a `records` field. Decoded: a view into the frame. To encode: memory that must
// outlive the writing (referenced, not copied), or `external_size` bytes from elsewhere (a file).
struct records {
    bool present = false;
    base::mutable_bytes memory;
    std::uint32_t external_size = 0;
    std::uint32_t external_index = 0;  // the owner's number of the external piece

    std::size_t size() const { return memory.size() + external_size; }
    bool operator==(const records& other) const;
};

// Errors stick: after the first one every read gives zero or nothing, and error() says which.
class reader {
  public:
    explicit reader(base::mutable_bytes data);
    // With a budget of its own, in bytes of memory that decoding may allocate.
    reader(base::mutable_bytes data, std::size_t budget) : data_(data), budget_(budget) {}

    bool failed() const { return error_ != decode_errc::none; }
    decode_errc error() const { return error_; }
    std::size_t left() const { return data_.size() - at_; }
    std::size_t position() const { return at_; }
    void fail(decode_errc error);

    bool get_bool() { return get_int8() != 0; }
    std::int8_t get_int8() { return get<std::int8_t>(); }
    std::int16_t get_int16() { return get<std::int16_t>(); }
    std::uint16_t get_uint16() { return get<std::uint16_t>(); }
    std::int32_t get_int32() { return get<std::int32_t>(); }
    std::uint32_t get_uint32() { return get<std::uint32_t>(); }
    std::int64_t get_int64() { return get<std::int64_t>(); }
    double get_float64();
    base::uuid get_uuid();
    std::uint32_t get_unsigned_varint();

    // `flexible` chooses the compact form. Nothing for null.
    std::optional<std::string> get_nullable_string(bool flexible);
    std::string get_string(bool flexible);
    std::optional<base::bytes> get_nullable_bytes(bool flexible);
    base::bytes get_bytes(bool flexible);
    records get_records(bool flexible);

    // The number of elements of an array, nothing for null. Charges count * element_size bytes of
    // memory; every element has at least one byte on the wire.
    std::optional<std::size_t> get_nullable_count(bool flexible, std::size_t element_size);
    std::size_t get_count(bool flexible, std::size_t element_size);

    // The number of tagged fields that follow; each is a tag, a size, and that many bytes.
    std::uint32_t get_tag_count();
    // A view of the next `size` bytes as a reader that shares this one's budget when finished.
    reader take(std::size_t size);
    void give_back(const reader& part);
    void skip(std::size_t size);
    // Skips a section of tagged fields that are not known here.
    void skip_tags();

  private:
    template <class Int>
    Int get() {
        if (failed() || left() < sizeof(Int)) {
            fail(decode_errc::truncated);
            return 0;
        }
        const auto value = base::load_be<Int>(data_.data() + at_);
        at_ += sizeof(Int);
        return value;
    }
    std::optional<std::size_t> get_length(bool flexible, bool short_length);
    void charge(std::size_t count, std::size_t each);

    base::mutable_bytes data_;
    std::size_t at_ = 0;
    std::size_t budget_ = 0;
    decode_errc error_ = decode_errc::none;
};

// A place in the written bytes where `records` that were not copied belong.
struct splice {
    std::size_t at = 0;
    records what;
};

class writer {
  public:
    void put_bool(bool value) { put_int8(value ? 1 : 0); }
    void put_int8(std::int8_t value) { put(value); }
    void put_int16(std::int16_t value) { put(value); }
    void put_uint16(std::uint16_t value) { put(value); }
    void put_int32(std::int32_t value) { put(value); }
    void put_uint32(std::uint32_t value) { put(value); }
    void put_int64(std::int64_t value) { put(value); }
    void put_float64(double value);
    void put_uuid(const base::uuid& value);
    void put_unsigned_varint(std::uint32_t value);

    void put_string(std::string_view value, bool flexible);
    void put_nullable_string(const std::optional<std::string>& value, bool flexible);
    void put_bytes(base::bytes_view value, bool flexible);
    void put_nullable_bytes(const std::optional<base::bytes>& value, bool flexible);
    void put_records(const records& value, bool flexible);
    void put_count(std::size_t count, bool flexible);
    void put_null_array(bool flexible);
    void put_raw(base::bytes_view value);
    // Writes `value` over four bytes at `at`.
    void patch_int32(std::size_t at, std::int32_t value);

    // Bytes written, those of splices included.
    std::size_t size() const { return buffer_.size() + spliced_; }
    const base::bytes& buffer() const { return buffer_; }
    const std::vector<splice>& splices() const { return splices_; }
    // The bytes, when nothing was spliced in.
    base::bytes take_bytes() &&;

  private:
    template <class Int>
    void put(Int value) {
        const auto at = buffer_.size();
        buffer_.resize(at + sizeof(Int));
        base::store_be(buffer_.data() + at, value);
    }

    base::bytes buffer_;
    std::vector<splice> splices_;
    std::size_t spliced_ = 0;
};

}  // namespace weir::broker::protocol
