#include "broker/api/dispatch.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "broker/api/api_table.hpp"
#include "broker/api/request_context.hpp"
#include "broker/protocol/messages/add_offsets_to_txn_request.hpp"
#include "broker/protocol/messages/add_offsets_to_txn_response.hpp"
#include "broker/protocol/messages/add_partitions_to_txn_request.hpp"
#include "broker/protocol/messages/add_partitions_to_txn_response.hpp"
#include "broker/protocol/messages/alter_configs_request.hpp"
#include "broker/protocol/messages/alter_configs_response.hpp"
#include "broker/protocol/messages/api_versions_request.hpp"
#include "broker/protocol/messages/api_versions_response.hpp"
#include "broker/protocol/messages/consumer_group_describe_request.hpp"
#include "broker/protocol/messages/consumer_group_describe_response.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_request.hpp"
#include "broker/protocol/messages/consumer_group_heartbeat_response.hpp"
#include "broker/protocol/messages/create_partitions_request.hpp"
#include "broker/protocol/messages/create_partitions_response.hpp"
#include "broker/protocol/messages/create_topics_request.hpp"
#include "broker/protocol/messages/create_topics_response.hpp"
#include "broker/protocol/messages/delete_groups_request.hpp"
#include "broker/protocol/messages/delete_groups_response.hpp"
#include "broker/protocol/messages/delete_records_request.hpp"
#include "broker/protocol/messages/delete_records_response.hpp"
#include "broker/protocol/messages/delete_topics_request.hpp"
#include "broker/protocol/messages/delete_topics_response.hpp"
#include "broker/protocol/messages/describe_cluster_request.hpp"
#include "broker/protocol/messages/describe_cluster_response.hpp"
#include "broker/protocol/messages/describe_configs_request.hpp"
#include "broker/protocol/messages/describe_configs_response.hpp"
#include "broker/protocol/messages/describe_groups_request.hpp"
#include "broker/protocol/messages/describe_groups_response.hpp"
#include "broker/protocol/messages/describe_log_dirs_request.hpp"
#include "broker/protocol/messages/describe_log_dirs_response.hpp"
#include "broker/protocol/messages/describe_producers_request.hpp"
#include "broker/protocol/messages/describe_producers_response.hpp"
#include "broker/protocol/messages/describe_quorum_request.hpp"
#include "broker/protocol/messages/describe_quorum_response.hpp"
#include "broker/protocol/messages/describe_topic_partitions_request.hpp"
#include "broker/protocol/messages/describe_topic_partitions_response.hpp"
#include "broker/protocol/messages/describe_transactions_request.hpp"
#include "broker/protocol/messages/describe_transactions_response.hpp"
#include "broker/protocol/messages/elect_leaders_request.hpp"
#include "broker/protocol/messages/elect_leaders_response.hpp"
#include "broker/protocol/messages/end_txn_request.hpp"
#include "broker/protocol/messages/end_txn_response.hpp"
#include "broker/protocol/messages/fetch_request.hpp"
#include "broker/protocol/messages/fetch_response.hpp"
#include "broker/protocol/messages/find_coordinator_request.hpp"
#include "broker/protocol/messages/find_coordinator_response.hpp"
#include "broker/protocol/messages/heartbeat_request.hpp"
#include "broker/protocol/messages/heartbeat_response.hpp"
#include "broker/protocol/messages/incremental_alter_configs_request.hpp"
#include "broker/protocol/messages/incremental_alter_configs_response.hpp"
#include "broker/protocol/messages/init_producer_id_request.hpp"
#include "broker/protocol/messages/init_producer_id_response.hpp"
#include "broker/protocol/messages/join_group_request.hpp"
#include "broker/protocol/messages/join_group_response.hpp"
#include "broker/protocol/messages/leave_group_request.hpp"
#include "broker/protocol/messages/leave_group_response.hpp"
#include "broker/protocol/messages/list_config_resources_request.hpp"
#include "broker/protocol/messages/list_config_resources_response.hpp"
#include "broker/protocol/messages/list_groups_request.hpp"
#include "broker/protocol/messages/list_groups_response.hpp"
#include "broker/protocol/messages/list_offsets_request.hpp"
#include "broker/protocol/messages/list_offsets_response.hpp"
#include "broker/protocol/messages/list_partition_reassignments_request.hpp"
#include "broker/protocol/messages/list_partition_reassignments_response.hpp"
#include "broker/protocol/messages/list_transactions_request.hpp"
#include "broker/protocol/messages/list_transactions_response.hpp"
#include "broker/protocol/messages/metadata_request.hpp"
#include "broker/protocol/messages/metadata_response.hpp"
#include "broker/protocol/messages/offset_commit_request.hpp"
#include "broker/protocol/messages/offset_commit_response.hpp"
#include "broker/protocol/messages/offset_delete_request.hpp"
#include "broker/protocol/messages/offset_delete_response.hpp"
#include "broker/protocol/messages/offset_fetch_request.hpp"
#include "broker/protocol/messages/offset_fetch_response.hpp"
#include "broker/protocol/messages/offset_for_leader_epoch_request.hpp"
#include "broker/protocol/messages/offset_for_leader_epoch_response.hpp"
#include "broker/protocol/messages/produce_request.hpp"
#include "broker/protocol/messages/produce_response.hpp"
#include "broker/protocol/messages/sync_group_request.hpp"
#include "broker/protocol/messages/sync_group_response.hpp"
#include "broker/protocol/messages/txn_offset_commit_request.hpp"
#include "broker/protocol/messages/txn_offset_commit_response.hpp"
#include "broker/protocol/messages/update_features_request.hpp"
#include "broker/protocol/messages/update_features_response.hpp"
#include "broker/protocol/messages/write_txn_markers_request.hpp"
#include "broker/protocol/messages/write_txn_markers_response.hpp"

