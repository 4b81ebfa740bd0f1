// What servers and pipeline files say to the HTTP sink: replies of _bulk and of token endpoints,
// Retry-After, URLs, redirects, templates and what records put into them. Input: which, then text.
#include "connectors/http/body.hpp"
#include "connectors/http/json_reply.hpp"
#include "connectors/http/record_template.hpp"
#include "connectors/http/retry_policy.hpp"
#include "connectors/http/url.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace connectors::http;

enum kind : std::uint8_t { bulk, token, retry_after, address, place, status, kinds };

bool is_one_line(std::string_view text) {
    return text.find_first_of("\r\n ") == std::string_view::npos;
}

void try_url(std::string_view text) {
    const auto parsed = parse_url(text);
    if (!parsed) return require(!parsed.error().empty());
    require(parsed->target.starts_with('/') && is_one_line(parsed->target));
    require(is_one_line(parsed->authority()));
    const auto again = parse_url(parsed->origin() + parsed->target);
    require(again && again->host == parsed->host && again->target == parsed->target);
    const auto moved = redirected(*parsed, text.substr(text.size() / 2));
    require(!moved || moved->host == parsed->host);
}

void try_template(std::string_view text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto made = record_template::compile(text.substr(0, end));
    if (!made) return require(!made.error().empty());
    const auto key = text.substr(end);
    weir_record record = {};
    record.key.kind = WEIR_BYTES;
    record.key.of.data = key.data();
    record.key.count = static_cast<std::uint32_t>(key.size());
    record.topic = {key.data(), key.size()};
    std::string out;
    require(made->expand(record, escape::header, out));
    std::string encoded;
    percent_encode(key, encoded);
    require(percent_decode(encoded) == key && is_one_line(encoded));
    std::string quoted;
    append_json_text(key, quoted);
    require(quoted.find('\n') == std::string::npos);
}

void try_text(kind which, std::string_view text) {
    switch (which) {
        case bulk: {
            const auto reply = parse_bulk_reply(text, 3);
            require(!reply || !reply->has_errors || reply->items.size() == 3);
            return;
        }
        case token: {
            const auto reply = parse_token_reply(text);
            require(!reply || (is_one_line(reply->access_token) && reply->expires_in_s >= 0));
            return;
        }
        case retry_after: {
            const auto wait = parse_retry_after(text, 784111777000);
            require(!wait || (*wait >= 0 && *wait <= retry_after_ms_max));
            return;
        }
        case address:
            return try_url(text);
        case place:
            return try_template(text);
        default:
            (void)parse_status_rule(text);
            const auto range = parse_backoff(text);
            require(!range || (range->first > 0 && range->first <= range->second));
    }
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&made](kind which, std::string_view text) {
        made.push_back(output().put(std::uint8_t{which}).put_bytes(base::as_bytes(text)).take());
    };
    add(bulk, R"({"took":1,"errors":true,"items":[{"index":{"status":201}},{"create":{"status":429,
        "error":{"type":"a","reason":"b"}}},{"delete":{"status":404,"error":"c"}}]})");
    add(bulk, R"({"errors":false,"items":[]})");
    add(token, R"({"access_token":"abc","expires_in":3600,"token_type":"Bearer"})");
    for (const auto* each : {"120", "Sun, 06 Nov 1994 08:49:37 GMT",
                             "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        add(retry_after, each);
    for (const auto* each :
         {"http://localhost:1/a?b", "https://127.0.0.1/%2e%2e/", "http://[::1]:9/",
          "http://localhost/http://localhost/x", "http://localhost//localhost/y"})
        add(address, each);
    add(place,
        "/{topic}/{partition}/{key}/{offset}/{ts:%Y-%m-%d %H:%M:%S %j %%}{{}}\nkey \xc3\xbc");
    add(status, "5xx");
    add(status, "200ms..30s");
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const auto which = static_cast<weir::fuzz::kind>(in.take_uint8() % weir::fuzz::kinds);
    const auto text = in.take_rest();
    weir::fuzz::try_text(which, weir::base::as_text(text));
    return 0;
}
