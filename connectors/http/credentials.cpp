#include "connectors/http/credentials.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::http {

namespace {

// Of a token that does not say how long it lives: RFC 6749 leaves it open.
constexpr std::int64_t lifetime_s_assumed = 300;
constexpr std::int64_t margin_ms_max = 30'000;

}  // namespace

std::string base64(std::string_view bytes) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        const auto size = std::min<std::size_t>(bytes.size() - at, 3);
        for (std::size_t index = 0; index < 3; ++index) {
            const auto byte = index < size ? static_cast<unsigned char>(bytes[at + index]) : 0U;
            group = group << 8 | byte;
        }
        for (std::size_t index = 0; index < 4; ++index)
            out += index <= size ? letters[group >> (18 - 6 * index) & 63] : '=';
    }
    return out;
}

std::string basic_credentials(std::string_view user, std::string_view password) {
    return "Basic " + base64(std::string(user) + ":" + std::string(password));
}

std::string token_request_body(const auth_options& options) {
    std::string out = "grant_type=client_credentials";
    const auto add = [&out](std::string_view name, std::string_view value) {
        out += name;
        percent_encode(value, out);
    };
    if (!options.scope.empty()) add("&scope=", options.scope);
    if (options.credentials_in_body) {
        add("&client_id=", options.client_id);
        add("&client_secret=", options.client_secret);
    }
    return out;
}

std::string token_request_credentials(const auth_options& options) {
    if (options.credentials_in_body) return {};
    // "encoded using the application/x-www-form-urlencoded encoding" (RFC 6749, 2.3.1)
    std::string id;
    std::string secret;
    percent_encode(options.client_id, id);
    percent_encode(options.client_secret, secret);
    return basic_credentials(id, secret);
}

std::int64_t token_cache::wake_at_ms() const {
    return is_fetching_ ? INT64_MAX : std::max(fetch_at_ms_, renew_at_ms_);
}

void token_cache::fetched(const token_reply& reply, std::int64_t now_ms) {
    const auto lifetime_ms =
        (reply.expires_in_s > 0 ? reply.expires_in_s : lifetime_s_assumed) * 1000;
    token_ = reply.access_token;
    ++number_;
    expires_at_ms_ = now_ms + lifetime_ms;
    renew_at_ms_ = expires_at_ms_ - std::min(margin_ms_max, lifetime_ms / 5);
    fetch_at_ms_ = now_ms;
    failures_ = 0;
    is_fetching_ = false;
    reason_.clear();
}

void token_cache::failed(std::string reason, const retry_policy& policy, std::int64_t now_ms) {
    ++failures_;
    fetch_at_ms_ = now_ms + policy.backoff_ms(failures_, static_cast<std::uint64_t>(now_ms));
    is_fetching_ = false;
    reason_ = std::move(reason);
}

void token_cache::refused(std::uint64_t number) {
    if (number_ != number) return;
    token_.clear();
    renew_at_ms_ = INT64_MIN;
}

}  // namespace weir::connectors::http
