// The plugin "file".
#include "connect/sdk/plugin.hpp"
#include "connectors/file/sink/file_sink.hpp"

using weir::connectors::file::sink::file_sink;
using weir::connectors::file::sink::option_table;

WEIR_PLUGIN("file",
            weir::sdk::sink_of<file_sink>("file", "1.0", "Writes records to files.", option_table))
