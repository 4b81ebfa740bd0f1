// log_hiding: texts that no log line shows: secrets, which a library or a connector may put into
// its messages. Thread safe.
#pragma once

#include <string>
#include <vector>

namespace weir::base {

// From now on these texts are **** in every line; they replace those of before. Put the longest
// first: one may be a part of another.
void hide_in_log(std::vector<std::string> texts);

}  // namespace weir::base
