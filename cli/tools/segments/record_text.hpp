// record_parser: the content of a record as text, by one of the decoders of kafka-dump-log.sh.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/protocol/record_reader.hpp"
#include "cli/tools/errors.hpp"

namespace weir::cli::tools::segments {

struct record_text {
    std::optional<std::string> key;
    std::optional<std::string> value;
};

class record_parser {
  public:
    virtual ~record_parser() = default;
    virtual tool_result<record_text> parse(std::int64_t offset,
                                           const broker::protocol::record_view& record) const = 0;
};

// By the names of Kafka's decoder classes, for keys and for values. Fails for a class that is not
// one of Kafka's own.
struct decoder_classes {
    std::string key;
    std::string value;
};
inline constexpr std::string_view string_decoder = "org.apache.kafka.tools.api.StringDecoder";
tool_result<std::unique_ptr<record_parser>> make_class_parser(const decoder_classes& classes);

// For __consumer_offsets, __transaction_state and __cluster_metadata.
std::unique_ptr<record_parser> make_offsets_parser();
std::unique_ptr<record_parser> make_transaction_parser();
std::unique_ptr<record_parser> make_metadata_parser();

}  // namespace weir::cli::tools::segments
