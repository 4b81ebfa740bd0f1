#include "connect/errors/dead_letter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::connect::errors {
namespace {

constexpr std::string_view prefix = "__connect.errors.";
constexpr std::array<std::string_view, 10> names = {
    "__connect.errors.topic",
    "__connect.errors.partition",
    "__connect.errors.offset",
    "__connect.errors.connector.name",
    "__connect.errors.task.id",
    "__connect.errors.stage",
    "__connect.errors.class.name",
    "__connect.errors.exception.class.name",
    "__connect.errors.exception.message",
    "__connect.errors.exception.stacktrace",
};

// What Connect would have thrown: readers of dead letters look for these.
std::string_view exception_of(stage at) {
    switch (at) {
        case stage::key_converter:
        case stage::value_converter:
        case stage::header_converter:
        case stage::transformation:
            return "org.apache.kafka.connect.errors.DataException";
        default:
            return "org.apache.kafka.connect.errors.ConnectException";
    }
}

}  // namespace

std::string_view stage_name(stage of) {
    switch (of) {
        case stage::task_put:
            return "TASK_PUT";
        case stage::task_poll:
            return "TASK_POLL";
        case stage::transformation:
            return "TRANSFORMATION";
        case stage::key_converter:
            return "KEY_CONVERTER";
        case stage::value_converter:
            return "VALUE_CONVERTER";
        case stage::header_converter:
            return "HEADER_CONVERTER";
        case stage::kafka_produce:
            return "KAFKA_PRODUCE";
        case stage::kafka_consume:
            return "KAFKA_CONSUME";
    }
    return "TASK_PUT";
}

dead_letter::dead_letter(const origin& from, const failure& why,
                         std::span<const kafka::header> headers) {
    const auto exception = exception_of(why.at);
    texts_ = {std::string(from.topic),
              fmt::format("{}", from.partition),
              fmt::format("{}", from.offset),
              std::string(from.connector),
              fmt::format("{}", from.task),
              std::string(stage_name(why.at)),
              why.class_name,
              std::string(exception),
              why.reason,
              fmt::format("{}: {}\n", exception, why.reason)};
    for (const auto& each : headers) {
        const bool replaced =
            each.key.starts_with(prefix) && std::ranges::find(names, each.key) != names.end();
        if (!replaced) headers_.push_back(each);
    }
    for (std::size_t index = 0; index < names.size(); ++index)
        headers_.push_back({.key = names[index], .value = base::as_bytes(texts_[index])});
}

std::string place_and_reason(const origin& from, const failure& why) {
    if (from.offset < 0) {
        return fmt::format("{}: {}: {}", from.topic, stage_name(why.at), why.reason);
    }
    return fmt::format("{}-{}@{}: {}: {}", from.topic, from.partition, from.offset,
                       stage_name(why.at), why.reason);
}

}  // namespace weir::connect::errors
