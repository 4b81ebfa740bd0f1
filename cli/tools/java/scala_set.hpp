// The order in which Scala goes through an immutable Set of texts, which one of Kafka's tools
// prints: up to four elements as they came, more of them by their hashes. Pure.
#pragma once

#include <string>
#include <vector>

namespace weir::cli::tools::java {

// `items` are different from each other and in the order in which they came.
void sort_as_scala_set(std::vector<std::string>& items);

}  // namespace weir::cli::tools::java
