// producer: records out. A record is copied into the client's queue and sent in the background; its
// delivery report comes from a later call of poll() or flush().
//
// Partitions are those of Kafka's Java producer: murmur2 of the key; records without a key go to
// one partition for a while, then to another one.
#pragma once

#include <memory>
#include <span>

#include "connect/kafka/client.hpp"

struct rd_kafka_s;

namespace weir::connect::kafka {

struct record {
    std::string_view topic;
    std::optional<std::int32_t> partition = {};
    std::optional<base::bytes_view> key = {};
    std::optional<base::bytes_view> value = {};
    std::span<const header> headers = {};
    std::optional<std::int64_t> timestamp_ms = {};
};

// What became of a record; `tag` as it was given with it.
struct delivery {
    std::uint64_t tag = 0;
    std::optional<client_error> error;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

// Of which records a producer hears: all, or those only that were not delivered.
enum class reports : std::uint8_t { all, failures };

class producer {
  public:
    using delivery_function = std::function<void(const delivery&)>;
    static client_result<std::unique_ptr<producer>> create(client_options options,
                                                           delivery_function on_delivery,
                                                           reports which = reports::all);
    ~producer();
    producer(const producer&) = delete;
    producer& operator=(const producer&) = delete;

    // queue_full: poll, then try again. Other errors: this record will not be sent.
    client_result<void> send(const record& what, std::uint64_t tag);
    // Sends records in order, those of one topic without headers and timestamps at the least cost.
    // Returns how many are taken from the front: all of them, those before the queue was full, or
    // those before `error` (then some of the later ones may be sent, too: the client's order is
    // broken, and what is not acknowledged has to be sent again).
    std::size_t send_all(std::span<const record> records, std::uint64_t tag,
                         std::optional<client_error>& error);
    // Reports deliveries; waits for one as long as `timeout`.
    void poll(milliseconds timeout);
    // Sends what waits and reports it all; false when the time was not enough.
    bool flush(milliseconds timeout);
    // Transactions, with transactional.id. init fences older producers of the same id and ends
    // their transaction. Commit sends what waits first. Each waits at most `timeout`; an error that
    // is `retriable` asks for the same call again.
    client_result<void> init_transactions(milliseconds timeout);
    client_result<void> begin_transaction();
    client_result<void> commit_transaction(milliseconds timeout);
    client_result<void> abort_transaction(milliseconds timeout);
    // Why the client is of no more use, if it is.
    std::optional<client_error> fatal_error() const;

    // Leaves the client's threads to the end of the process, instead of waiting for them.
    void abandon();

    // What the cluster says of a topic; a broker may create one that is asked for.
    client_result<topic_info> topic(const std::string& name, milliseconds timeout);
    client_result<std::int32_t> broker_count(milliseconds timeout);
    // A topic that is there already is no error.
    client_result<void> create_topic(const topic_spec& topic, milliseconds timeout);

    rd_kafka_s* native() const;  // of the gateway

  private:
    bool drain(milliseconds timeout);

    struct state;
    explicit producer(std::unique_ptr<state> state);
    std::unique_ptr<state> state_;
};

}  // namespace weir::connect::kafka
