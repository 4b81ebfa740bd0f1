// An exception that nobody caught, as one of Kafka's tools dies of it.
#pragma once

#include <string>

#include "cli/tools/errors.hpp"

namespace weir::cli::tools::java {

// The exception of joptsimple that has this message.
tool_error option_exception(std::string message);

// Says `Exception in thread "main" ...` on standard error, without the stack, which says nothing to
// a user of ours; the exit code of such an end.
int die_of(const tool_error& exception);

}  // namespace weir::cli::tools::java
