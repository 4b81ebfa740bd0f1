// What a fuzz target is: LLVMFuzzerTestOneInput, which libFuzzer or driver.cpp calls, and seeds()
// to begin from. Here is what targets share: taking an input apart, and what must hold.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endian.hpp"

namespace weir::fuzz {

// Valid inputs, from which mutation starts. Defined by each target.
std::vector<base::bytes> seeds();

// What must hold whatever the input is.
#define require(condition)                               \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::weir::fuzz::require_failed(#condition, __FILE__, __LINE__))
[[noreturn]] inline void require_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: require(%s) failed\n", file, line, condition);
    std::abort();
}

// An input from front to back; what is missing at the end is zero.
class input {
  public:
    input(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const std::byte*>(data), size) {}

    std::uint8_t take_uint8() { return static_cast<std::uint8_t>(take<std::uint8_t>()); }
    std::uint16_t take_uint16() { return take<std::uint16_t>(); }
    std::uint64_t take_uint64() { return take<std::uint64_t>(); }
    // Up to `size` bytes, in memory of their own so that the sanitizer sees where they end.
    base::bytes take_bytes(std::size_t size) {
        const auto part = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(part.size());
        return base::to_bytes(part);
    }
    // A piece with its length (16 bits) before it.
    base::bytes take_piece() { return take_bytes(take_uint16()); }
    base::bytes take_rest() { return take_bytes(rest_.size()); }
    bool empty() const { return rest_.empty(); }

  private:
    template <class Int>
    Int take() {
        base::bytes part = take_bytes(sizeof(Int));
        part.resize(sizeof(Int));
        return base::load_be<Int>(part.data());
    }

    base::bytes_view rest_;
};

// The other direction, for seeds.
class output {
  public:
    template <class Int>
    output& put(Int value) {
        const auto at = bytes_.size();
        bytes_.resize(at + sizeof value);
        base::store_be(bytes_.data() + at, value);
        return *this;
    }
    output& put_bytes(base::bytes_view data) {
        bytes_.insert(bytes_.end(), data.begin(), data.end());
        return *this;
    }
    output& put_piece(base::bytes_view data) {
        return put(static_cast<std::uint16_t>(data.size())).put_bytes(data);
    }
    base::bytes take() { return std::move(bytes_); }

  private:
    base::bytes bytes_;
};

}  // namespace weir::fuzz
