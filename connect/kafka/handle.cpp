#include "connect/kafka/handle.hpp"

#include <librdkafka/rdkafka.h>

#include <array>

namespace weir::connect::kafka {
namespace {

using error_text = std::array<char, 512>;

using conf_owner = std::unique_ptr<rd_kafka_conf_t, destroyer<rd_kafka_conf_destroy>>;
using topic_owner = std::unique_ptr<rd_kafka_topic_t, destroyer<rd_kafka_topic_destroy>>;
using metadata_owner =
    std::unique_ptr<const rd_kafka_metadata_t, destroyer<rd_kafka_metadata_destroy>>;

// Levels are those of syslog: 3 is an error, 4 a warning, 7 for debugging.
log_level level_of(int syslog_level) {
    if (syslog_level <= 3) return log_level::error;
    if (syslog_level == 4) return log_level::warn;
    if (syslog_level == 7) return log_level::debug;
    return log_level::info;
}

topic_info info_of(const rd_kafka_metadata_topic_t& topic) {
    topic_info out{
        .name = topic.topic, .error_code = static_cast<std::int16_t>(topic.err), .partitions = {}};
    for (int index = 0; index < topic.partition_cnt; ++index)
        out.partitions.push_back(topic.partitions[index].id);
    return out;
}

client_result<metadata_owner> ask(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                  milliseconds timeout) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(client, topic == nullptr ? 1 : 0, topic, &answer,
                                         static_cast<int>(timeout.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return metadata_owner(answer);
}

}  // namespace

client_error error_of(int number, std::string text) {
    const auto code = static_cast<rd_kafka_resp_err_t>(number);
    client_error error{.text = text.empty() ? rd_kafka_err2str(code) : std::move(text)};
    error.fenced = code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                   code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    switch (code) {
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
            error.kind = client_errc::timed_out;
            break;
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            error.kind = client_errc::record_timed_out;
            break;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            error.kind = client_errc::queue_full;
            break;
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__RESOLVE:
            error.kind = client_errc::unreachable;
            break;
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
            error.kind = client_errc::unknown_topic;
            break;
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            error.kind = client_errc::unknown_partition;
            break;
        case RD_KAFKA_RESP_ERR__FATAL:
            error.kind = client_errc::fatal;
            break;
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            error.kind = client_errc::end_of_partition;
            break;
        default:
            if (number > 0) {
                error.kind = client_errc::from_broker;
                error.code = static_cast<std::int16_t>(number);
            }
    }
    return error;
}

client_result<void> result_of(rd_kafka_error_s* error) {
    if (error == nullptr) return {};
    auto failed = error_of(rd_kafka_error_code(error), rd_kafka_error_string(error));
    failed.retriable = rd_kafka_error_is_retriable(error) != 0;
    failed.needs_abort = rd_kafka_error_txn_requires_abort(error) != 0;
    if (rd_kafka_error_is_fatal(error) != 0) failed.kind = client_errc::fatal;
    rd_kafka_error_destroy(error);
    return std::unexpected(std::move(failed));
}

void handle::on_log(const rd_kafka_s* client, int level, const char* facility, const char* text) {
    const auto* self = static_cast<const handle*>(rd_kafka_opaque(client));
    if (self == nullptr || !self->options_.on_log) return;
    self->options_.on_log({.level = level_of(level), .facility = facility, .text = text});
}

client_result<std::unique_ptr<handle>> handle::create(client_kind kind, client_options options,
                                                      void* owner,
                                                      const prepare_function& prepare) {
    error_text text{};
    conf_owner conf(rd_kafka_conf_new());
    for (const auto& [name, value] : options.settings) {
        const auto set =
            rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size());
        if (set == RD_KAFKA_CONF_OK) continue;
        return std::unexpected(client_error{.kind = client_errc::bad_setting, .text = text.data()});
    }
    std::unique_ptr<handle> made(new handle(std::move(options), owner));
    rd_kafka_conf_set_opaque(conf.get(), made.get());
    rd_kafka_conf_set_log_cb(conf.get(), &handle::on_log);
    prepare(conf.get());
    const auto type = kind == client_kind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    made->client_ = rd_kafka_new(type, conf.get(), text.data(), text.size());
    if (made->client_ == nullptr) {
        return std::unexpected(client_error{.kind = client_errc::bad_setting, .text = text.data()});
    }
    (void)conf.release();  // the client has it now
    return made;
}

handle::~handle() {
    if (client_ != nullptr) rd_kafka_destroy(client_);
}

std::optional<std::int64_t> handle::high_watermark(const std::string& topic,
                                                   std::int32_t partition) const {
    std::int64_t low = -1;
    std::int64_t high = -1;
    if (rd_kafka_get_watermark_offsets(client_, topic.c_str(), partition, &low, &high) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    return high < 0 ? std::nullopt : std::optional(high);
}

client_result<topic_info> handle::topic(const std::string& name, milliseconds timeout) const {
    const topic_owner topic(rd_kafka_topic_new(client_, name.c_str(), nullptr));
    if (!topic) return std::unexpected(error_of(rd_kafka_last_error()));
    const auto answer = ask(client_, topic.get(), timeout);
    if (!answer) return std::unexpected(answer.error());
    if ((*answer)->topic_cnt != 1) return std::unexpected(error_of(RD_KAFKA_RESP_ERR__BAD_MSG));
    return info_of((*answer)->topics[0]);
}

client_result<std::vector<topic_info>> handle::all_topics(milliseconds timeout) const {
    const auto answer = ask(client_, nullptr, timeout);
    if (!answer) return std::unexpected(answer.error());
    std::vector<topic_info> out;
    for (int index = 0; index < (*answer)->topic_cnt; ++index)
        out.push_back(info_of((*answer)->topics[index]));
    return out;
}

}  // namespace weir::connect::kafka
