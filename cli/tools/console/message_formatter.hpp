// message_formatter: how a record is printed, by the names of Kafka's classes
// org.apache.kafka.tools.consumer.*.
#pragma once

#include <memory>
#include <string_view>

#include "cli/tools/console/client_settings.hpp"
#include "cli/tools/errors.hpp"
#include "cli/tools/output.hpp"
#include "connect/kafka/consumer.hpp"

namespace weir::cli::tools::console {

class message_formatter {
  public:
    virtual ~message_formatter() = default;
    // Fails with the exception that the class throws.
    virtual tool_result<void> write(const connect::kafka::message& what, output& to) = 0;
};

inline constexpr std::string_view default_formatter =
    "org.apache.kafka.tools.consumer.DefaultMessageFormatter";

// nullptr: not one of Kafka's classes. `settings`: those of --formatter-property.
std::unique_ptr<message_formatter> make_formatter(std::string_view class_name,
                                                  const properties& settings);

}  // namespace weir::cli::tools::console
