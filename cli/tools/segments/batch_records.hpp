// The records of one batch, as Kafka's DefaultRecordBatch hands them out, and its words for what is
// wrong with them.
#pragma once

#include <functional>

#include "broker/protocol/record_reader.hpp"
#include "cli/tools/errors.hpp"

namespace weir::cli::tools::segments {

// DefaultRecordBatch.incrementSequence.
std::int32_t sequence_after(std::int32_t sequence, std::int32_t distance);

using record_visitor = std::function<tool_result<void>(const broker::protocol::record_view&)>;

// Calls `visit` for each record of a whole batch. Those of a compressed batch are all read before
// the first one is given out, as Kafka does.
tool_result<void> visit_records(const broker::protocol::batch_view& batch,
                                const record_visitor& visit);

}  // namespace weir::cli::tools::segments
