// What producers and consumers share: settings, errors, log lines and the topics of a cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace weir::connect::kafka {

enum class client_errc : std::uint8_t {
    from_broker,        // `code` says what
    bad_setting,        // a setting that does not exist or a value that cannot be
    timed_out,          // nobody answered in time
    record_timed_out,   // a record was not delivered in delivery.timeout.ms
    queue_full,         // poll() and try again
    unreachable,        // no broker can be reached at the moment; it goes on trying
    unknown_topic,      // as far as this client knows
    unknown_partition,  // of a topic that is known
    fatal,              // the client is of no more use
    other,
    fenced,            // another client has the same transactional id, begun later
    end_of_partition,  // enable.partition.eof: nothing more at the moment
};

struct client_error {
    client_errc kind = client_errc::other;
    std::int16_t code = 0;  // Kafka's error code, of from_broker
    std::string text;
    bool retriable = false;    // the same call may be made again
    bool needs_abort = false;  // the transaction has to be aborted
};

template <class T>
using client_result = std::expected<T, client_error>;

enum class log_level : std::uint8_t { debug, info, warn, error };

// A line of the client's log. The views are valid during the call.
struct log_event {
    log_level level = log_level::info;
    std::string_view facility;  // librdkafka's, "FAIL"
    std::string_view text;
};

// Settings under librdkafka's names, later ones over earlier ones. `on_log` is called from threads
// of the client, several at a time; without one, nothing is logged.
struct client_options {
    std::vector<std::pair<std::string, std::string>> settings;
    std::function<void(const log_event&)> on_log;
};

struct header {
    std::string_view key;
    std::optional<base::bytes_view> value;
};

struct topic_info {
    std::string name;
    std::int16_t error_code = 0;  // Kafka's; 0: it is there
    std::vector<std::int32_t> partitions;
};

using milliseconds = std::chrono::milliseconds;

}  // namespace weir::connect::kafka
