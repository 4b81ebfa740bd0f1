// utf8: bytes as text. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::base {

struct utf8_sequence {
    std::size_t size = 0;
    bool valid = false;
};

// The sequence at the front of `data` (not empty): a character, or what one U+FFFD stands for.
utf8_sequence front_sequence(std::string_view data);

// `data` as text, each run of bytes that is not UTF-8 as U+FFFD, as Java's decoder does.
std::string to_valid_utf8(std::string_view data);

}  // namespace weir::base
