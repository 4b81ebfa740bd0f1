// consumer: records in, from partitions that were assigned by hand, or from those that a group
// assigns.
#pragma once

#include <memory>

#include "connect/kafka/client.hpp"

struct rd_kafka_s;

namespace weir::connect::kafka {

// Where to begin in a partition: an offset, or one of these.
inline constexpr std::int64_t from_beginning = -2;
inline constexpr std::int64_t from_end = -1;

struct assignment {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = from_end;
};

enum class timestamp_kind : std::uint8_t { none, create_time, log_append_time };

// A record; its views are valid while the visitor of poll() runs.
struct message {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<base::bytes_view> key;
    std::optional<base::bytes_view> value;
    timestamp_kind kind = timestamp_kind::none;
    std::int64_t timestamp_ms = -1;

    std::vector<header> headers() const;

    const void* native = nullptr;  // of the gateway
};

class consumer {
  public:
    // What went wrong with a partition, or (without a topic) with the client.
    struct problem {
        client_error error;
        std::string topic;
        std::int32_t partition = -1;
        std::int64_t offset = -1;  // of end_of_partition: where the next record will be
    };
    using problem_function = std::function<void(const problem&)>;
    using visitor = std::function<void(const message&)>;

    static client_result<std::unique_ptr<consumer>> create(client_options options,
                                                           problem_function on_problem);
    ~consumer();
    consumer(const consumer&) = delete;
    consumer& operator=(const consumer&) = delete;

    // These partitions in addition to those that are assigned.
    client_result<void> assign(const std::vector<assignment>& partitions);
    // The partitions that the group gives for these topics; again with other topics changes them.
    client_result<void> subscribe(const std::vector<std::string>& topics);

    // Waits for records at most `timeout`, then visits those that are here, at most `count_max`.
    // Returns how many there were: none after the time or a problem.
    std::size_t poll(milliseconds timeout, std::size_t count_max, const visitor& visit);
    // Records below this offset of an assigned partition are done: the group's next commit says so.
    void store(const assignment& next);
    // Commits what was stored, if enable.auto.commit is set, and leaves the group. Only destroying
    // it is allowed then.
    void close();
    // Leaves the client's threads to the end of the process, instead of waiting for them.
    void abandon();

    // The high watermark as of the last answer of the leader; nothing before the first one.
    std::optional<std::int64_t> high_watermark(const std::string& topic,
                                               std::int32_t partition) const;

    client_result<topic_info> topic(const std::string& name, milliseconds timeout);
    client_result<std::vector<topic_info>> all_topics(milliseconds timeout);

    rd_kafka_s* native() const;  // of the gateway

  private:
    struct state;
    explicit consumer(std::unique_ptr<state> state);
    std::unique_ptr<state> state_;
};

}  // namespace weir::connect::kafka
