#include "connect/kafka/producer.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <vector>

#include "connect/kafka/handle.hpp"

namespace weir::connect::kafka {

struct producer::state {
    std::unique_ptr<handle> client;
    delivery_function on_delivery;
    // Most records have the topic of the one before.
    std::map<std::string, rd_kafka_topic_t*, std::less<>> topics;
    std::string_view last_name;
    rd_kafka_topic_t* last_topic = nullptr;
    std::vector<rd_kafka_message_t> run;
    // With reports of failures only, they wait here: librdkafka's flush would otherwise look for
    // them every 10 ms instead of waking up with the last acknowledgement.
    rd_kafka_queue_t* failures = nullptr;

    ~state() {
        if (failures != nullptr) rd_kafka_queue_destroy(failures);
        for (const auto& [name, topic] : topics)
            rd_kafka_topic_destroy(topic);
    }

    rd_kafka_topic_t* topic_of(std::string_view name) {
        if (last_topic != nullptr && last_name == name) return last_topic;
        auto found = topics.find(name);
        if (found == topics.end()) {
            const std::string owned(name);
            auto* made = rd_kafka_topic_new(client->get(), owned.c_str(), nullptr);
            if (made == nullptr) return nullptr;
            found = topics.emplace(owned, made).first;
        }
        last_name = found->first;
        last_topic = found->second;
        return last_topic;
    }

    static void report(rd_kafka_t* client, const rd_kafka_message_t* message, void*) {
        const auto* opened = static_cast<const handle*>(rd_kafka_opaque(client));
        static_cast<const state*>(opened->owner())->report_one(message);
    }

    void report_one(const rd_kafka_message_t* message) const {
        delivery out{.tag = reinterpret_cast<std::uint64_t>(message->_private),
                     .error = std::nullopt,
                     .partition = message->partition,
                     .offset = message->offset};
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) out.error = error_of(message->err);
        on_delivery(out);
    }

