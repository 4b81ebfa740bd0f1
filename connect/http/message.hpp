// message: a request and its response as handlers see them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connect::http {

using text_pairs = std::vector<std::pair<std::string, std::string>>;

struct request {
    std::string method;                 // "GET"; a HEAD comes as GET
    std::string path;                   // as it was sent, without the query: "/connectors/a%20b"
    std::vector<std::string> segments;  // of the path, decoded: "connectors", "a b"
    text_pairs query;                   // decoded, in the order given, repeats included
    text_pairs headers;                 // names in lower case
    std::string body;
    std::vector<std::string> parameters;  // what the {...} of the route's pattern stand for

    // Whether the query has `name=value`.
    bool asks(std::string_view name, std::string_view value) const;
    // The first header of that name (lower case).
    std::optional<std::string_view> header(std::string_view name) const;
};

struct response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    text_pairs headers;  // further ones
};

// Connect's form of an error: {"error_code":404,"message":"..."}.
response error_response(int status, std::string_view message);

}  // namespace weir::connect::http
