// java_text: values as Java's toString() writes them, which is what StringConverter makes of what
// is no string. Bytes stay as they are, since Java's text of them says nothing. Pure.
#pragma once

#include <string>

#include "connect/data/value.hpp"

namespace weir::connect::converters {

void append_java_text(std::string& out, const data::value& of);

}  // namespace weir::connect::converters
