// The plugin "file": one line a connector.
#include "connect/sdk/plugin.hpp"

#include "connectors/file/source/file_source.hpp"

using namespace weir;
using namespace weir::connectors::file;

// clang-format off
WEIR_PLUGIN("file",
            sdk::source_of<file_source>("file", "1.0", "Follows files, line by line.",
                                        source_options()))
