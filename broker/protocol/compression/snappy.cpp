// Gateway to snappy. Two forms are in use: one raw block (librdkafka, Go clients), and the framing
// of the Java clients (xerial): a magic, two versions, then blocks with a 4-byte size each.
#include <snappy-c.h>

#include <algorithm>
#include <array>

#include "base/endian.hpp"
#include "base/ensure.hpp"
#include "broker/protocol/compression/codec.hpp"

namespace weir::broker::protocol::compression {
namespace {

constexpr std::array<unsigned char, 8> magic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t frame_header_size = 16;
constexpr std::size_t block_size = 32 * 1024;

inflated append_block(base::bytes_view block, std::size_t size_max, base::bytes& out) {
    const auto* input = reinterpret_cast<const char*>(block.data());
    std::size_t size = 0;
    if (snappy_uncompressed_length(input, block.size(), &size) != SNAPPY_OK) {
        return std::unexpected(inflate_errc::damaged);
    }
    if (size > size_max - std::min(size_max, out.size())) {
        return std::unexpected(inflate_errc::too_large);
    }
    // A block's length is only declared: it is believed when the block is large enough for it
    // (snappy's best is a copy of 64 bytes from three).
    constexpr std::size_t ratio_max = 64;
    if (size > block.size() * ratio_max) return std::unexpected(inflate_errc::damaged);
    const auto at = out.size();
    if (out.capacity() < at + size) reserve_output(out, std::max(at + size, at * 2), size_max);
    out.resize(at + size);
    auto* output = reinterpret_cast<char*>(out.data() + at);
    if (snappy_uncompress(input, block.size(), output, &size) != SNAPPY_OK) {
        return std::unexpected(inflate_errc::damaged);
    }
    return {};
}

}  // namespace

inflated inflate_snappy(base::bytes_view data, std::size_t size_max, base::bytes& out) {
    const bool framed = data.size() >= frame_header_size &&
                        std::memcmp(data.data(), magic.data(), magic.size()) == 0;
    if (!framed) return append_block(data, size_max, out);
    data = data.subspan(frame_header_size);
    while (!data.empty()) {
        if (data.size() < 4) return std::unexpected(inflate_errc::damaged);
        const auto size = base::load_be<std::uint32_t>(data.data());
        if (size > data.size() - 4) return std::unexpected(inflate_errc::damaged);
        if (auto block = append_block(data.subspan(4, size), size_max, out); !block) return block;
        data = data.subspan(4 + size);
    }
    return {};
}

base::bytes deflate_snappy(base::bytes_view data) {
    base::bytes out(frame_header_size);
    std::memcpy(out.data(), magic.data(), magic.size());
    base::store_be<std::int32_t>(out.data() + 8, 1);   // version
    base::store_be<std::int32_t>(out.data() + 12, 1);  // compatible version
    while (!data.empty()) {
        const auto block = data.first(std::min(data.size(), block_size));
        std::size_t size = snappy_max_compressed_length(block.size());
        const auto at = out.size();
        out.resize(at + 4 + size);
        const auto status =
            snappy_compress(reinterpret_cast<const char*>(block.data()), block.size(),
                            reinterpret_cast<char*>(out.data() + at + 4), &size);
        ensure(status == SNAPPY_OK);
        base::store_be(out.data() + at, static_cast<std::uint32_t>(size));
        out.resize(at + 4 + size);
        data = data.subspan(block.size());
    }
    return out;
}

}  // namespace weir::broker::protocol::compression
