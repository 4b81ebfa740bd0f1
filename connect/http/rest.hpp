// rest: Kafka Connect's REST interface as a table of routes, with /metrics and /health beside it.
//
// Served: what shows connectors, tasks and plugins; pause, resume, stop, restart. Connectors are
// made, changed and deleted in the pipeline file: what would do so answers 405 and says that.
#pragma once

#include <vector>

#include "connect/http/router.hpp"
#include "connect/http/runtime.hpp"

namespace weir::connect::http {

// Functions of `from` that are missing count as such that know of nothing.
std::vector<route> rest_routes(runtime from);

}  // namespace weir::connect::http
