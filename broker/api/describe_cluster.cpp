// DescribeCluster (key 60): cluster id, controller and brokers (KIP-700).
//   v1    endpoint type: brokers (1) are served; controllers (2) are not listeners of their own
//   v2    fenced brokers on request (KIP-1073)
#include <string>
#include "broker/api/authorized_operations.hpp"

#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/describe_cluster_request.hpp"
#include "broker/protocol/messages/describe_cluster_response.hpp"

namespace weir::broker::api {

io::task<protocol::describe_cluster_response> describe_cluster(
    request_context& context, protocol::describe_cluster_request request) {
    constexpr std::int8_t brokers_endpoint = 1;
    constexpr std::int8_t controllers_endpoint = 2;
    protocol::describe_cluster_response response;
    response.endpoint_type = brokers_endpoint;
    if (request.endpoint_type != brokers_endpoint &&
        request.endpoint_type != controllers_endpoint) {
        response.error_code = error_code::unsupported_endpoint_type;
        response.error_message =
            "Unsupported endpoint type " + std::to_string(request.endpoint_type);
        co_return response;
    }
    if (request.endpoint_type != brokers_endpoint) {
        response.error_code = error_code::mismatched_endpoint_type;
        response.error_message =
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of "
            "type CONTROLLER";
        co_return response;
    }
    response.cluster_authorized_operations =
        request.include_cluster_authorized_operations ? cluster_operations : operations_not_asked;
    response.cluster_id = context.node.cluster_id;
    response.controller_id = context.node.self;
    for (const auto& [id, broker] : context.node.image().brokers()) {
        if (broker.fenced && !request.include_fenced_brokers) continue;
        for (const auto& endpoint : broker.endpoints) {
            if (endpoint.listener != context.connection.listener) continue;
            protocol::describe_cluster_response::describe_cluster_broker each;
            each.broker_id = id;
            each.host = endpoint.host;
            each.port = endpoint.port;
            each.rack = broker.rack;
            each.is_fenced = broker.fenced;
            response.brokers.push_back(std::move(each));
        }
    }
    co_return response;
}

}  // namespace weir::broker::api
