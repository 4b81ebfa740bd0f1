// base64: the standard alphabet with padding, as Connect writes bytes in JSON. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "connect/data/arena.hpp"

namespace weir::connect::data {

constexpr std::size_t base64_size(std::size_t bytes) {
    return (bytes + 2) / 3 * 4;
}
// Writes base64_size(data.size()) characters.
void write_base64(std::string_view data, char* out);
// Nothing when `text` is not base64; white space between groups of four is passed over, as
// Jackson does. Lives in `memory`.
std::optional<std::string_view> read_base64(std::string_view text, arena& memory);

}  // namespace weir::connect::data
