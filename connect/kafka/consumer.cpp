#include "connect/kafka/consumer.hpp"

#include <librdkafka/rdkafka.h>

#include "connect/kafka/handle.hpp"

namespace weir::connect::kafka {
namespace {

std::int64_t native_offset(std::int64_t offset) {
    if (offset == from_beginning) return RD_KAFKA_OFFSET_BEGINNING;
    if (offset == from_end) return RD_KAFKA_OFFSET_END;
    return offset;
}

// Puts offsets in place of "the beginning" and "the end". Left alone the client would ask for them,
// but half a second later when it has not yet told its broker's thread of the partition.
void resolve(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list) {
    constexpr int timeout_ms = 1000;
    const list_owner asked(rd_kafka_topic_partition_list_new(list->cnt));
    for (int index = 0; index < list->cnt; ++index) {
        const auto& each = list->elems[index];
        if (each.offset >= 0) continue;
        // On the wire the numbers are those of timestamps with a meaning: -2 and -1.
        rd_kafka_topic_partition_list_add(asked.get(), each.topic, each.partition)->offset =
            each.offset;
    }
    if (asked->cnt == 0) return;
    if (rd_kafka_offsets_for_times(client, asked.get(), timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    for (int index = 0; index < asked->cnt; ++index) {
        const auto& answer = asked->elems[index];
        if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR || answer.offset < 0) continue;
        auto* place = rd_kafka_topic_partition_list_find(list, answer.topic, answer.partition);
        if (place != nullptr) place->offset = answer.offset;
    }
}

std::optional<base::bytes_view> bytes_of(const void* data, std::size_t size) {
    if (data == nullptr) return std::nullopt;
    return base::bytes_view(static_cast<const std::byte*>(data), size);
}

timestamp_kind kind_of(rd_kafka_timestamp_type_t type) {
    if (type == RD_KAFKA_TIMESTAMP_CREATE_TIME) return timestamp_kind::create_time;
    if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) return timestamp_kind::log_append_time;
    return timestamp_kind::none;
}

}  // namespace

consumer::problem problem_of(const rd_kafka_message_s& from) {
    const char* text = rd_kafka_message_errstr(&from);
    return {.error = error_of(from.err, text == nullptr ? "" : text),
            .topic = from.rkt == nullptr ? "" : rd_kafka_topic_name(from.rkt),
            .partition = from.partition,
            .offset = from.offset};
}

void list_destroyer::operator()(rd_kafka_topic_partition_list_s* list) const {
    rd_kafka_topic_partition_list_destroy(list);
}

list_owner list_of(const std::vector<assignment>& partitions) {
    list_owner list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& each : partitions) {
        auto* added =
            rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
        added->offset = native_offset(each.offset);
    }
    return list;
}

message view_of(const rd_kafka_message_s& from) {
    auto type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const auto timestamp = rd_kafka_message_timestamp(&from, &type);
    return {.topic = rd_kafka_topic_name(from.rkt),
            .partition = from.partition,
            .offset = from.offset,
            .key = bytes_of(from.key, from.key_len),
            .value = bytes_of(from.payload, from.len),
            .kind = kind_of(type),
            .timestamp_ms = timestamp,
            .native = &from};
}

std::vector<header> message::headers() const {
    std::vector<header> out;
    rd_kafka_headers_t* headers = nullptr;
    const auto* from = static_cast<const rd_kafka_message_t*>(native);
    if (rd_kafka_message_headers(from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t index = 0; rd_kafka_header_get_all(headers, index, &name, &value, &size) ==
                                RD_KAFKA_RESP_ERR_NO_ERROR;
         ++index) {
        out.push_back({.key = name, .value = bytes_of(value, size)});
    }
    return out;
}

struct consumer::state {
    std::unique_ptr<handle> client;
    problem_function on_problem;
    rd_kafka_queue_t* queue = nullptr;
    std::vector<rd_kafka_message_t*> batch;
    bool assigned = false;

    ~state() {
        if (queue != nullptr) rd_kafka_queue_destroy(queue);
    }

    void visit_one(rd_kafka_message_t* from, const visitor& visit, std::size_t& count) const {
        if (from->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++count;
            visit(view_of(*from));
        } else if (on_problem) {
            on_problem(problem_of(*from));
        }
        rd_kafka_message_destroy(from);
    }
};

consumer::consumer(std::unique_ptr<state> state) : state_(std::move(state)) {}
consumer::~consumer() = default;

client_result<std::unique_ptr<consumer>> consumer::create(client_options options,
                                                          problem_function on_problem) {
    auto& settings = options.settings;
    settings.insert(settings.begin(), {"isolation.level", "read_uncommitted"});
    settings.emplace_back("enable.auto.offset.store", "false");
    auto made = std::make_unique<state>();
    made->on_problem = std::move(on_problem);
    auto opened = handle::create(client_kind::consumer, std::move(options), made.get(),
                                 [](rd_kafka_conf_t*) {});
    if (!opened) return std::unexpected(opened.error());
    made->client = std::move(*opened);
    rd_kafka_poll_set_consumer(made->client->get());
    made->queue = rd_kafka_queue_get_consumer(made->client->get());
    return std::unique_ptr<consumer>(new consumer(std::move(made)));
}

client_result<void> consumer::assign(const std::vector<assignment>& partitions) {
    const auto list = list_of(partitions);
    auto* client = state_->client->get();
    resolve(client, list.get());
    if (state_->assigned) return result_of(rd_kafka_incremental_assign(client, list.get()));
    state_->assigned = true;
    const auto error = rd_kafka_assign(client, list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return {};
}

client_result<void> consumer::subscribe(const std::vector<std::string>& topics) {
    const list_owner list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const auto& each : topics)
        rd_kafka_topic_partition_list_add(list.get(), each.c_str(), RD_KAFKA_PARTITION_UA);
    const auto error = rd_kafka_subscribe(state_->client->get(), list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return {};
}

std::size_t consumer::poll(milliseconds timeout, std::size_t count_max, const visitor& visit) {
    if (count_max == 0) return 0;
    std::size_t count = 0;
    // The call for many messages would wait until it has that many, so that the first one is
    // waited for alone.
    auto* first = rd_kafka_consume_queue(state_->queue, static_cast<int>(timeout.count()));
    if (first == nullptr) return 0;
    state_->visit_one(first, visit, count);
    auto& batch = state_->batch;
    batch.resize(count_max - 1);
    const auto more = rd_kafka_consume_batch_queue(state_->queue, 0, batch.data(), batch.size());
    for (ssize_t index = 0; index < more; ++index)
        state_->visit_one(batch[static_cast<std::size_t>(index)], visit, count);
    return count;
}

void consumer::store(const assignment& next) {
    const auto list = list_of({next});
    // A partition that was taken away meanwhile is no trouble: its new owner reads this again.
    (void)rd_kafka_offsets_store(state_->client->get(), list.get());
}

void consumer::close() {
    rd_kafka_consumer_close(state_->client->get());
}

void consumer::abandon() {
    // Its threads still log through what is in there.
    (void)state_.release();
}

std::optional<std::int64_t> consumer::high_watermark(const std::string& topic,
                                                     std::int32_t partition) const {
    return state_->client->high_watermark(topic, partition);
}

client_result<topic_info> consumer::topic(const std::string& name, milliseconds timeout) {
    return state_->client->topic(name, timeout);
}

rd_kafka_s* consumer::native() const {
    return state_->client->get();
}

client_result<std::vector<topic_info>> consumer::all_topics(milliseconds timeout) {
    return state_->client->all_topics(timeout);
}

}  // namespace weir::connect::kafka
