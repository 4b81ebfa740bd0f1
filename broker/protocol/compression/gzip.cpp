// Gateway to zlib: one or more gzip members (RFC 1952), as Java's GZIPInputStream reads them.
// Unlike there, what follows the last member and is none is damage.
#include <zlib.h>

#include <memory>

#include "base/ensure.hpp"
#include "broker/protocol/compression/codec.hpp"

namespace weir::broker::protocol::compression {
namespace {

constexpr int gzip_window = 15 + 16;  // the largest window, with a gzip header

Bytef* to_zlib(base::bytes_view data) {
    return reinterpret_cast<Bytef*>(const_cast<std::byte*>(data.data()));
}

struct end_stream {
    void operator()(z_stream* stream) const {
        inflateEnd(stream);
        delete stream;
    }
};

// Its state costs two allocations, so each thread keeps one.
z_stream& thread_stream() {
    thread_local const auto stream = [] {
        auto made = std::make_unique<z_stream>();
        ensure(inflateInit2(made.get(), gzip_window) == Z_OK);
        return std::unique_ptr<z_stream, end_stream>(made.release());
    }();
    inflateReset(stream.get());
    return *stream;
}

}  // namespace

inflated inflate_gzip(base::bytes_view data, std::size_t size_max, base::bytes& out) {
    auto& stream = thread_stream();
    stream.next_in = to_zlib(data);
    stream.avail_in = static_cast<uInt>(data.size());
    std::size_t used = 0;
    int status = Z_OK;
    while (status == Z_OK && used <= size_max) {
        if (used == out.size()) grow_output(out, used, size_max);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(out.size() - used);
        status = ::inflate(&stream, Z_NO_FLUSH);
        used = out.size() - stream.avail_out;
        if (status == Z_BUF_ERROR && used == out.size()) status = Z_OK;
        if (status == Z_STREAM_END && stream.avail_in > 0) status = inflateReset(&stream);
    }
    if (used > size_max) return std::unexpected(inflate_errc::too_large);
    if (status != Z_STREAM_END) return std::unexpected(inflate_errc::damaged);
    out.resize(used);
    return {};
}

base::bytes deflate_gzip(base::bytes_view data, int level) {
    z_stream stream{};
    const int status = deflateInit2(&stream, level == 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED,
                                    gzip_window, 8, Z_DEFAULT_STRATEGY);
    ensure(status == Z_OK);
    base::bytes out(deflateBound(&stream, data.size()));
    stream.next_in = to_zlib(data);
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = ::deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    ensure(end == Z_STREAM_END);
    return out;
}

}  // namespace weir::broker::protocol::compression
