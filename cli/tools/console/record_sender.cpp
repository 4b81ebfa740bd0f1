#include "cli/tools/console/record_sender.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace weir::cli::tools::console {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using connect::kafka::client_errc;

constexpr std::int16_t invalid_topic = 17;
constexpr std::int16_t topic_not_authorized = 29;

// A record's sizes as one number, so that a report can name them: null is 0, else size + 1.
std::uint64_t tag_of(const read_record& record) {
    const auto code = [](const std::optional<std::string_view>& part) {
        return part ? std::uint64_t{part->size()} + 1 : 0;
    };
    return code(record.key) << 32 | code(record.value);
}

std::string size_text(std::uint64_t code) {
    return code == 0 ? "null" : fmt::format("{} bytes", code - 1);
}

std::optional<base::bytes_view> bytes_of(const std::optional<std::string_view>& text) {
    if (!text) return std::nullopt;
    return base::as_bytes(*text);
}

// What the idempotent producer rules out turns it off, as in Java, when it was not asked for.
properties with_idempotence(properties settings) {
    if (settings.has("enable.idempotence")) return settings;
    const auto acks = settings.get("acks").value_or("all");
    const bool fits = (acks == "all" || acks == "-1") && settings.number_or("retries", 1) > 0 &&
                      settings.number_or("max.in.flight.requests.per.connection", 5) <= 5;
    if (!fits) settings.set("enable.idempotence", "false");
    return settings;
}

std::size_t varint_size(std::uint64_t value) {
    std::size_t size = 1;
    for (value <<= 1; value >= 0x80; value >>= 7)
        ++size;
    return size;
}

// AbstractRecords.estimateSizeInBytesUpperBound: a batch header, the largest record overhead, and
// the parts with their lengths.
std::size_t size_bound(const read_record& record) {
    constexpr std::size_t batch_overhead = 61;
    constexpr std::size_t record_overhead_max = 21;
    const auto part = [](const std::optional<std::string_view>& text) {
        return text ? varint_size(text->size()) + text->size() : 1;
    };
    auto size = batch_overhead + record_overhead_max + part(record.key) + part(record.value) +
                varint_size(record.headers.size());
    for (const auto& each : record.headers)
        size += part(each.key) + part(each.value);
    return size;
}

}  // namespace