    void report_failures(int timeout_ms) const {
        for (;;) {
            auto* event = rd_kafka_queue_poll(failures, timeout_ms);
            if (event == nullptr) return;
            while (const auto* message = rd_kafka_event_message_next(event))
                report_one(message);
            rd_kafka_event_destroy(event);
            timeout_ms = 0;
        }
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
                                                          delivery_function on_delivery,
                                                          reports which) {
    // Settings given come later and win.
    options.settings.insert(options.settings.begin(), {"partitioner", "murmur2_random"});
    const bool all = which == reports::all;
    if (!all) options.settings.emplace_back("delivery.report.only.error", "true");
    auto made = std::make_unique<state>();
    made->on_delivery = std::move(on_delivery);
    auto opened = handle::create(client_kind::producer, std::move(options), made.get(),
                                 [all](rd_kafka_conf_t* conf) {
                                     if (all) rd_kafka_conf_set_dr_msg_cb(conf, &state::report);
                                     if (!all) rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
                                 });
    if (!opened) return std::unexpected(opened.error());
    made->client = std::move(*opened);
    if (!all) made->failures = rd_kafka_queue_get_main(made->client->get());
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

namespace {

bool is_plain(const record& what) {
    return what.headers.empty() && !what.timestamp_ms;
}

bool same_topic(std::string_view left, std::string_view right) {
    return left.size() == right.size() && (left.data() == right.data() || left == right);
}

const std::byte* data_of(const std::optional<base::bytes_view>& bytes) {
    static const std::byte empty{};
    if (!bytes) return nullptr;
    return bytes->empty() ? &empty : bytes->data();
}

rd_kafka_message_t message_of(const record& from, std::uint64_t tag) {
    rd_kafka_message_t out{};
    out.partition = from.partition.value_or(RD_KAFKA_PARTITION_UA);
    out.payload = const_cast<std::byte*>(data_of(from.value));
    out.len = from.value ? from.value->size() : 0;
    out.key = const_cast<std::byte*>(data_of(from.key));
    out.key_len = from.key ? from.key->size() : 0;
    out._private = reinterpret_cast<void*>(tag);
    return out;
}

// How many records from the front go in one call.
std::size_t run_of(std::span<const record> records) {
    std::size_t count = 0;
    while (count < records.size() && is_plain(records[count]) &&
           same_topic(records[count].topic, records[0].topic)) {
        ++count;
    }
    return count;
}

}  // namespace

std::size_t producer::send_all(std::span<const record> records, std::uint64_t tag,
                               std::optional<client_error>& error) {
    std::size_t done = 0;
    while (done < records.size()) {
        const auto count = run_of(records.subspan(done));
        if (count < 2) {
            auto sent = send(records[done], tag);
            if (!sent && sent.error().kind != client_errc::queue_full) error = sent.error();
            if (!sent) return done;
            ++done;
            continue;
        }
        auto* topic = state_->topic_of(records[done].topic);
        if (topic == nullptr) {
            error = error_of(rd_kafka_last_error());
            return done;
        }
        auto& run = state_->run;
        run.clear();
        for (const auto& each : records.subspan(done, count))
            run.push_back(message_of(each, tag));
        const auto taken = static_cast<std::size_t>(rd_kafka_produce_batch(
            topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION,
            run.data(), static_cast<int>(count)));
        if (taken == count) {
            done += count;
            continue;
        }
        std::size_t good = 0;
        while (run[good].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            ++good;
        if (run[good].err != RD_KAFKA_RESP_ERR__QUEUE_FULL) error = error_of(run[good].err);
        return done + good;
    }
    return done;
}

void producer::poll(milliseconds timeout) {
    const auto timeout_ms = static_cast<int>(timeout.count());
    if (state_->failures != nullptr) {
        state_->report_failures(timeout_ms);
    } else {
        rd_kafka_poll(state_->client->get(), timeout_ms);
    }
}

bool producer::flush(milliseconds timeout) {
    const bool flushed = rd_kafka_flush(state_->client->get(), static_cast<int>(timeout.count())) ==
                         RD_KAFKA_RESP_ERR_NO_ERROR;
    if (state_->failures != nullptr) state_->report_failures(0);
    return flushed;
}

client_result<void> producer::init_transactions(milliseconds timeout) {
    return result_of(
        rd_kafka_init_transactions(state_->client->get(), static_cast<int>(timeout.count())));
}

client_result<void> producer::begin_transaction() {
    return result_of(rd_kafka_begin_transaction(state_->client->get()));
}

// What ends a transaction waits until all records are reported on, and reports of failures are
// taken by nobody meanwhile: so all are taken before. (With short timeouts in turns instead,
// librdkafka's answer to an earlier turn can come into the next transaction.)
bool producer::drain(milliseconds timeout) {
    constexpr milliseconds turn{100};
    const auto end = std::chrono::steady_clock::now() + timeout;
    auto* client = state_->client->get();
    for (;;) {
        const bool flushed = flush(turn);
        if (flushed && rd_kafka_outq_len(client) == 0) return true;
        if (fatal_error()) return false;
        if (std::chrono::steady_clock::now() >= end) return false;
    }
}

client_result<void> producer::commit_transaction(milliseconds timeout) {
    // A client that is fenced delivers nothing any more, and the commit says so.
    (void)drain(std::min(timeout, milliseconds(1000)));
    return result_of(
        rd_kafka_commit_transaction(state_->client->get(), static_cast<int>(timeout.count())));
}

client_result<void> producer::abort_transaction(milliseconds timeout) {
    auto* client = state_->client->get();
    (void)rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)drain(timeout);
    return result_of(rd_kafka_abort_transaction(client, static_cast<int>(timeout.count())));
}

std::optional<client_error> producer::fatal_error() const {
    std::array<char, 512> text{};
    const auto code = rd_kafka_fatal_error(state_->client->get(), text.data(), text.size());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    auto error = error_of(code, text.data());
    error.kind = client_errc::fatal;
    return error;
}

void producer::abandon() {
    // Its threads still log through what is in there.
    (void)state_.release();
}

rd_kafka_s* producer::native() const {
    return state_->client->get();
}

client_result<topic_info> producer::topic(const std::string& name, milliseconds timeout) {
    return state_->client->topic(name, timeout);
}

client_result<std::int32_t> producer::broker_count(milliseconds timeout) {
    return state_->client->broker_count(timeout);
}

client_result<void> producer::create_topic(const topic_spec& topic, milliseconds timeout) {
    return state_->client->create_topic(topic, timeout);
}

}  // namespace weir::connect::kafka
