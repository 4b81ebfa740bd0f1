#include "cli/tools/java/uncaught.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/verb.hpp"

namespace weir::cli::tools::java {

tool_error option_exception(std::string message) {
    std::string_view name = "UnrecognizedOptionException";
    if (message.ends_with("requires an argument")) name = "OptionMissingRequiredArgumentException";
    if (message.starts_with("Cannot parse argument")) name = "OptionArgumentConversionException";
    if (message.starts_with("Found multiple arguments")) {
        name = "MultipleArgumentsForOptionException";
    }
    if (message.starts_with("Option(s) ")) name = "UnavailableOptionException";
    if (message.starts_with("Missing required option")) name = "MissingRequiredOptionsException";
    return {.exception = fmt::format("joptsimple.{}", name), .message = std::move(message)};
}

int die_of(const tool_error& exception) {
    std::fflush(stdout);
    fmt::print(stderr, "Exception in thread \"main\" {}\n", described(exception));
    return exit_failed;
}

}  // namespace weir::cli::tools::java
