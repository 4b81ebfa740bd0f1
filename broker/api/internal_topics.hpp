// Topics that the broker makes itself: the internal ones, and those that a client names first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/io/task.hpp"
#include "broker/protocol/error_codes.hpp"

namespace weir::broker::api {

struct services;

bool is_internal_topic(std::string_view name);

// Creates the topics with the broker's defaults (an internal one with its own settings), all in
// one step. Gives the error of each that could not be created; "exists already" is none.
io::task<std::map<std::string, error_code>> create_missing_topics(services& node,
                                                                  std::vector<std::string> names);

}  // namespace weir::broker::api
