// access_options: the options that everything which speaks HTTP shares: credentials, TLS, timeouts.
// Pure.
#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "connect/sdk/plugin.hpp"
#include "connectors/http/client.hpp"
#include "connectors/http/credentials.hpp"

namespace weir::connectors::http {

inline constexpr std::array access_option_table = {
    sdk::option{.name = "auth.type",
                .initial = "none",
                .valid = "none|basic|bearer|oauth2",
                .text = "How requests are authorised; user info in the URL means basic."},
    sdk::option{.name = "auth.user", .text = "The user, with basic."},
    sdk::option{
        .name = "auth.password", .type = WEIR_OPTION_SECRET, .text = "The password, with basic."},
    sdk::option{
        .name = "auth.token", .type = WEIR_OPTION_SECRET, .text = "The token, with bearer."},
    sdk::option{.name = "auth.token_url",
                .text = "Where a token is fetched, with oauth2 (client credentials)."},
    sdk::option{.name = "auth.client_id", .text = "The client, with oauth2."},
    sdk::option{.name = "auth.client_secret",
                .type = WEIR_OPTION_SECRET,
                .text = "The client's secret, with oauth2."},
    sdk::option{.name = "auth.scope", .text = "The scope that is asked for, with oauth2."},
    sdk::option{.name = "auth.client_auth",
                .initial = "basic",
                .valid = "basic|body",
                .text = "Where the token request has the client's credentials."},
    sdk::option{.name = "tls.ca", .text = "A PEM file of authorities; else the system's."},
    sdk::option{.name = "tls.verify",
                .type = WEIR_OPTION_BOOLEAN,
                .initial = "true",
                .text = "Whether the server's certificate and name are checked."},
    sdk::option{.name = "tls.cert", .text = "A PEM file with the client's certificate."},
    sdk::option{.name = "tls.key", .text = "A PEM file with the client's key."},
    sdk::option{.name = "timeout.connect",
                .type = WEIR_OPTION_DURATION,
                .initial = "10s",
                .valid = "1..",
                .text = "For a connection, TLS included."},
};

// Told of each problem: the option, and what is wrong.
using report_function = std::function<void(std::string_view, std::string)>;

auth_options read_auth(const sdk::settings& given, const report_function& report);
client_options read_client(const sdk::settings& given, const report_function& report);

// A table that has another one at its end.
template <std::size_t First, std::size_t Second>
constexpr std::array<sdk::option, First + Second> joined(
    const std::array<sdk::option, First>& first, const std::array<sdk::option, Second>& second) {
    std::array<sdk::option, First + Second> out;
    for (std::size_t index = 0; index < First; ++index)
        out[index] = first[index];
    for (std::size_t index = 0; index < Second; ++index)
        out[First + index] = second[index];
    return out;
}

}  // namespace weir::connectors::http
