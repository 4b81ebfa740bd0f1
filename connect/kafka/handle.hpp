// handle: a librdkafka client for those who wrap it here; nobody else includes this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connect/kafka/client.hpp"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_error_s;

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
    // Leaves the client to the end of the process, whose threads would have to be waited for.
    void abandon() { client_ = nullptr; }

    // What the cluster says of a topic; a broker may create one that is asked for.
    client_result<topic_info> topic(const std::string& name, milliseconds timeout) const;
    client_result<std::vector<topic_info>> all_topics(milliseconds timeout) const;

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

}  // namespace weir::connect::kafka
