// target: what stands in a request's first line after the method ("/connectors/a%20b?expand=info"),
// taken apart. Pure; the text comes from outside.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/http/message.hpp"

namespace weir::connect::http {

struct target {
    std::string path;                   // as sent
    std::vector<std::string> segments;  // decoded; a slash at the end makes none
    text_pairs query;                   // decoded
};

inline constexpr std::size_t target_size_max = 4096;
inline constexpr std::size_t segments_max = 32;
inline constexpr std::size_t query_pairs_max = 64;

// Nothing when it is not a path of this server: no slash at its front, %XX that is none, too long.
// An absolute target (with scheme and host in front) is taken for its path, as RFC 9112 demands.
std::optional<target> parse_target(std::string_view text);

// %XX (and, in a query, + as a blank) decoded; nothing when an escape is broken.
enum class plus_is : bool { plus, blank };
std::optional<std::string> percent_decoded(std::string_view text, plus_is plus);

}  // namespace weir::connect::http
