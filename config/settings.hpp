// settings: options as they were written, each with where it was written; collected from files, the
// environment and the command line, later ones over earlier ones. All problems are gathered, each
// with its place, and told together.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

struct setting {
    std::string value;
    std::string place;  // "server.properties:12", "KAFKA_NODE_ID"
};

struct problem {
    std::string place;
    std::string key;
    std::string reason;
    // "server.properties:12: num.partitions: 'x': Not a number of type INT"
    std::string text() const;
};

struct settings {
    std::map<std::string, setting, std::less<>> values;  // by Kafka's option name
    std::vector<problem> errors;
    std::vector<problem> warnings;

    const setting* find(std::string_view name) const;
};

// Java properties (server.properties): '#' and '!' comments, '=' ':' or blank between key and
// value, backslash escapes and continued lines.
void read_properties(std::string_view text, const std::string& file, settings& into);

// A TOML file: [node] data_dir, http, id; [broker] listen, advertised, flush, shards and Kafka's
// own option names (quoted). What it does not know is an error.
void read_toml(std::string_view text, const std::string& file, settings& into);

// KAFKA_NODE_ID=1 is node.id=1: one underscore is a dot, two an underscore, three a dash.
// CLUSTER_ID is weir's cluster id. Names that only container images use are ignored.
void read_environment(const char* const* environment, settings& into);

// Checks every value against the table; unknown names become warnings with a suggestion.
void check_settings(settings& of);

}  // namespace weir::config
