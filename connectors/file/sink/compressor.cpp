#include "connectors/file/sink/compressor.hpp"

#include <zlib.h>
#include <zstd.h>

namespace weir::connectors::file::sink {
namespace {

constexpr std::size_t piece_bytes = std::size_t{64} << 10;
// Of zlib and zstd: what costs little time; files are compressed once and read often.
constexpr int gzip_level = 6;
constexpr int zstd_level = 3;

class gzip_compressor final : public compressor {
  public:
    static std::unique_ptr<compressor> make() {
        auto out = std::make_unique<gzip_compressor>();
        constexpr int gzip_window = MAX_WBITS + 16;  // with gzip's header
        out->ready_ = ::deflateInit2(&out->stream_, gzip_level, Z_DEFLATED, gzip_window, 8,
                                     Z_DEFAULT_STRATEGY) == Z_OK;
        if (!out->ready_) return nullptr;
        return out;
    }
    ~gzip_compressor() override {
        if (ready_) ::deflateEnd(&stream_);
    }
    bool append(std::string_view data, std::string& out) override {
        return run(data, Z_NO_FLUSH, out);
    }
    bool finish(std::string& out) override { return run({}, Z_FINISH, out); }

  private:
    bool run(std::string_view data, int flush, std::string& out) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
        stream_.avail_in = static_cast<uInt>(data.size());
        while (true) {
            const auto before = out.size();
            out.resize(before + piece_bytes);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = static_cast<uInt>(piece_bytes);
            const int code = ::deflate(&stream_, flush);
            out.resize(out.size() - stream_.avail_out);
            if (code == Z_STREAM_END) return true;
            if (code != Z_OK && code != Z_BUF_ERROR) return false;
            const bool taken = stream_.avail_in == 0 && stream_.avail_out > 0;
            if (taken && flush == Z_NO_FLUSH) return true;
        }
    }

    z_stream stream_ = {};
    bool ready_ = false;
};

class zstd_compressor final : public compressor {
  public:
    zstd_compressor() : context_(::ZSTD_createCCtx()) {}
    ~zstd_compressor() override { ::ZSTD_freeCCtx(context_); }
    zstd_compressor(const zstd_compressor&) = delete;
    zstd_compressor& operator=(const zstd_compressor&) = delete;

    static std::unique_ptr<compressor> make() {
        auto out = std::make_unique<zstd_compressor>();
        if (out->context_ == nullptr) return nullptr;
        ::ZSTD_CCtx_setParameter(out->context_, ZSTD_c_compressionLevel, zstd_level);
        ::ZSTD_CCtx_setParameter(out->context_, ZSTD_c_checksumFlag, 1);
        return out;
    }
    bool append(std::string_view data, std::string& out) override {
        return run(data, ZSTD_e_continue, out);
    }
    bool finish(std::string& out) override { return run({}, ZSTD_e_end, out); }

  private:
    bool run(std::string_view data, ZSTD_EndDirective directive, std::string& out) {
        ZSTD_inBuffer from = {data.data(), data.size(), 0};
        while (true) {
            const auto before = out.size();
            out.resize(before + piece_bytes);
            ZSTD_outBuffer to = {out.data() + before, piece_bytes, 0};
            const auto left = ::ZSTD_compressStream2(context_, &to, &from, directive);
            out.resize(before + to.pos);
            if (::ZSTD_isError(left) != 0) return false;
            const bool done = directive == ZSTD_e_end ? left == 0 : from.pos == from.size;
            if (done) return true;
        }
    }

    ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<compressor> make_compressor(compression kind) {
    return kind == compression::gzip ? gzip_compressor::make() : zstd_compressor::make();
}

}  // namespace weir::connectors::file::sink
