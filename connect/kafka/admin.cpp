// The part of handle that changes a cluster: topics are created through librdkafka's admin calls.
#include <librdkafka/rdkafka.h>

#include <array>

#include "connect/kafka/handle.hpp"

namespace weir::connect::kafka {
namespace {

using spec_owner = std::unique_ptr<rd_kafka_NewTopic_t, destroyer<rd_kafka_NewTopic_destroy>>;
using queue_owner = std::unique_ptr<rd_kafka_queue_t, destroyer<rd_kafka_queue_destroy>>;
using event_owner = std::unique_ptr<rd_kafka_event_t, destroyer<rd_kafka_event_destroy>>;
using options_owner =
    std::unique_ptr<rd_kafka_AdminOptions_t, destroyer<rd_kafka_AdminOptions_destroy>>;
using metadata_owner =
    std::unique_ptr<const rd_kafka_metadata_t, destroyer<rd_kafka_metadata_destroy>>;

client_result<spec_owner> spec_of(const topic_spec& topic) {
    std::array<char, 512> text{};
    spec_owner made(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication,
                                          text.data(), text.size()));
    if (!made) {
        return std::unexpected(client_error{.kind = client_errc::bad_setting, .text = text.data()});
    }
    for (const auto& [name, value] : topic.configs)
        (void)rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
    return made;
}

client_result<void> created(rd_kafka_event_t* event) {
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::unexpected(
            error_of(rd_kafka_event_error(event), rd_kafka_event_error_string(event)));
    }
    const auto* result = rd_kafka_event_CreateTopics_result(event);
    if (result == nullptr) return std::unexpected(error_of(RD_KAFKA_RESP_ERR__BAD_MSG));
    std::size_t count = 0;
    const auto* const* topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (std::size_t index = 0; index < count; ++index) {
        const auto error = rd_kafka_topic_result_error(topics[index]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const char* text = rd_kafka_topic_result_error_string(topics[index]);
        return std::unexpected(error_of(error, text == nullptr ? "" : text));
    }
    return {};
}

}  // namespace

client_result<std::int32_t> handle::broker_count(milliseconds timeout) const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error =
        rd_kafka_metadata(client_, 0, nullptr, &answer, static_cast<int>(timeout.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return metadata_owner(answer)->broker_cnt;
}

client_result<void> handle::create_topic(const topic_spec& topic, milliseconds timeout) const {
    auto spec = spec_of(topic);
    if (!spec) return std::unexpected(spec.error());
    const queue_owner queue(rd_kafka_queue_new(client_));
    const options_owner options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    const auto timeout_ms = static_cast<int>(timeout.count());
    std::array<char, 512> text{};
    (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, text.data(),
                                                    text.size());
    // Waits until the topic is there, so that who produces next does not find it missing.
    (void)rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms, text.data(),
                                                      text.size());
    auto* raw = spec->get();
    rd_kafka_CreateTopics(client_, &raw, 1, options.get(), queue.get());
    const event_owner event(rd_kafka_queue_poll(queue.get(), timeout_ms + 1000));
    if (!event) return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT));
    return created(event.get());
}

}  // namespace weir::connect::kafka
