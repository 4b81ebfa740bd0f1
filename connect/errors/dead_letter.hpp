// dead_letter: a record that could not be processed, as it is written to the dead letter topic: its
// key, value and headers untouched, and Kafka Connect's ten headers that say where it came from and
// why it is here. Pure.
//
// Headers of these names that the record has already (it went through a dead letter topic before)
// are left out: the newest reason wins. Kafka Connect appends, so that its readers, which take the
// last one, see the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "connect/kafka/client.hpp"

namespace weir::connect::errors {

// org.apache.kafka.connect.runtime.errors.Stage
enum class stage : std::uint8_t {
    task_put,
    task_poll,
    transformation,
    key_converter,
    value_converter,
    header_converter,
    kafka_produce,
    kafka_consume,
};
std::string_view stage_name(stage of);  // "TASK_PUT"

// Why a record is bad.
struct failure {
    stage at = stage::task_put;
    std::string class_name;  // of what failed: a connector's type, a transform, a converter
    std::string reason;
};

// Where the record came from. Of a source: the topic it was meant for, partition and offset -1.
struct origin {
    std::string_view topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string_view connector;
    std::int32_t task = 0;
};

// The texts that headers view.
class dead_letter {
  public:
    dead_letter(const origin& from, const failure& why, std::span<const kafka::header> headers);
    dead_letter(const dead_letter&) = delete;
    dead_letter& operator=(const dead_letter&) = delete;

    // The record's own, then the ten; valid as long as this and the record's.
    std::span<const kafka::header> headers() const { return headers_; }

  private:
    std::vector<std::string> texts_;
    std::vector<kafka::header> headers_;
};

// "shop.orders-0@42: VALUE_CONVERTER: ..."
std::string place_and_reason(const origin& from, const failure& why);

}  // namespace weir::connect::errors
