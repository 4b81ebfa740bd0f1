// Gateway to lz4: one frame of the standard format. Java's clients do not read a second one, so
// more bytes behind the first are damage.
#include <lz4frame.h>

#include <memory>

#include "base/ensure.hpp"
#include "broker/protocol/compression/codec.hpp"

namespace weir::broker::protocol::compression {
namespace {

struct free_context {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

// A context costs a large allocation, so each thread keeps one.
LZ4F_dctx* thread_context() {
    thread_local const auto context = [] {
        LZ4F_dctx* made = nullptr;
        ensure(!LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)));
        return std::unique_ptr<LZ4F_dctx, free_context>(made);
    }();
    LZ4F_resetDecompressionContext(context.get());
    return context.get();
}

}  // namespace

inflated inflate_lz4(base::bytes_view data, std::size_t size_max, base::bytes& out) {
    auto* context = thread_context();
    std::size_t used = 0;
    std::size_t hint = 1;
    while (hint != 0 && used <= size_max) {
        if (used == out.size()) grow_output(out, used, size_max);
        std::size_t written = out.size() - used;
        std::size_t read = data.size();
        hint = LZ4F_decompress(context, out.data() + used, &written, data.data(), &read, nullptr);
        if (LZ4F_isError(hint)) return std::unexpected(inflate_errc::damaged);
        const bool stuck = read == 0 && written == 0 && used < out.size();
        if (stuck) return std::unexpected(inflate_errc::damaged);
        used += written;
        data = data.subspan(read);
    }
    if (used > size_max) return std::unexpected(inflate_errc::too_large);
    if (!data.empty()) return std::unexpected(inflate_errc::damaged);
    out.resize(used);
    return {};
}

base::bytes deflate_lz4(base::bytes_view data, int level) {
    LZ4F_preferences_t preferences{};
    preferences.compressionLevel = level;
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    base::bytes out(LZ4F_compressFrameBound(data.size(), &preferences));
    const auto size =
        LZ4F_compressFrame(out.data(), out.size(), data.data(), data.size(), &preferences);
    ensure(!LZ4F_isError(size));
    out.resize(size);
    return out;
}

}  // namespace weir::broker::protocol::compression
