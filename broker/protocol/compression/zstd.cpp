// Gateway to zstd: one or more frames.
#include <zstd.h>

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
    // A window of at most 8 MiB: a frame cannot ask for more memory than that.
    constexpr int window_log_max = 23;
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log_max);
    return context.get();
}

}  // namespace

inflated inflate_zstd(base::bytes_view data, std::size_t size_max, base::bytes& out) {
    auto* context = thread_context();
    ZSTD_inBuffer input{.src = data.data(), .size = data.size(), .pos = 0};
    std::size_t used = 0;
    std::size_t hint = 1;
    while ((hint != 0 || input.pos < input.size) && used <= size_max) {
        if (used == out.size()) grow_output(out, used, size_max);
        ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = used};
        const auto before = input.pos;
        hint = ZSTD_decompressStream(context, &output, &input);
        if (ZSTD_isError(hint)) return std::unexpected(inflate_errc::damaged);
        const bool stuck = output.pos == used && input.pos == before && used < out.size();
        if (stuck) return std::unexpected(inflate_errc::damaged);
        used = output.pos;
    }
    if (used > size_max) return std::unexpected(inflate_errc::too_large);
    out.resize(used);
    return {};
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
