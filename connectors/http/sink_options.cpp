#include "connectors/http/sink_options.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace weir::connectors::http {

namespace {

constexpr std::array own_options = {
    sdk::option{.name = "url",
                .required = true,
                .text = "Where records go; after the host with {topic}, {partition}, {key}, "
                        "{offset} and {ts:%Y-%m-%d}, percent-encoded."},
    sdk::option{.name = "mode",
                .initial = "records",
                .valid = "records|bulk",
                .text = "Whether a body is the records, or what Elasticsearch takes at _bulk."},
    sdk::option{.name = "method",
                .initial = "POST",
                .valid = "POST|PUT|PATCH|DELETE",
                .text = "The method of requests."},
    sdk::option{.name = "headers",
                .type = WEIR_OPTION_MAP,
                .text = "Headers, with the places that url has."},
    sdk::option{.name = "content_type", .text = "Content-Type; by default that of the body."},
    sdk::option{.name = "body",
                .initial = "json_array",
                .valid = "json_array|json_lines|single",
                .text = "How records make a body; single: a request for each record."},
    sdk::option{.name = "prefix", .text = "Before the first record; by default the body's."},
    sdk::option{.name = "separator", .text = "Between records; by default the body's."},
    sdk::option{.name = "suffix", .text = "After the last record; by default the body's."},
    sdk::option{.name = "value",
                .initial = "json",
                .valid = "json|bytes",
                .text = "Whether values are sent as JSON or as they stand in the topic."},
    sdk::option{.name = "tombstone",
                .initial = "send",
                .valid = "send|delete|skip|fail",
                .text = "What a record without a value becomes: null in the body (send), a "
                        "deletion in mode bulk (send, delete), nothing, or a bad record."},
    sdk::option{.name = "compression",
                .initial = "none",
                .valid = "none|gzip",
                .text = "Of bodies of requests."},
    sdk::option{.name = "batch.max",
                .type = WEIR_OPTION_INTEGER,
                .initial = "500",
                .valid = "1..100000",
                .text = "Records of a request."},
    sdk::option{.name = "batch.bytes",
                .type = WEIR_OPTION_BYTES,
                .initial = "1MiB",
                .valid = "1..1073741824",
                .text = "Bytes of a request's records; a larger record goes alone."},
    sdk::option{.name = "batch.every",
                .type = WEIR_OPTION_DURATION,
                .initial = "0ms",
                .valid = "0..3600000",
                .text = "How long the first record waits for a full request."},
    sdk::option{.name = "in_flight",
                .type = WEIR_OPTION_INTEGER,
                .initial = "4",
                .valid = "1..64",
                .text = "Requests at the same time."},
    sdk::option{.name = "order",
                .initial = "key",
                .valid = "key|partition|none",
                .text = "Which records never overtake each other."},
    sdk::option{.name = "idempotency_header",
                .initial = "Idempotency-Key",
                .text = "The header that names the records of a request; empty for none."},
    sdk::option{.name = "retry.for",
                .type = WEIR_OPTION_DURATION,
                .initial = "10m",
                .text = "How long a request is tried again before its records are bad records."},
    sdk::option{.name = "retry.backoff",
                .initial = "200ms..30s",
                .text = "The first and the longest wait between tries; it doubles, with jitter."},
    sdk::option{.name = "retry.status",
                .type = WEIR_OPTION_LIST,
                .text = "Statuses that are tried again; by default 408, 429 and 5xx."},
    sdk::option{.name = "timeout.request",
                .type = WEIR_OPTION_DURATION,
                .initial = "30s",
                .valid = "1..",
                .text = "From the first byte of a request to the last of its response."},
    sdk::option{.name = "index",
                .initial = "{topic}",
                .text = "Mode bulk: the index, with the places that url has, in lower case."},
    sdk::option{.name = "op",
                .initial = "index",
                .valid = "index|create|update",
                .text = "Mode bulk: what is done with a document; update also creates it."},
    sdk::option{.name = "id",
                .initial = "offset",
                .valid = "offset|key|none",
                .text = "Mode bulk: a document's id: topic-partition-offset, the key, or the "
                        "server's choice."},
};

constexpr auto http_options = joined(own_options, access_option_table);

constexpr auto elasticsearch_options = [] {
    auto out = http_options;
    for (auto& each : out) {
        if (each.name == "mode") each.initial = "bulk";
    }
    return out;
}();

constexpr std::array reserved_headers = {"host", "content-length", "transfer-encoding",
                                         "connection", "content-encoding"};

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& letter : out) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return out;
}

