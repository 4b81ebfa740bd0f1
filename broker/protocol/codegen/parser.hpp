// Reads one schema file. Errors are thrown as parse_error with "file:line: reason": this is a host
// tool that runs in the build, and its only output is either code or that sentence.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "broker/protocol/codegen/model.hpp"

namespace weir::codegen {

struct parse_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The messages of the file: request and response of an API, or one record.
std::vector<message> parse_schema(const std::string& path, const std::string& text);

}  // namespace weir::codegen
