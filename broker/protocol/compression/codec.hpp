// The five codecs of record batches. Each library stays in its own file here.
// Inflating counts what comes out while it comes out: a small batch that would become a huge one is
// refused when it passes the bound, and memory follows what was really inflated.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "base/bytes.hpp"

namespace weir::broker::protocol::compression {

enum class codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

// "none", "gzip" ...
std::string_view codec_name(codec which);
inline constexpr int codec_count = 5;

enum class inflate_errc : std::uint8_t { damaged, too_large, unknown_codec };

// Appends what `data` inflates to; fails when that would be more than `size_max` bytes. On failure
// the content of `out` is of no use. The memory of `out` is kept for the next call.
std::expected<void, inflate_errc> inflate(codec which, base::bytes_view data, std::size_t size_max,
                                          base::bytes& out);

// Level 0: the codec's default. Snappy is framed as the Java clients do (xerial).
base::bytes deflate(codec which, base::bytes_view data, int level = 0);

// One pair per library (gzip.cpp, snappy.cpp, lz4.cpp, zstd.cpp).
using inflated = std::expected<void, inflate_errc>;
inflated inflate_gzip(base::bytes_view data, std::size_t size_max, base::bytes& out);
inflated inflate_snappy(base::bytes_view data, std::size_t size_max, base::bytes& out);
inflated inflate_lz4(base::bytes_view data, std::size_t size_max, base::bytes& out);
inflated inflate_zstd(base::bytes_view data, std::size_t size_max, base::bytes& out);
base::bytes deflate_gzip(base::bytes_view data, int level);
base::bytes deflate_snappy(base::bytes_view data);
base::bytes deflate_lz4(base::bytes_view data, int level);
base::bytes deflate_zstd(base::bytes_view data, int level);

// Makes room for the next piece of output behind `used` bytes: doubles, from 64 KiB, up to one
// byte more than the bound (so that passing it is seen).
void grow_output(base::bytes& out, std::size_t used, std::size_t size_max);
// Reserves exactly `size` bytes (resize alone would take up to twice as much). Of a large output it
// reserves all that this may become: growing would hold it twice, and memory that is not touched is
// none.
void reserve_output(base::bytes& out, std::size_t size, std::size_t size_max);

}  // namespace weir::broker::protocol::compression
