// Records of __cluster_metadata and control records as the JSON that Kafka's tools print. Pure.
#pragma once

#include <expected>
#include <string>

#include "broker/protocol/record_reader.hpp"
#include "cli/tools/errors.hpp"

namespace weir::cli::tools::segments {

// {"type":"TOPIC_RECORD","version":0,"data":{...}} for the value of a metadata record, or why not.
std::expected<std::string, std::string> metadata_json(base::bytes_view value);

// What a control record says, with a blank in front: " endTxnMarker: COMMIT coordinatorEpoch: 0".
tool_result<std::string> control_text(const broker::protocol::record_view& record);

}  // namespace weir::cli::tools::segments
