// deserializer: bytes as the text that Kafka's console consumer prints for them, by the names of
// the classes org.apache.kafka.common.serialization.*. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "cli/tools/errors.hpp"

namespace weir::cli::tools::console {

// Appends the text; fails with the exception that the class throws.
using deserializer = tool_result<void> (*)(base::bytes_view data, std::string& to);

// nullptr: not one of Kafka's classes.
deserializer find_deserializer(std::string_view class_name);

}  // namespace weir::cli::tools::console
