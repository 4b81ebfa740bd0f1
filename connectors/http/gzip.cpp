#include "connectors/http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <climits>

namespace weir::connectors::http {

namespace {

// 15 bits of window, and 16 for gzip's header.
constexpr int gzip_window = 15 + 16;

Bytef* bytes_of(const char* text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text));
}

}  // namespace

bool gzip(std::string_view text, std::string& into) {
    if (text.size() > UINT_MAX / 2) return false;
    z_stream stream = {};
    // Level 1: bodies go over a network that is faster than higher levels are.
    if (deflateInit2(&stream, 1, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    into.resize(deflateBound(&stream, text.size()));
    stream.next_in = bytes_of(text.data());
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = bytes_of(into.data());
    stream.avail_out = static_cast<uInt>(into.size());
    const bool is_whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    into.resize(stream.total_out);
    deflateEnd(&stream);
    return is_whole;
}

bool gunzip(std::string_view data, std::size_t bytes_max, std::string& into) {
    into.clear();
    if (data.size() > UINT_MAX / 2) return false;
    z_stream stream = {};
    if (inflateInit2(&stream, gzip_window) != Z_OK) return false;
    stream.next_in = bytes_of(data.data());
    stream.avail_in = static_cast<uInt>(data.size());
    int status = Z_OK;
    while (status == Z_OK && into.size() < bytes_max) {
        const auto done = into.size();
        into.resize(std::min(bytes_max, std::max<std::size_t>(done * 2, 64 * 1024)));
        stream.next_out = bytes_of(into.data() + done);
        stream.avail_out = static_cast<uInt>(into.size() - done);
        status = inflate(&stream, Z_NO_FLUSH);
        into.resize(stream.total_out);
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END;
}

}  // namespace weir::connectors::http
