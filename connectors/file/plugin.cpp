// The plugin "file": one line a connector.
#include "connect/sdk/plugin.hpp"
#include "connectors/file/sink/file_sink.hpp"
#include "connectors/file/source/file_source.hpp"

namespace file = weir::connectors::file;

WEIR_PLUGIN("file",
            weir::sdk::source_of<file::file_source>("file", "1.0", "Follows files, line by line.",
                                                    file::source_options()),
            weir::sdk::sink_of<file::sink::file_sink>("file", "1.0", "Writes records to files.",
                                                      file::sink::option_table))
