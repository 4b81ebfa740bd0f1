// regex_check: is a text a regular expression in the syntax of RE2, which groups of the consumer
// protocol subscribe with? Gateway to RE2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::cli::tools::group_admin {

// Why it is none, in the words of Kafka's library (RE2/J); nothing when it is one.
std::optional<std::string> regex_problem(std::string_view text);

}  // namespace weir::cli::tools::group_admin
