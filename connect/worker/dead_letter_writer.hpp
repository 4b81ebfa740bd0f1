// dead_letter_writer: the producer of a sink's dead letters, made with the first one. Belongs to
// the thread of its run.
#pragma once

#include <memory>
#include <optional>

#include "connect/errors/dead_letter.hpp"
#include "connect/kafka/consumer.hpp"
#include "connect/kafka/producer.hpp"
#include "connect/worker/task_setup.hpp"
#include "connect/worker/topic_maker.hpp"

namespace weir::connect::worker {

class dead_letter_writer {
  public:
    explicit dead_letter_writer(const task_setup& setup)
        : setup_(setup), topics_(setup.options->request_timeout) {}
    ~dead_letter_writer() {
        if (producer_ && setup_.control->is_given_up()) producer_->abandon();
    }
    dead_letter_writer(const dead_letter_writer&) = delete;
    dead_letter_writer& operator=(const dead_letter_writer&) = delete;

    // The record's own bytes; durable after flush().
    kafka::client_result<void> write(const kafka::message& what, const errors::failure& why);
    kafka::client_result<void> flush();

  private:
    kafka::client_result<void> open();

    const task_setup& setup_;
    topic_maker topics_;
    std::unique_ptr<kafka::producer> producer_;
    std::optional<kafka::client_error> failed_;
    std::uint64_t waiting_ = 0;
};

}  // namespace weir::connect::worker
