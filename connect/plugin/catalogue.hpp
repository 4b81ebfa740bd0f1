// catalogue: the connectors there are, by kind and type, and the shared objects that are none. One
// thread at a time; what it has loaded stays loaded until the process ends.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connect/plugin/library.hpp"

namespace weir::connect::plugin {

enum class connector_kind : std::uint8_t { source, sink };
std::string_view kind_name(connector_kind kind);

struct known_connector {
    connector_kind kind = connector_kind::source;
    std::string type;
    std::string version;
    std::string text;
    std::string file;  // empty: added by hand
    const weir_connector* table = nullptr;
};

struct broken_plugin {
    std::string file;
    std::string reason;
};

class catalogue {
  public:
    // Loads the *.so of these directories that are not known yet; a directory that is not there is
    // none. Of two connectors with the same kind and type the first one counts.
    void scan(const std::vector<std::string>& directories, const probe_options& options = {});
    // A connector of this process; it has to outlive the catalogue. False when its table is broken
    // or its type is taken.
    bool add(const weir_connector* table, std::string file = {});

    // Null when there is none.
    const known_connector* find(connector_kind kind, std::string_view type) const;
    // By kind and type.
    const std::vector<known_connector>& all() const { return connectors_; }
    const std::vector<broken_plugin>& broken() const { return broken_; }
    std::vector<std::string_view> types(connector_kind kind) const;

  private:
    void take(const weir_plugin& from, const std::string& file);

    std::vector<known_connector> connectors_;
    std::vector<broken_plugin> broken_;
    std::set<std::string> seen_;  // files
};

// Where connectors are looked for: `connectors` beside the program, WEIR_PLUGIN_PATH (directories
// with colons between; null: not set), then those of the pipeline file.
std::vector<std::string> search_path(const char* from_environment,
                                     const std::vector<std::string>& from_file);

}  // namespace weir::connect::plugin
