// The dumps of kafka-dump-log.sh, one for each kind of file. Each prints as it goes; an outcome
// that is an exception ends the tool as it ends Kafka's.
#pragma once

#include <limits>
#include <memory>
#include <string>

#include "cli/tools/errors.hpp"
#include "cli/tools/output.hpp"
#include "cli/tools/segments/findings.hpp"
#include "cli/tools/segments/record_text.hpp"

namespace weir::cli::tools::segments {

inline constexpr std::int32_t everything = std::numeric_limits<std::int32_t>::max();

struct log_options {
    bool contents = false;       // print keys and values
    bool deep = false;           // go into the batches
    bool skip_metadata = false;  // of records
    std::int32_t bytes_max = everything;
};

struct index_options {
    bool sanity_only = false;
    bool verify_only = false;
    std::int32_t message_size_max = 0;
};

// A file that is dumped, and where to.
struct target {
    const std::string& path;  // as given
    output& to;
    findings& found;
};

// .log and .checkpoint
tool_result<void> dump_log_file(const target& of, const log_options& options,
                                const record_parser& parser);
// .index, .timeindex, .txnindex
tool_result<void> dump_offset_index(const target& of, const index_options& options);
tool_result<void> dump_time_index(const target& of, const index_options& options);
tool_result<void> dump_transaction_index(const target& of);
// .snapshot: idempotent producers
tool_result<void> dump_producer_snapshot(const target& of);

// "00000000000000000000.log" of a path.
std::string file_name(const std::string& path);
// The number in front of a file's name.
tool_result<std::int64_t> offset_of_name(const std::string& path);

}  // namespace weir::cli::tools::segments
