// The plugin "file": one line a connector.
#include "connect/sdk/plugin.hpp"
#include "connectors/file/sink/file_sink.hpp"

using namespace weir;
using namespace weir::connectors::file;

// clang-format off
WEIR_PLUGIN("file",
            sdk::sink_of<sink::file_sink>("file", "1.0", "Writes records to files.",
                                          sink::option_table))
