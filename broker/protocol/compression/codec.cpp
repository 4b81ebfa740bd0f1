#include "broker/protocol/compression/codec.hpp"

#include <algorithm>

namespace weir::broker::protocol::compression {

std::string_view codec_name(codec which) {
    switch (which) {
        case codec::none:
            return "none";
        case codec::gzip:
            return "gzip";
        case codec::snappy:
            return "snappy";
        case codec::lz4:
            return "lz4";
        case codec::zstd:
            return "zstd";
    }
    return "unknown";
}

std::expected<void, inflate_errc> inflate(codec which, base::bytes_view data, std::size_t size_max,
                                          base::bytes& out) {
    out.clear();
    switch (which) {
        case codec::none:
            if (data.size() > size_max) return std::unexpected(inflate_errc::too_large);
            out.assign(data.begin(), data.end());
            return {};
        case codec::gzip:
            return inflate_gzip(data, size_max, out);
        case codec::snappy:
            return inflate_snappy(data, size_max, out);
        case codec::lz4:
            return inflate_lz4(data, size_max, out);
        case codec::zstd:
            return inflate_zstd(data, size_max, out);
    }
    return std::unexpected(inflate_errc::unknown_codec);
}

base::bytes deflate(codec which, base::bytes_view data, int level) {
    switch (which) {
        case codec::none:
            break;
        case codec::gzip:
            return deflate_gzip(data, level);
        case codec::snappy:
            return deflate_snappy(data);
        case codec::lz4:
            return deflate_lz4(data, level);
        case codec::zstd:
            return deflate_zstd(data, level);
    }
    return base::to_bytes(data);
}

void reserve_output(base::bytes& out, std::size_t size, std::size_t size_max) {
    constexpr std::size_t large = 4UL * 1024 * 1024;
    out.reserve(size <= large ? size : size_max);
}

void grow_output(base::bytes& out, std::size_t used, std::size_t size_max) {
    constexpr std::size_t first = 64 * 1024;
    const auto size = std::min(std::max(first, used * 2), size_max + 1);
    reserve_output(out, size, size_max + 1);
    out.resize(size);
}

}  // namespace weir::broker::protocol::compression
