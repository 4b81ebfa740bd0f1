// credentials: what stands in the Authorization header, and OAuth2's client credentials grant: when
// a token is fetched, kept and renewed. Pure; times are passed in. Nothing here is ever shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/http/json_reply.hpp"
#include "connectors/http/retry_policy.hpp"
#include "connectors/http/url.hpp"

namespace weir::connectors::http {

enum class auth_kind : std::uint8_t { none, basic, bearer, oauth2 };

struct auth_options {
    auth_kind kind = auth_kind::none;
    std::string user;
    std::string password;
    std::string token;
    url token_url;
    std::string client_id;
    std::string client_secret;
    std::string scope;
    bool credentials_in_body = false;  // else in the Authorization header of the token request
};

std::string base64(std::string_view bytes);
// "Basic ..."
std::string basic_credentials(std::string_view user, std::string_view password);
// The body of the token request (RFC 6749, 4.4.2).
std::string token_request_body(const auth_options& options);
// Its Authorization header; empty when the credentials are in the body.
std::string token_request_credentials(const auth_options& options);

// The token of a sink: none, asked for, or there.
class token_cache {
  public:
    // Whether a token is to be fetched now.
    bool wants_fetch(std::int64_t now_ms) const {
        return !is_fetching_ && now_ms >= fetch_at_ms_ && now_ms >= renew_at_ms_;
    }
    // Whether there is one that has not run out.
    bool is_usable(std::int64_t now_ms) const { return !token_.empty() && now_ms < expires_at_ms_; }
    const std::string& token() const { return token_; }
    const std::string& reason() const { return reason_; }
    // When wants_fetch() changes next by time alone.
    std::int64_t wake_at_ms() const;

    void fetching() { is_fetching_ = true; }
    void fetched(const token_reply& reply, std::int64_t now_ms);
    void failed(std::string reason, const retry_policy& policy, std::int64_t now_ms);
    // The fetch was given up: it is made again when it is needed.
    void abandoned() { is_fetching_ = false; }
    // A server did not take this token, unless there is a later one already.
    void refused(std::uint64_t number);
    // Of the token, counted from 1.
    std::uint64_t number() const { return number_; }

  private:
    std::string token_;
    std::string reason_;
    std::int64_t renew_at_ms_ = INT64_MIN;
    std::int64_t expires_at_ms_ = INT64_MIN;
    std::int64_t fetch_at_ms_ = INT64_MIN;
    std::uint64_t number_ = 0;
    std::uint32_t failures_ = 0;
    bool is_fetching_ = false;
};

}  // namespace weir::connectors::http