record_sender::record_sender(const properties& settings, target to)
    : to_(std::move(to)),
      max_block_ms_(settings.number_or("max.block.ms", 60'000)),
      retry_backoff_ms_(settings.number_or("retry.backoff.ms", 100)),
      max_request_size_(settings.number_or("max.request.size", 1'048'576)) {}

tool_result<std::unique_ptr<record_sender>> record_sender::create(const properties& settings,
                                                                  target to) {
    if (auto checked = check_client(settings, "producer"); !checked) {
        return std::unexpected(checked.error());
    }
    std::unique_ptr<record_sender> made(new record_sender(settings, std::move(to)));
    const auto client = settings.get("client.id").value_or("");
    auto options =
        make_client_options(connect::kafka::client_role::producer, with_idempotence(settings),
                            fmt::format("Producer clientId={}", client));
    // Java's memory for waiting records is bounded by bytes alone.
    options.settings.emplace_back("queue.buffering.max.messages", "10000000");
    // Only failures are told, unless each record is waited for.
    options.settings.emplace_back("delivery.report.only.error",
                                  made->to_.wait_for_each ? "false" : "true");
    auto opened = connect::kafka::producer::create(
        std::move(options), [self = made.get()](const auto& what) { self->on_delivery(what); });
    if (!opened) return std::unexpected(exception_of(opened.error()));
    made->producer_ = std::move(*opened);
    return made;
}

void record_sender::log_failure(std::uint64_t tag, const tool_error& error) const {
    log_line("ERROR",
             fmt::format("Error when sending message to topic {} with key: {}, value: {} with "
                         "error:",
                         to_.topic, size_text(tag >> 32), size_text(tag & 0xffffffff)),
             "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback");
    fmt::print(stderr, "{}\n", described(error));
}

void record_sender::on_delivery(const connect::kafka::delivery& what) {
    std::optional<tool_error> failure;
    if (what.error) failure = exception_of(*what.error);
    if (to_.wait_for_each) {
        delivered_ = true;
        failure_ = std::move(failure);
    } else if (failure) {
        log_failure(what.tag, *failure);
    }
}

// A record can be queued when the partitions of its topic are known. As in Java that is waited for
// up to max.block.ms; a broker may create the topic meanwhile.
tool_result<void> record_sender::wait_for_topic() {
    const auto deadline = clock::now() + std::chrono::milliseconds(max_block_ms_);
    // A topic that is just being made is there in a moment.
    auto pause = 5ms;
    while (!topic_known_) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
        if (left <= 0ms) {
            return std::unexpected(client_error(
                "TimeoutException", fmt::format("Topic {} not present in metadata after {} ms.",
                                                to_.topic, max_block_ms_)));
        }
        const auto found = producer_->topic(to_.topic, std::min(left, 5000ms));
        if (found && found->error_code == 0 && !found->partitions.empty()) {
            topic_known_ = true;
        } else if (found && found->error_code == invalid_topic) {
            return std::unexpected(client_error("InvalidTopicException",
                                                fmt::format("Invalid topics: [{}]", to_.topic)));
        } else if (found && found->error_code == topic_not_authorized) {
            return std::unexpected(
                client_error("TopicAuthorizationException",
                             fmt::format("Not authorized to access topics: [{}]", to_.topic)));
        } else {
            std::this_thread::sleep_for(std::min(left, pause));
            pause = std::min(pause * 2, std::chrono::milliseconds(retry_backoff_ms_));
        }
    }
    return {};
}

tool_result<void> record_sender::check_size(const read_record& record) const {
    const auto size = size_bound(record);
    if (static_cast<std::int64_t>(size) <= max_request_size_) return {};
    return std::unexpected(client_error(
        "RecordTooLargeException",
        fmt::format("The message is {} bytes when serialized which is larger than {}, which is "
                    "the value of the max.request.size configuration.",
                    size, max_request_size_)));
}

tool_result<void> record_sender::queue(const connect::kafka::record& record, std::uint64_t tag) {
    const auto deadline = clock::now() + std::chrono::milliseconds(max_block_ms_);
    while (true) {
        const auto sent = producer_->send(record, tag);
        if (sent) return {};
        const auto kind = sent.error().kind;
        const bool waits = kind == client_errc::queue_full || kind == client_errc::unknown_topic ||
                           kind == client_errc::unknown_partition;
        if (!waits) return std::unexpected(exception_of(sent.error()));
        if (clock::now() >= deadline) {
            return std::unexpected(client_error(
                "TimeoutException",
                fmt::format("Failed to allocate memory within the configured max blocking time {} "
                            "ms.",
                            max_block_ms_)));
        }
        producer_->poll(kind == client_errc::queue_full ? 100ms : 10ms);
    }
}

tool_result<void> record_sender::send(const read_record& record) {
    std::vector<connect::kafka::header> headers;
    for (const auto& each : record.headers)
        headers.push_back({.key = each.key, .value = bytes_of(each.value)});
    const connect::kafka::record out{.topic = to_.topic,
                                     .key = bytes_of(record.key),
                                     .value = bytes_of(record.value),
                                     .headers = headers};
    const auto tag = tag_of(record);
    delivered_ = false;
    failure_.reset();
    auto sent = wait_for_topic();
    if (sent) sent = check_size(record);
    if (sent) sent = queue(out, tag);
    if (!to_.wait_for_each) {
        if (!sent) log_failure(tag, sent.error());
        constexpr std::uint64_t report_every = 256;
        if (++sent_ % report_every == 0) report();
        return {};
    }
    while (sent && !delivered_)
        producer_->flush(1000ms);
    if (sent && !failure_) return {};
    const auto& why = sent ? *failure_ : sent.error();
    return std::unexpected(tool_error{.exception = "java.util.concurrent.ExecutionException",
                                      .message = described(why)});
}

void record_sender::report() {
    producer_->poll(0ms);
}

void record_sender::finish() {
    while (!producer_->flush(1000ms)) {
    }
}

}  // namespace weir::cli::tools::console
