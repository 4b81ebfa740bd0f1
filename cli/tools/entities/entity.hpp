// The entities that a command line of kafka-configs names, and whether it makes sense. Pure, but
// for the lookup of the name of a host.
#pragma once

#include <string>
#include <vector>

#include "cli/tools/errors.hpp"
#include "cli/tools/options.hpp"

namespace weir::cli::tools::entities {

struct entities {
    std::vector<std::string> types;  // "topics"; two of them only for users with clients
    std::vector<std::string> names;  // empty: the default of the type

    const std::string& type() const { return types.front(); }
    // "topic" of "topics".
    std::string singular() const { return type().substr(0, type().size() - 1); }
};

// By --entity-type with --entity-name or --entity-default, or by the options of one type.
entities entities_of(const command_line& line);

// What Kafka's tool refuses before it asks the cluster.
tool_result<void> check(const command_line& line, const entities& named);

}  // namespace weir::cli::tools::entities
