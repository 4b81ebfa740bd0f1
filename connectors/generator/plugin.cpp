// The plugin "generator": a source that makes records up, and a sink that drops them.
#include "connect/sdk/plugin.hpp"
#include "connectors/generator/blackhole.hpp"
#include "connectors/generator/generator.hpp"

using weir::connectors::generator::blackhole;
using weir::connectors::generator::blackhole_options;
using weir::connectors::generator::generator;
using weir::connectors::generator::generator_options;

WEIR_PLUGIN("generator",
            weir::sdk::source_of<generator>("generator", "1.0", "Makes records up, by a seed.",
                                            generator_options),
            weir::sdk::sink_of<blackhole>("blackhole", "1.0", "Counts records and drops them.",
                                          blackhole_options))
