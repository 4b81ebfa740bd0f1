// zstd: the gateway of libzstd. Frames follow each other; skippable ones are skipped by the
// library.
#include <zstd.h>

#include "connectors/file/source/inflate.hpp"

namespace weir::connectors::file {
namespace {

constexpr int window_log_max = 27;

class zstd_inflater : public inflater {
  public:
    zstd_inflater() : stream_(::ZSTD_createDStream()) {
        if (stream_ != nullptr)
            ::ZSTD_DCtx_setParameter(stream_, ::ZSTD_d_windowLogMax, window_log_max);
    }
    ~zstd_inflater() override { ::ZSTD_freeDStream(stream_); }
    zstd_inflater(const zstd_inflater&) = delete;
    zstd_inflater& operator=(const zstd_inflater&) = delete;
    bool is_ready() const { return stream_ != nullptr; }

    inflated_step run(std::string_view from, char* into, std::size_t room) override {
        ::ZSTD_inBuffer in = {from.data(), from.size(), 0};
        ::ZSTD_outBuffer made = {into, room, 0};
        const auto status = ::ZSTD_decompressStream(stream_, &made, &in);
        inflated_step out;
        out.taken = in.pos;
        out.made = made.pos;
        out.damaged = ::ZSTD_isError(status) != 0;
        // After the end of a frame nothing is asked for; without input it stays as it was.
        if (in.pos > 0 || made.pos > 0) between_ = status == 0;
        out.between = between_;
        return out;
    }

  private:
    ::ZSTD_DStream* stream_;
    bool between_ = false;
};

}  // namespace

std::unique_ptr<inflater> make_zstd_inflater() {
    auto out = std::make_unique<zstd_inflater>();
    if (!out->is_ready()) return nullptr;
    return out;
}

std::unique_ptr<inflater> make_inflater(encoding as) {
    if (as == encoding::gzip) return make_gzip_inflater();
    if (as == encoding::zstd) return make_zstd_inflater();
    return nullptr;
}

encoding encoding_of(std::string_view begin) {
    if (begin.starts_with("\x1f\x8b\x08")) return encoding::gzip;
    // A frame, or a skippable one (0x184D2A50 to 5F).
    if (begin.starts_with("\x28\xb5\x2f\xfd")) return encoding::zstd;
    const bool skippable = begin.size() >= 4 && (begin[0] & 0xf0) == 0x50 &&
                           begin.substr(1).starts_with("\x2a\x4d\x18");
    return skippable ? encoding::zstd : encoding::plain;
}

}  // namespace weir::connectors::file