bool is_header_name(std::string_view text) {
    return !text.empty() && text.size() <= 200 && std::ranges::all_of(text, [](char letter) {
        const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        const bool is_digit = letter >= '0' && letter <= '9';
        constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
        return is_letter || is_digit || marks.find(letter) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return code >= 0x20 && code != 0x7f;
    });
}

void read_target(const sdk::settings& given, const report_function& report, sink_options& into) {
    const auto text = given.text("url");
    auto compiled = record_template::compile(text);
    if (!compiled) return report("url", compiled.error());
    into.target = std::move(*compiled);
    // A record must not choose the server.
    const auto head = into.target.head();
    const auto scheme = head.find("://");
    const bool has_host = scheme != std::string_view::npos &&
                          head.find_first_of("/?", scheme + 3) != std::string_view::npos;
    if (!into.target.is_constant() && !has_host)
        return report("url", "a place such as {topic} may stand only behind the host and a /");
    auto parsed = parse_url(head);
    if (!parsed) return report("url", parsed.error());
    into.fixed_target = into.is_bulk ? bulk_target(*parsed) : *parsed;
    if (into.auth.kind == auth_kind::none && !parsed->user.empty()) {
        into.auth.kind = auth_kind::basic;
        into.auth.user = parsed->user;
        into.auth.password = parsed->password;
    }
}

void read_headers(const sdk::settings& given, const report_function& report, sink_options& into) {
    for (const auto& [name, value] : given.map("headers")) {
        const bool is_reserved =
            std::ranges::find(reserved_headers, lower(name)) != std::ranges::end(reserved_headers);
        if (!is_header_name(name)) report("headers", name + " is no name of a header");
        if (is_reserved) report("headers", name + " is set by the sink itself");
        auto compiled = record_template::compile(value);
        if (!compiled) {
            report("headers", name + ": " + compiled.error());
        } else if (!is_header_value(value)) {
            report("headers", name + ": a control character is in the value");
        } else {
            into.headers.emplace_back(name, std::move(*compiled));
        }
    }
    const auto& name = into.idempotency_header = given.text("idempotency_header");
    if (!name.empty() && !is_header_name(name))
        report("idempotency_header", name + " is no name of a header");
}

void read_body(const sdk::settings& given, sink_options& into) {
    const auto body = given.text("body");
    into.value_form = given.text("value") == "bytes" ? WEIR_FORM_BYTES : WEIR_FORM_JSON;
    const bool is_bytes = into.value_form == WEIR_FORM_BYTES;
    into.content_type = is_bytes ? "application/octet-stream" : "application/json";
    if (into.is_bulk || body == "json_lines") into.content_type = "application/x-ndjson";
    if (body == "json_array") into.body = {"[", ",", "]"};
    if (body == "json_lines") into.body = {"", "\n", "\n"};
    if (body == "single") {
        into.body = {};
        into.limits.records_max = 1;
    }
    if (is_bytes) into.body.null_text = "";
    if (given.has("prefix")) into.body.prefix = given.text("prefix");
    if (given.has("separator")) into.body.separator = given.text("separator");
    if (given.has("suffix")) into.body.suffix = given.text("suffix");
    if (given.has("content_type")) into.content_type = given.text("content_type");
}

