// dispatch: from a frame to its handler and back: header, version check, decode, handle, encode.
// What cannot be understood closes the connection, as Kafka does; only ApiVersions has an answer
// for versions that are not known (KIP-511).
#pragma once

#include "broker/api/services.hpp"
#include "broker/network/client_connection.hpp"

namespace weir::broker::api {

// Called on the connection's shard; `frame` stays until the task ends or the handler releases it.
io::task<network::response> dispatch(services& node, network::connection_info& connection,
                                     network::request_frame& frame);

}  // namespace weir::broker::api
