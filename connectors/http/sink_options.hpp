// sink_options: the options of the sink as tables, and what they mean. Pure.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/http/access_options.hpp"
#include "connectors/http/batch_plan.hpp"
#include "connectors/http/body.hpp"
#include "connectors/http/record_template.hpp"
#include "connectors/http/retry_policy.hpp"

namespace weir::connectors::http {

// Of type "http", and of type "elasticsearch": the same with the defaults of mode "bulk".
std::span<const sdk::option> http_option_table();
std::span<const sdk::option> elasticsearch_option_table();

enum class record_order : std::uint8_t { none, key, partition };
// What a record without a value becomes: `send` is null in the body.
enum class tombstone : std::uint8_t { send, remove, skip, refuse };

struct sink_options {
    std::string method;
    record_template target;  // the whole URL
    url fixed_target;        // when it has no places
    std::vector<std::pair<std::string, record_template>> headers;
    std::string content_type;
    std::string idempotency_header;  // empty: none
    bool compresses = false;
    bool is_bulk = false;
    body_shape body;
    bulk_shape bulk;
    weir_form value_form = WEIR_FORM_JSON;
    tombstone tombstones = tombstone::send;
    record_order order = record_order::key;
    plan_limits limits;
    std::int64_t every_ms = 0;
    retry_policy retry;
    auth_options auth;
    client_options client;
};

// Every problem is reported; the options are of use only when there was none.
sink_options read_sink_options(const sdk::settings& given, const report_function& report);

// The URL that requests of mode "bulk" go to: _bulk is added to a path that does not end with it.
url bulk_target(url of);

}  // namespace weir::connectors::http
