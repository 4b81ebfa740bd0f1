// gzip: the gateway of zlib. Members follow each other; what follows the last one and is not one
// is padding if it is zeros, and else damage.
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "connectors/file/source/inflate.hpp"

namespace weir::connectors::file {
namespace {

class gzip_inflater : public inflater {
  public:
    ~gzip_inflater() override {
        if (ready_) ::inflateEnd(&stream_);
    }
    bool begin() {
        ready_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK;
        return ready_;
    }

    inflated_step run(std::string_view from, char* into, std::size_t room) override {
        inflated_step out;
        if (between_) {
            if (!first_) out.taken = std::min(from.find_first_not_of('\0'), from.size());
            if (out.taken == from.size()) {
                out.between = !first_;
                return out;
            }
            from.remove_prefix(out.taken);
            ::inflateReset(&stream_);
            between_ = first_ = false;
        }
        constexpr std::size_t limit = std::numeric_limits<uInt>::max();
        const auto given = std::min(from.size(), limit);
        const auto space = std::min(room, limit);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
        stream_.avail_in = static_cast<uInt>(given);
        stream_.next_out = reinterpret_cast<Bytef*>(into);
        stream_.avail_out = static_cast<uInt>(space);
        const int status = ::inflate(&stream_, Z_NO_FLUSH);
        out.taken += given - stream_.avail_in;
        out.made = space - stream_.avail_out;
        between_ = status == Z_STREAM_END;
        out.between = between_;
        out.damaged = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
        return out;
    }

  private:
    z_stream stream_ = {};
    bool ready_ = false;
    bool first_ = true;
    bool between_ = true;
};

}  // namespace

std::unique_ptr<inflater> make_gzip_inflater() {
    auto out = std::make_unique<gzip_inflater>();
    if (!out->begin()) return nullptr;
    return out;
}

}  // namespace weir::connectors::file
