// Gateway to zstd: one or more frames.
//
// A frame may want a window of up to 2 GiB (levels 20 to 22 want 32 to 128 MiB, however short the
// data). So it is never inflated as a stream, which would have to keep a window beside the output:
// the output is the window, and it is bounded.
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>

#include "base/ensure.hpp"
#include "broker/protocol/compression/codec.hpp"

namespace weir::broker::protocol::compression {
namespace {

struct free_context {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* thread_context() {
    thread_local const std::unique_ptr<ZSTD_DCtx, free_context> context(ZSTD_createDCtx());
    return context.get();
}

bool is_known(unsigned long long declared) {
    return declared != ZSTD_CONTENTSIZE_UNKNOWN && declared != ZSTD_CONTENTSIZE_ERROR;
}

// Room for the first attempt. What the frame says of its size is believed up to a usual ratio:
// memory follows the bytes received.
std::size_t first_room(base::bytes_view data, unsigned long long declared, std::size_t size_max) {
    constexpr std::size_t floor = 64 * 1024;
    constexpr std::size_t usual_ratio = 8;
    auto room = std::max(floor, data.size() * usual_ratio);
    if (is_known(declared)) {
        room = std::min<std::size_t>(room, std::max<std::size_t>(floor, declared));
    }
    return std::min(room, size_max);
}

}  // namespace

inflated inflate_zstd(base::bytes_view data, std::size_t size_max, base::bytes& out) {
    if (data.empty()) return std::unexpected(inflate_errc::damaged);
    const auto declared = ZSTD_getFrameContentSize(data.data(), data.size());
    if (is_known(declared) && declared > size_max) return std::unexpected(inflate_errc::too_large);
    // All attempts together cost at most twice the last one.
    for (auto room = first_room(data, declared, size_max);; room = std::min(room * 2, size_max)) {
        out.clear();
        reserve_output(out, room, size_max);
        out.resize(room);
        const auto size =
            ZSTD_decompressDCtx(thread_context(), out.data(), room, data.data(), data.size());
        if (!ZSTD_isError(size)) {
            out.resize(size);
            return {};
        }
        if (ZSTD_getErrorCode(size) != ZSTD_error_dstSize_tooSmall) {
            return std::unexpected(inflate_errc::damaged);
        }
        if (room == size_max) return std::unexpected(inflate_errc::too_large);
    }
}

base::bytes deflate_zstd(base::bytes_view data, int level) {
    base::bytes out(ZSTD_compressBound(data.size()));
    const auto size = ZSTD_compress(out.data(), out.size(), data.data(), data.size(),
                                    level == 0 ? ZSTD_CLEVEL_DEFAULT : level);
    ensure(!ZSTD_isError(size));
    out.resize(size);
    return out;
}

}  // namespace weir::broker::protocol::compression
