// request_context: one request while it is handled: who asks, at which version, through which
// shard's services; and what the answer needs beyond the response message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/api/services.hpp"
#include "broker/network/connection_info.hpp"
#include "broker/network/request_frame.hpp"
#include "broker/network/response.hpp"

namespace weir::broker::api {

struct request_context {
    services& node;
    network::connection_info& connection;
    // What the request was decoded from: its `records` fields point there. A handler that waits
    // releases it when it needs them no more.
    network::request_frame& frame;
    std::int16_t version = 0;
    std::string client_id;

    // Files behind the response's `records` fields, by external_index.
    std::vector<network::file_slice> slices;
    bool no_reply = false;  // acks=0
    bool close = false;     // the connection cannot go on
};

}  // namespace weir::broker::api
