// handle: a librdkafka client for those who wrap it here; nobody else includes this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connect/kafka/client.hpp"
#include "connect/kafka/consumer.hpp"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_error_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace weir::connect::kafka {

enum class client_kind : std::uint8_t { producer, consumer };

class handle {
  public:
    // `prepare` may add callbacks to the configuration before the client is made; `owner` is what
    // they get as their opaque.
    using prepare_function = std::function<void(rd_kafka_conf_s*)>;
    static client_result<std::unique_ptr<handle>> create(client_kind kind, client_options options,
                                                         void* owner,
                                                         const prepare_function& prepare);
    ~handle();
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;

    rd_kafka_s* get() const { return client_; }
    void* owner() const { return owner_; }

    // What the cluster says of a topic; a broker may create one that is asked for.
    client_result<topic_info> topic(const std::string& name, milliseconds timeout) const;
    client_result<std::vector<topic_info>> all_topics(milliseconds timeout) const;
    client_result<std::int32_t> broker_count(milliseconds timeout) const;
    // The end of a partition as the last answer of its leader had it; nothing before the first one.
    std::optional<std::int64_t> high_watermark(const std::string& topic,
                                               std::int32_t partition) const;
    // A topic that is there already is no error.
    client_result<void> create_topic(const topic_spec& topic, milliseconds timeout) const;

  private:
    handle(client_options options, void* owner) : options_(std::move(options)), owner_(owner) {}
    static void on_log(const rd_kafka_s* client, int level, const char* facility, const char* text);

    client_options options_;
    void* owner_;
    rd_kafka_s* client_ = nullptr;
};

// An error by librdkafka's number.
client_error error_of(int number, std::string text = {});
// Takes `error`, which may be null: no error.
client_result<void> result_of(rd_kafka_error_s* error);
message view_of(const rd_kafka_message_s& from);
// A message that is an error.
consumer::problem problem_of(const rd_kafka_message_s& from);

// For owners of librdkafka's things.
template <auto Destroy>
struct destroyer {
    template <class T>
    void operator()(T* thing) const {
        Destroy(thing);
    }
};

struct list_destroyer {
    void operator()(rd_kafka_topic_partition_list_s* list) const;
};
using list_owner = std::unique_ptr<rd_kafka_topic_partition_list_s, list_destroyer>;
list_owner list_of(const std::vector<assignment>& partitions);

}  // namespace weir::connect::kafka
