// dlq: the parts of `weir dlq`, one file each.
#pragma once

#include "cli/pipeline_tools/dead_letter.hpp"
#include "cli/verb.hpp"
#include "connect/kafka/consumer.hpp"

namespace weir::cli::pipeline_tools {

// weir dlq list: the dead letter topics, and what is in them by connector, stage and exception.
int dlq_list(const arguments& given);
// weir dlq show TOPIC: each dead letter: why, from where, and its bytes.
int dlq_show(const arguments& given);
// weir dlq replay TOPIC: dead letters go back to where they came from.
int dlq_replay(const arguments& given);

// What the headers of a record say.
dead_letter letter_of(const connect::kafka::message& record);

}  // namespace weir::cli::pipeline_tools
