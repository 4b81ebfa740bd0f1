// record_sender: records to a topic, with what Kafka's console producer says of those that fail.
#pragma once

#include <memory>

#include "cli/tools/console/client_settings.hpp"
#include "cli/tools/console/line_reader.hpp"
#include "connect/kafka/producer.hpp"

namespace weir::cli::tools::console {

class record_sender {
  public:
    struct target {
        std::string topic;
        bool wait_for_each = false;  // --sync
    };
    static tool_result<std::unique_ptr<record_sender>> create(const properties& settings,
                                                              target to);

    // Queues a record; a failure is logged when it is known. With --sync it is the result.
    tool_result<void> send(const read_record& record);
    // Logs the failures that are known by now.
    void report();
    // Sends what waits.
    void finish();

  private:
    record_sender(const properties& settings, target to);
    tool_result<void> wait_for_topic();
    tool_result<void> check_size(const read_record& record) const;
    tool_result<void> queue(const connect::kafka::record& record, std::uint64_t tag);
    void log_failure(std::uint64_t tag, const tool_error& error) const;
    void on_delivery(const connect::kafka::delivery& what);

    target to_;
    std::int64_t max_block_ms_;
    std::int64_t retry_backoff_ms_;
    std::int64_t max_request_size_;
    std::unique_ptr<connect::kafka::producer> producer_;
    bool topic_known_ = false;
    std::uint64_t sent_ = 0;
    // Of --sync: the record that is under way.
    bool delivered_ = false;
    std::optional<tool_error> failure_;
};

}  // namespace weir::cli::tools::console
