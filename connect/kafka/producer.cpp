#include "connect/kafka/producer.hpp"

#include <librdkafka/rdkafka.h>

#include <array>

#include "connect/kafka/handle.hpp"

namespace weir::connect::kafka {

struct producer::state {
    std::unique_ptr<handle> client;
    delivery_function on_delivery;
    // The topic of the last record: most have the same.
    std::string topic_name;
    rd_kafka_topic_t* topic = nullptr;

    ~state() {
        if (topic != nullptr) rd_kafka_topic_destroy(topic);
    }

    rd_kafka_topic_t* topic_of(std::string_view name) {
        if (topic != nullptr && topic_name == name) return topic;
        if (topic != nullptr) rd_kafka_topic_destroy(topic);
        topic_name = name;
        topic = rd_kafka_topic_new(client->get(), topic_name.c_str(), nullptr);
        return topic;
    }

    static void report(rd_kafka_t* client, const rd_kafka_message_t* message, void*) {
        const auto* opened = static_cast<const handle*>(rd_kafka_opaque(client));
        const auto* self = static_cast<const state*>(opened->owner());
        delivery out{.tag = reinterpret_cast<std::uint64_t>(message->_private),
                     .error = std::nullopt,
                     .partition = message->partition,
                     .offset = message->offset};
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) out.error = error_of(message->err);
        self->on_delivery(out);
    }
};

namespace {

rd_kafka_headers_t* headers_of(std::span<const header> headers) {
    if (headers.empty()) return nullptr;
    auto* out = rd_kafka_headers_new(headers.size());
    for (const auto& each : headers) {
        rd_kafka_header_add(out, each.key.data(), static_cast<ssize_t>(each.key.size()),
                            each.value ? each.value->data() : nullptr,
                            each.value ? static_cast<ssize_t>(each.value->size()) : -1);
    }
    return out;
}

// A key or value that is there but empty must not look like one that is missing.
rd_kafka_vu_t part(rd_kafka_vtype_t kind, const std::optional<base::bytes_view>& bytes) {
    static const char empty = 0;
    rd_kafka_vu_t out{};
    out.vtype = kind;
    if (bytes) {
        const void* data = bytes->empty() ? static_cast<const void*>(&empty) : bytes->data();
        out.u.mem.ptr = const_cast<void*>(data);
        out.u.mem.size = bytes->size();
    }
    return out;
}

}  // namespace

producer::producer(std::unique_ptr<state> state) : state_(std::move(state)) {}
producer::~producer() = default;

client_result<std::unique_ptr<producer>> producer::create(client_options options,
                                                          delivery_function on_delivery) {
    // Settings given come later and win.
    options.settings.insert(options.settings.begin(), {"partitioner", "murmur2_random"});
    auto made = std::make_unique<state>();
    made->on_delivery = std::move(on_delivery);
    auto opened = handle::create(
        client_kind::producer, std::move(options), made.get(),
        [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_dr_msg_cb(conf, &state::report); });
    if (!opened) return std::unexpected(opened.error());
    made->client = std::move(*opened);
    return std::unique_ptr<producer>(new producer(std::move(made)));
}

client_result<void> producer::send(const record& what, std::uint64_t tag) {
    auto* topic = state_->topic_of(what.topic);
    if (topic == nullptr) return std::unexpected(error_of(rd_kafka_last_error()));
    std::array<rd_kafka_vu_t, 8> parts{};
    std::size_t count = 0;
    const auto add = [&](rd_kafka_vtype_t kind) -> rd_kafka_vu_t& {
        parts[count].vtype = kind;
        return parts[count++];
    };
    add(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
    add(RD_KAFKA_VTYPE_PARTITION).u.i32 = what.partition.value_or(RD_KAFKA_PARTITION_UA);
    add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = reinterpret_cast<void*>(tag);
    if (what.timestamp_ms) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = *what.timestamp_ms;
    parts[count++] = part(RD_KAFKA_VTYPE_KEY, what.key);
    parts[count++] = part(RD_KAFKA_VTYPE_VALUE, what.value);
    auto* headers = headers_of(what.headers);
    if (headers != nullptr) add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
    auto* error = rd_kafka_produceva(state_->client->get(), parts.data(), count);
    if (error == nullptr) return {};
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    const auto failed = error_of(rd_kafka_error_code(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return std::unexpected(failed);
}

void producer::poll(milliseconds timeout) {
    rd_kafka_poll(state_->client->get(), static_cast<int>(timeout.count()));
}

bool producer::flush(milliseconds timeout) {
    return rd_kafka_flush(state_->client->get(), static_cast<int>(timeout.count())) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

client_result<void> producer::init_transactions(milliseconds timeout) {
    return result_of(
        rd_kafka_init_transactions(state_->client->get(), static_cast<int>(timeout.count())));
}

client_result<void> producer::begin_transaction() {
    return result_of(rd_kafka_begin_transaction(state_->client->get()));
}

client_result<void> producer::commit_transaction(milliseconds timeout) {
    return result_of(
        rd_kafka_commit_transaction(state_->client->get(), static_cast<int>(timeout.count())));
}

client_result<void> producer::abort_transaction(milliseconds timeout) {
    return result_of(
        rd_kafka_abort_transaction(state_->client->get(), static_cast<int>(timeout.count())));
}

void producer::abandon() {
    state_->client->abandon();
}

rd_kafka_s* producer::native() const {
    return state_->client->get();
}

client_result<topic_info> producer::topic(const std::string& name, milliseconds timeout) {
    return state_->client->topic(name, timeout);
}

}  // namespace weir::connect::kafka