namespace weir::broker::api {

// The handlers, one file each.
#define X(name, key, advertised_min, min, max) \
    io::task<protocol::name##_response> name(request_context&, protocol::name##_request);
#include "broker/api/api_table.tbl"
#undef X

namespace {

struct frame_header {
    protocol::api_key key{};
    std::int16_t version = 0;
    std::int32_t correlation_id = 0;
    std::string client_id;
};

std::string_view name_of(protocol::api_key key) {
    return protocol::api_name(key);
}

const served_api* find_served(protocol::api_key key) {
    const auto served = served_apis();
    const auto found = std::ranges::find(served, key, &served_api::key);
    return found == served.end() ? nullptr : &*found;
}

network::response closing() {
    network::response response;
    response.none = response.close = true;
    return response;
}

// Size and header; the body follows. finish() sets the size.
void begin(protocol::writer& out, const frame_header& header) {
    out.put_int32(0);
    out.put_int32(header.correlation_id);
    if (protocol::response_header_version(header.key, header.version) >= 1) {
        out.put_unsigned_varint(0);  // no tagged fields
    }
}
void finish(protocol::writer& out) {
    out.patch_int32(0, static_cast<std::int32_t>(out.size() - sizeof(std::int32_t)));
}

network::response refuse_frame(const network::connection_info& from, const frame_header& header,
                               std::string_view reason) {
    base::log_warn("connection {} from {}:{}: {} request, version {}: {}: closed", from.id,
                   from.peer_host, from.peer_port,
                   name_of(header.key).empty() ? "unknown" : name_of(header.key), header.version,
                   reason);
    return closing();
}

template <class Request, class Response>
io::task<network::response> run(services& node, network::connection_info& connection,
                                network::request_frame& frame, frame_header header,
                                protocol::reader body,
                                io::task<Response> (*handler)(request_context&, Request)) {
    // Bytes after the message are ignored, as Kafka does: librdkafka 2.16 sends three after a
    // Metadata request for all topics.
    auto request = Request::decode(body, header.version);
    if (!request) co_return refuse_frame(connection, header, protocol::to_text(request.error()));
    // Batches are appended from where they are; everything else has been copied.
    if constexpr (!std::is_same_v<Request, protocol::produce_request>) frame.forget_bytes();
    request_context context{.node = node,
                            .connection = connection,
                            .frame = frame,
                            .version = header.version,
                            .client_id = header.client_id};
    auto handling = handler(context, std::move(*request));
    const auto answer = co_await std::move(handling);
    network::response response;
    response.close = context.close;
    response.none = context.no_reply;
    if (response.none) co_return response;
    begin(response.frame, header);
    answer.encode(response.frame, header.version);
    finish(response.frame);
    response.slices = std::move(context.slices);
    co_return response;
}

// KIP-511: whoever asks in a version we do not know gets a v0 answer that says which we know.
network::response unknown_api_versions(const frame_header& header) {
    protocol::api_versions_response answer;
    answer.error_code = error_code::unsupported_version;
    const auto* known = find_served(header.key);
    auto& each = answer.api_keys.emplace_back();
    each.api_key = static_cast<std::int16_t>(known->key);
    each.min_version = known->advertised_min;
    each.max_version = known->max;
    network::response response;
    begin(response.frame, header);
    answer.encode(response.frame, 0);
    finish(response.frame);
    return response;
}

}  // namespace

io::task<network::response> dispatch(services& node, network::connection_info& connection,
                                     network::request_frame& frame) {
    protocol::reader body(frame.bytes());
    frame_header header;
    header.key = static_cast<protocol::api_key>(body.get_int16());
    header.version = body.get_int16();
    header.correlation_id = body.get_int32();
    if (body.failed()) co_return refuse_frame(connection, header, "the header is cut short");
    const auto* served = find_served(header.key);
    if (!served) co_return refuse_frame(connection, header, "this API is not served");
    const bool known = header.version >= served->min && header.version <= served->max;
    if (!known && header.key == protocol::api_key::api_versions) {
        co_return unknown_api_versions(header);
    }
    if (!known) co_return refuse_frame(connection, header, "this version is not served");
    header.client_id = body.get_nullable_string(false).value_or("");
    if (protocol::request_header_version(header.key, header.version) >= 2) body.skip_tags();
    if (body.failed()) co_return refuse_frame(connection, header, "the header is malformed");

    const auto begun = node.shard.now();
    auto meter = [&node, begun, key = header.key] {
        node.requests.record(static_cast<std::size_t>(key), node.shard.now() - begun);
    };
    switch (header.key) {
#define X(name, key, advertised_min, min, max)                                        \
    case protocol::api_key::name: {                                                   \
        auto handling = run(node, connection, frame, std::move(header), body, &name); \
        auto response = co_await std::move(handling);                                 \
        meter();                                                                      \
        co_return response;                                                           \
    }
#include "broker/api/api_table.tbl"
#undef X
        default:
            break;
    }
    co_return closing();
}

}  // namespace weir::broker::api
