// group_consumer: records in, as a member of a group that commits by hand: what was acknowledged
// and nothing else. Batches of records are kept by whoever asked for them until they are let go.
//
// Partitions come and go within poll() and close(): the functions of `events` are called from
// there, on the thread that calls them, and may call commit(), pause() and resume().
#pragma once

#include <memory>
#include <span>

#include "connect/kafka/consumer.hpp"

struct rd_kafka_message_s;

namespace weir::connect::kafka {

// Records that poll() gave, in order; views of them are valid until clear() or the end. It must not
// outlive its consumer.
class message_batch {
  public:
    message_batch() = default;
    ~message_batch() { clear(); }
    message_batch(const message_batch&) = delete;
    message_batch& operator=(const message_batch&) = delete;
    void swap(message_batch& other) { messages_.swap(other.messages_); }

    std::size_t size() const { return messages_.size(); }
    message at(std::size_t index) const;
    void clear();

  private:
    friend class group_consumer;
    std::vector<rd_kafka_message_s*> messages_;
};

struct group_events {
    // Offsets are not known yet: -1.
    std::function<void(const std::vector<assignment>&)> on_assigned;
    // `lost`: another member may read them already; commits for them fail.
    std::function<void(const std::vector<assignment>&, bool lost)> on_revoked;
    consumer::problem_function on_problem;
};

class group_consumer {
  public:
    // `options` with group.id; commits of its own are turned off.
    static client_result<std::unique_ptr<group_consumer>> create(client_options options,
                                                                 group_events events);
    ~group_consumer();
    group_consumer(const group_consumer&) = delete;
    group_consumer& operator=(const group_consumer&) = delete;

    // Topics, or patterns that begin with ^.
    client_result<void> subscribe(const std::vector<std::string>& topics);
    // Waits for the first record at most `wait`, then for `count_max` of them at most `linger`;
    // adds them to `into`. Returns how many.
    struct poll_times {
        milliseconds wait{0};
        milliseconds linger{0};
        std::size_t enough = 0;  // so many end the lingering; 0: as many as there may be
    };
    std::size_t poll(poll_times times, std::size_t count_max, message_batch& into);
    // Reading begins at these offsets if the group's process ends now.
    client_result<void> commit(const std::vector<assignment>& next, milliseconds timeout);
    void pause(const std::vector<assignment>& partitions);
    void resume(const std::vector<assignment>& partitions);
    // The end of a partition as of the last answer of its leader; nothing before the first one.
    std::optional<std::int64_t> end_offset(const std::string& topic, std::int32_t partition) const;
    // Gives up its partitions (on_revoked) and leaves the group.
    void close();
    // Leaves the client's threads to the end of the process, instead of waiting for them.
    void abandon();

  private:
    struct state;
    explicit group_consumer(std::unique_ptr<state> state);
    std::unique_ptr<state> state_;
};

}  // namespace weir::connect::kafka
