// message_source: the records of the topics that kafka-console-consumer.sh was asked for. With a
// group the group assigns partitions. Without one all partitions are taken at once (Kafka uses a
// group that nobody else is in, which comes to the same after some waiting). Topics and partitions
// that appear later are found.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "cli/tools/console/client_settings.hpp"
#include "cli/tools/errors.hpp"
#include "cli/tools/pattern.hpp"
#include "connect/kafka/consumer.hpp"

namespace weir::cli::tools::console {

class message_source {
  public:
    struct plan {
        std::optional<std::string> topic;
        std::optional<pattern> include;
        std::optional<std::int32_t> partition;
        std::int64_t offset = connect::kafka::from_end;
        bool in_group = false;
    };

    static tool_result<std::unique_ptr<message_source>> create(const properties& settings,
                                                               plan what);

    // Waits for records at most `timeout` and visits at most `count_max`; how many there were.
    // Fails with what would end Kafka's consumer.
    using visitor = connect::kafka::consumer::visitor;
    tool_result<std::size_t> poll(std::chrono::milliseconds timeout, std::size_t count_max,
                                  const visitor& visit);
    // Everything that was visited is done; leaves the group.
    void close();

  private:
    using time_point = std::chrono::steady_clock::time_point;
    using topics = std::vector<connect::kafka::topic_info>;

    explicit message_source(plan what) : plan_(std::move(what)) {}
    tool_result<void> look_for_topics();
    // Nothing when nobody answered.
    tool_result<std::optional<topics>> find_topics();
    tool_result<void> take(const topics& found);
    tool_result<void> take_in_group(const topics& found);
    void told_of(const std::string& topic, std::int16_t code);
    void on_problem(const connect::kafka::consumer::problem& what);
    void remember(const connect::kafka::message& message);
    void store_positions();

    plan plan_;
    std::string who_;
    std::int64_t refresh_ms_ = 0;
    std::unique_ptr<connect::kafka::consumer> consumer_;
    time_point next_look_;
    std::chrono::milliseconds pause_{5};  // until the next look, while topics are missing
    bool looked_ = false;                 // successfully, once
    bool told_ = false;
    std::set<std::pair<std::string, std::int32_t>> taken_;
    std::set<std::string> subscribed_;
    std::optional<tool_error> fatal_;
    // In a group: how far each run of records went.
    std::vector<connect::kafka::assignment> visited_;
};

}  // namespace weir::cli::tools::console
