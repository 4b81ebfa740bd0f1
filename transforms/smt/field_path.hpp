// field_path: where a field is: its name, or with field.syntax.version V2 a path of names with dots
// between, names that have dots in backticks (KIP-821, SingleFieldPath). Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::transforms::smt {

// The names, outermost first; the error is a sentence.
std::expected<std::vector<std::string>, std::string> parse_field_path(std::string_view path);

}  // namespace weir::transforms::smt