void read_bulk(const sdk::settings& given, const report_function& report, sink_options& into) {
    into.value_form = WEIR_FORM_JSON;
    const auto operation = given.text("op");
    const auto id = given.text("id");
    into.bulk.operation = operation == "create"   ? bulk_operation::create
                          : operation == "update" ? bulk_operation::update
                                                  : bulk_operation::index;
    into.bulk.id_is_key = id == "key";
    into.bulk.has_id = id != "none";
    auto index = record_template::compile(given.text("index"));
    if (!index) report("index", index.error());
    if (index) into.bulk.index = std::move(*index);
    if (operation == "update" && !into.bulk.has_id) report("id", "op = \"update\" needs an id");
    // Documents that overwrite each other must do so in order.
    if (into.bulk.id_is_key && into.order == record_order::none) into.order = record_order::key;
    // There is no document of a tombstone's own id that could be deleted.
    if (into.tombstones == tombstone::send) into.tombstones = tombstone::remove;
    if (into.tombstones == tombstone::remove && !into.bulk.id_is_key)
        into.tombstones = tombstone::skip;
}

void read_retry(const sdk::settings& given, const report_function& report, sink_options& into) {
    into.retry.for_ms = given.integer("retry.for");
    const auto backoff = parse_backoff(given.text("retry.backoff"));
    if (!backoff) report("retry.backoff", backoff.error());
    if (backoff) std::tie(into.retry.backoff_min_ms, into.retry.backoff_max_ms) = *backoff;
    if (given.has("retry.status")) into.retry.statuses.clear();
    for (const auto& each : given.list("retry.status")) {
        const auto rule = parse_status_rule(each);
        if (!rule) report("retry.status", rule.error());
        if (rule) into.retry.statuses.push_back(*rule);
    }
}

tombstone read_tombstone(const std::string& text) {
    if (text == "delete") return tombstone::remove;
    if (text == "skip") return tombstone::skip;
    return text == "fail" ? tombstone::refuse : tombstone::send;
}

}  // namespace

std::span<const sdk::option> http_option_table() {
    return http_options;
}

std::span<const sdk::option> elasticsearch_option_table() {
    return elasticsearch_options;
}

url bulk_target(url of) {
    const auto question = of.target.find('?');
    auto path = of.target.substr(0, question);
    const auto query = question == std::string::npos ? std::string() : of.target.substr(question);
    if (!path.ends_with("/_bulk")) path += path.ends_with('/') ? "_bulk" : "/_bulk";
    of.target = path + query;
    return of;
}

sink_options read_sink_options(const sdk::settings& given, const report_function& report) {
    sink_options out;
    out.is_bulk = given.text("mode") == "bulk";
    out.method = given.text("method");
    out.compresses = given.text("compression") == "gzip";
    const auto order = given.text("order");
    out.order = order == "partition" ? record_order::partition
                : order == "none"    ? record_order::none
                                     : record_order::key;
    out.tombstones = read_tombstone(given.text("tombstone"));
    out.limits.records_max = static_cast<std::uint32_t>(given.integer("batch.max"));
    out.limits.bytes_max = static_cast<std::uint64_t>(given.integer("batch.bytes"));
    out.limits.lanes_max = static_cast<std::uint32_t>(given.integer("in_flight"));
    out.every_ms = given.integer("batch.every");
    out.auth = read_auth(given, report);
    out.client = read_client(given, report);
    out.client.request_ms = given.integer("timeout.request");
    read_target(given, report, out);
    read_headers(given, report, out);
    read_body(given, out);
    if (out.is_bulk) {
        out.limits.records_max = static_cast<std::uint32_t>(given.integer("batch.max"));
        read_bulk(given, report, out);
        // The results of all items, and room for long reasons.
        out.client.body_bytes_max =
            (std::size_t{1} << 20) + std::size_t{4096} * out.limits.records_max;
    }
    read_retry(given, report, out);
    bool needs_key = out.target.needs_key();
    bool needs_record = out.target.needs_record();
    for (const auto& [name, value] : out.headers) {
        needs_key = needs_key || value.needs_key();
        needs_record = needs_record || value.needs_record();
    }
    out.limits.gathers = !needs_record && !(needs_key && out.order == record_order::partition);
    return out;
}

}  // namespace weir::connectors::http
