// The plugin http.so: the sinks "http" and, with the defaults of mode "bulk", "elasticsearch".
#include "connect/sdk/plugin.hpp"

#include "connectors/http/http_sink.hpp"

using weir::connectors::http::elasticsearch_option_table;
using weir::connectors::http::http_option_table;
using weir::connectors::http::http_sink;

namespace {

// A type of its own, since the SDK keeps one table for each.
class elasticsearch_sink : public http_sink {};

}  // namespace

WEIR_PLUGIN("http",
            weir::sdk::sink_of<http_sink>("http", "1.0", "Sends records to a server over HTTP.",
                                          http_option_table()),
            weir::sdk::sink_of<elasticsearch_sink>(
                "elasticsearch", "1.0", "Indexes records in Elasticsearch or OpenSearch.",
                elasticsearch_option_table()))
