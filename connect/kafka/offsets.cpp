#include "connect/kafka/offsets.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <cstring>

#include "connect/kafka/handle.hpp"

namespace weir::connect::kafka {
namespace {

using group_owner = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                    destroyer<rd_kafka_consumer_group_metadata_destroy>>;

list_owner partitions_of(const std::vector<group_offset>& of) {
    list_owner list(rd_kafka_topic_partition_list_new(static_cast<int>(of.size())));
    for (const auto& each : of) {
        auto* added =
            rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
        added->offset = each.offset;
        if (each.metadata.empty()) continue;
        // The list frees it.
        added->metadata = std::malloc(each.metadata.size());
        if (added->metadata == nullptr) continue;
        std::memcpy(added->metadata, each.metadata.data(), each.metadata.size());
        added->metadata_size = each.metadata.size();
    }
    return list;
}

int milliseconds_of(milliseconds timeout) {
    return static_cast<int>(timeout.count());
}

}  // namespace

client_result<offset_range> offset_range_of(consumer& with, const std::string& topic,
                                            std::int32_t partition, milliseconds timeout) {
    offset_range out;
    const auto error = rd_kafka_query_watermark_offsets(
        with.native(), topic.c_str(), partition, &out.begin, &out.end, milliseconds_of(timeout));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return out;
}

client_result<std::vector<group_offset>> committed_offsets(consumer& with,
                                                           std::vector<group_offset> of,
                                                           milliseconds timeout) {
    const auto list = partitions_of(of);
    const auto error = rd_kafka_committed(with.native(), list.get(), milliseconds_of(timeout));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    for (int index = 0; index < list->cnt; ++index) {
        const auto& from = list->elems[index];
        auto& into = of[static_cast<std::size_t>(index)];
        if (from.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(from.err));
        into.offset = from.offset < 0 ? -1 : from.offset;
        into.metadata.clear();
        if (from.metadata == nullptr) continue;
        into.metadata.assign(static_cast<const char*>(from.metadata), from.metadata_size);
    }
    return of;
}

client_result<void> send_offsets(producer& with, const std::string& group,
                                 const std::vector<group_offset>& what, milliseconds timeout) {
    const auto list = partitions_of(what);
    const group_owner who(rd_kafka_consumer_group_metadata_new(group.c_str()));
    return result_of(rd_kafka_send_offsets_to_transaction(with.native(), list.get(), who.get(),
                                                          milliseconds_of(timeout)));
}

}  // namespace weir::connect::kafka
