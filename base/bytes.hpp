// The vocabulary for bytes: a view, a mutable view, and an owner.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace weir::base {

using bytes_view = std::span<const std::byte>;
using mutable_bytes = std::span<std::byte>;
using bytes = std::vector<std::byte>;

// The same memory seen as bytes, or as text; nothing is copied.
inline bytes_view as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(bytes_view data) {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}
inline bytes to_bytes(bytes_view data) {
    return {data.begin(), data.end()};
}
inline bytes to_bytes(std::string_view text) {
    return to_bytes(as_bytes(text));
}

}  // namespace weir::base
