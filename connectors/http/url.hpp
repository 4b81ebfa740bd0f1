// url: where requests go: taken apart, joined with a redirect's location, and shown without what is
// secret. Also the percent-encoding of what a record puts into one. Pure.
//
// A parsed URL has no fragment and no user info in `target`; host and port are bounded and have no
// character that could end a line of a request.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace weir::connectors::http {

struct url {
    bool tls = false;
    std::string host;  // without the brackets of an IPv6 address
    std::string port;
    std::string user;  // decoded user info
    std::string password;
    std::string target;  // path and query, begins with '/'

    // Scheme, host and port: what connections are kept by.
    std::string origin() const;
    // Host and port as in a Host header: the port only where it is not the scheme's own.
    std::string authority() const;
    // Without user info and query, which may be secret.
    std::string shown() const;

    bool operator==(const url&) const = default;
};

inline constexpr std::size_t url_bytes_max = 16 * 1024;

// http and https only. The error says what is wrong and has nothing of the text in it.
std::expected<url, std::string> parse_url(std::string_view text);

// Where a redirect of `from` leads: the same host, never from https to http.
std::expected<url, std::string> redirected(const url& from, std::string_view location);

// All but letters, digits and -._~ as %XX.
void percent_encode(std::string_view text, std::string& into);
// %XX taken back; what is no %XX stays.
std::string percent_decode(std::string_view text);

// Whether a segment of the path is "." or "..", plain or encoded: a server would go up with it.
bool has_dot_segment(std::string_view target);

}  // namespace weir::connectors::http
