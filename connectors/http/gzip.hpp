// gzip: bodies of requests compressed, those of responses taken apart. The gateway to zlib. Pure;
// nothing is thrown but for memory.
#pragma once

#include <string>
#include <string_view>

namespace weir::connectors::http {

// `into` is replaced. False when zlib refuses, which is when there is no memory.
[[nodiscard]] bool gzip(std::string_view text, std::string& into);

// False when `data` is no gzip file or has more than `bytes_max` bytes in it.
[[nodiscard]] bool gunzip(std::string_view data, std::size_t bytes_max, std::string& into);

}  // namespace weir::connectors::http
