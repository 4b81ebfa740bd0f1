#include "connect/worker/dead_letter_writer.hpp"

namespace weir::connect::worker {

kafka::client_result<void> dead_letter_writer::open() {
    if (producer_) return {};
    auto options = client_options_of(setup_, "dlq");
    options.settings.insert(options.settings.begin(), {{"queue.buffering.max.kbytes", "16384"},
                                                       // Larger than any record that was read.
                                                       {"message.max.bytes", "100000000"},
                                                       {"linger.ms", "1"}});
    options.settings.emplace_back("enable.idempotence", "true");
    options.settings.emplace_back("acks", "all");
    auto made = kafka::producer::create(std::move(options), [this](const kafka::delivery& what) {
        --waiting_;
        if (what.error && !failed_) failed_ = what.error;
    });
    if (!made) return std::unexpected(made.error());
    producer_ = std::move(*made);
    return topics_.ensure(*producer_, {.name = setup_.component->errors.dead_letter_topic});
}

kafka::client_result<void> dead_letter_writer::write(const kafka::message& what,
                                                     const errors::failure& why) {
    if (auto opened = open(); !opened) return opened;
    const auto headers = what.headers();
    const errors::dead_letter letter({.topic = what.topic,
                                      .partition = what.partition,
                                      .offset = what.offset,
                                      .connector = setup_.component->name,
                                      .task = setup_.task},
                                     why, headers);
    kafka::record record{.topic = setup_.component->errors.dead_letter_topic,
                         .key = what.key,
                         .value = what.value,
                         .headers = letter.headers()};
    if (what.timestamp_ms >= 0) record.timestamp_ms = what.timestamp_ms;
    for (;;) {
        auto sent = producer_->send(record, 0);
        if (sent) break;
        if (sent.error().kind != kafka::client_errc::queue_full) return sent;
        producer_->poll(milliseconds(20));
        if (setup_.control->is_given_up()) return sent;
    }
    ++waiting_;
    return {};
}

kafka::client_result<void> dead_letter_writer::flush() {
    if (!producer_ || (waiting_ == 0 && !failed_)) return {};
    const bool flushed = producer_->flush(setup_.options->request_timeout);
    if (failed_) return std::unexpected(*failed_);
    if (flushed) return {};
    return std::unexpected(
        kafka::client_error{.kind = kafka::client_errc::timed_out,
                            .text = "the dead letters were not delivered in time"});
}

}  // namespace weir::connect::worker
