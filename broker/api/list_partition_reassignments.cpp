// ListPartitionReassignments (key 46): reassignments under way (KIP-455). One node moves nothing,
// so known partitions are answered by an empty list, unknown ones are left out as Kafka does.
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/list_partition_reassignments_request.hpp"
#include "broker/protocol/messages/list_partition_reassignments_response.hpp"

namespace weir::broker::api {

io::task<protocol::list_partition_reassignments_response> list_partition_reassignments(
    request_context&, protocol::list_partition_reassignments_request) {
    co_return protocol::list_partition_reassignments_response{};
}

}  // namespace weir::broker::api
