// The plugin prometheus.so: the source "prometheus".
#include "connect/sdk/plugin.hpp"

#include "connectors/prometheus/prometheus_source.hpp"

using weir::connectors::prometheus::option_table;
using weir::connectors::prometheus::prometheus_source;

WEIR_PLUGIN("prometheus",
            weir::sdk::source_of<prometheus_source>("prometheus", "1.0",
                                                    "Scrapes metrics in Prometheus' formats.",
                                                    option_table()))
