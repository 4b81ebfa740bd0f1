// compressor: gzip or zstd as a stream. Pure but for the libraries' memory; the gateway of both.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::connectors::file::sink {

enum class compression : std::uint8_t { none, gzip, zstd };

class compressor {
  public:
    virtual ~compressor() = default;
    // Appends to `out` what is ready. False: the library has no memory.
    [[nodiscard]] virtual bool append(std::string_view data, std::string& out) = 0;
    // Appends the rest; what was appended is a whole gzip member or zstd frame then.
    [[nodiscard]] virtual bool finish(std::string& out) = 0;
};

// Null when there is no memory; not for `none`.
std::unique_ptr<compressor> make_compressor(compression kind);

}  // namespace weir::connectors::file::sink
