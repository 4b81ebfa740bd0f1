#include "connectors/http/access_options.hpp"

#include <algorithm>

namespace weir::connectors::http {

namespace {

bool is_header_text(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) { return letter >= 0x20 && letter < 0x7f; });
}

void need(const sdk::settings& given, std::string_view option, std::string_view kind,
          const report_function& report) {
    if (!given.has(option))
        report(option, "is needed with auth.type = \"" + std::string(kind) + "\"");
}

}  // namespace

auth_options read_auth(const sdk::settings& given, const report_function& report) {
    auth_options out;
    const auto kind = given.text("auth.type");
    out.user = given.text("auth.user");
    out.password = given.text("auth.password");
    out.token = given.text("auth.token");
    out.client_id = given.text("auth.client_id");
    out.client_secret = given.text("auth.client_secret");
    out.scope = given.text("auth.scope");
    out.credentials_in_body = given.text("auth.client_auth") == "body";
    if (kind == "basic") {
        out.kind = auth_kind::basic;
        need(given, "auth.user", kind, report);
    } else if (kind == "bearer") {
        out.kind = auth_kind::bearer;
        need(given, "auth.token", kind, report);
        if (!is_header_text(out.token)) report("auth.token", "cannot stand in a header");
    } else if (kind == "oauth2") {
        out.kind = auth_kind::oauth2;
        need(given, "auth.client_id", kind, report);
        need(given, "auth.client_secret", kind, report);
        auto parsed = parse_url(given.text("auth.token_url"));
        if (!parsed) report("auth.token_url", parsed.error());
        if (parsed) out.token_url = std::move(*parsed);
    }
    return out;
}

client_options read_client(const sdk::settings& given, const report_function& report) {
    client_options out;
    out.tls_ca = given.text("tls.ca");
    out.tls_verify = given.boolean("tls.verify");
    out.tls_cert = given.text("tls.cert");
    out.tls_key = given.text("tls.key");
    out.connect_ms = given.integer("timeout.connect");
    if (out.tls_cert.empty() != out.tls_key.empty())
        report("tls.key", "tls.cert and tls.key belong together");
    return out;
}

}  // namespace weir::connectors::http
