// json_reply: what servers answer in JSON, read without a tree of it: the results of _bulk and of
// OAuth2's token endpoint. The gateway to nlohmann-json. Pure; nothing is thrown.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::http {

struct bulk_item {
    int status = 0;
    std::string error;  // "type: reason" of a failed one; bounded
};

struct bulk_reply {
    bool has_errors = false;
    std::vector<bulk_item> items;  // empty when there are no errors
};

// The reply to a request of `items_max` actions. Without errors ("errors": false) the items are not
// looked at. The error says what is not as it should be.
std::expected<bulk_reply, std::string> parse_bulk_reply(std::string_view text,
                                                        std::size_t items_max);

struct token_reply {
    std::string access_token;
    std::int64_t expires_in_s = 0;  // 0: not told
};

// RFC 6749, 5.1. The error has nothing of the text in it.
std::expected<token_reply, std::string> parse_token_reply(std::string_view text);

}  // namespace weir::connectors::http
