// inflate: decoders of compressed files, fed piece by piece. Pure; the gateways of zlib and zstd
// are gzip.cpp and zstd.cpp. What comes in may be damaged: that is an outcome. Memory: zlib 48 KiB;
// zstd at most a window of 128 MiB (larger ones are refused).
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "connectors/file/source/position.hpp"

namespace weir::connectors::file {

struct inflated_step {
    std::size_t taken = 0;  // bytes of the input
    std::size_t made = 0;   // bytes of the output
    bool damaged = false;
    bool between = false;  // at the end of a member (frame): the file may end here
};

class inflater {
  public:
    virtual ~inflater() = default;
    // Takes of `from`, makes into `into`; does at least one of the two unless it needs more input
    // or is damaged. Members may follow each other; zeros behind the last one are padding.
    virtual inflated_step run(std::string_view from, char* into, std::size_t room) = 0;
};

// Null for plain, or when there is no memory.
std::unique_ptr<inflater> make_inflater(encoding as);
std::unique_ptr<inflater> make_gzip_inflater();
std::unique_ptr<inflater> make_zstd_inflater();

// What the first bytes of a file say; `begin` may be shorter than the marks are long.
encoding encoding_of(std::string_view begin);

}  // namespace weir::connectors::file
