// to_json of every message and record: the fields of a version, under Kafka's names. The
// definitions are generated (messages/json.cpp).
#pragma once

#include <nlohmann/json.hpp>

#include "broker/protocol/messages/all.hpp"

namespace weir::broker::protocol {

#define X(type) nlohmann::json to_json(const type& value, int version);
#include "broker/protocol/messages/all.tbl"
#undef X

}  // namespace weir::broker::protocol
