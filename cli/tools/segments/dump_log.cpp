// kafka-dump-log.sh: what stands in the files of a partition.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/tools/java/text.hpp"
#include "cli/tools/java/uncaught.hpp"
#include "cli/tools/options.hpp"
#include "cli/tools/segments/dumps.hpp"
#include "cli/verb.hpp"

namespace weir::cli::tools {
namespace {

using namespace segments;

constexpr option options[] = {
    {"files", "REQUIRED: the files, between commas: .log, .index, .timeindex, .snapshot ...",
     takes::value, "String", "file1, file2, ..."},
    {"print-data-log", "Print keys and values; any decoder does that, too."},
    {"deep-iteration", "Go into the batches: print their records."},
    {"skip-record-metadata", "Print the content of records only; leaves out control records."},
    {"max-bytes", "Stop behind so many bytes of a .log file.", takes::value, "Integer", "size",
     "2147483647"},
    {"verify-index-only", "Compare an index with its log without printing it."},
    {"index-sanity-check", "Check an index as a node does when it starts, without printing it."},
    {"max-message-size", "No batch that an index points to is larger.", takes::value, "Integer",
     "size", "5242880"},
    {"value-decoder-class", "How to print values: one of the classes org.apache.kafka.tools.api.*.",
     takes::maybe_value, "String", "", string_decoder},
    {"key-decoder-class", "How to print keys.", takes::maybe_value, "String", "", string_decoder},
    {"offsets-decoder", "The files are those of __consumer_offsets."},
    {"transaction-log-decoder", "The files are those of __transaction_state."},
    {"cluster-metadata-decoder", "The files are those of __cluster_metadata."},
    {"remote-log-metadata-decoder", "Not supported: there is no tiered storage."},
    {"share-group-state-decoder", "The files are those of __share_group_state."},
    help_option,
    version_option,
};

// Any of these prints the content of records, in Kafka's order of precedence.
constexpr std::string_view printing[] = {"print-data-log",
                                         "offsets-decoder",
                                         "transaction-log-decoder",
                                         "cluster-metadata-decoder",
                                         "remote-log-metadata-decoder",
                                         "value-decoder-class",
                                         "key-decoder-class",
                                         "share-group-state-decoder"};

bool prints_contents(const command_line& line) {
    for (const auto name : printing) {
        if (line.has(name)) return true;
    }
    return false;
}

tool_result<std::unique_ptr<record_parser>> make_parser(const command_line& line) {
    if (line.has("offsets-decoder")) return make_offsets_parser();
    if (line.has("transaction-log-decoder")) return make_transaction_parser();
    if (line.has("cluster-metadata-decoder")) return make_metadata_parser();
    return make_class_parser(
        {.key = *line.value("key-decoder-class"), .value = *line.value("value-decoder-class")});
}

tool_result<void> dump_one(const command_line& line, const target& of) {
    const auto name = file_name(of.path);
    const auto dot = name.rfind('.');
    const auto extension = dot == std::string::npos ? std::string() : name.substr(dot);
    const index_options index{
        .sanity_only = line.has("index-sanity-check"),
        .verify_only = line.has("verify-index-only"),
        .message_size_max = static_cast<std::int32_t>(*line.number("max-message-size"))};
    if (extension == ".log" || extension == ".checkpoint") {
        const bool contents = prints_contents(line);
        const log_options options{
            .contents = contents,
            .deep = contents || line.has("deep-iteration"),
            .skip_metadata = line.has("skip-record-metadata"),
            .bytes_max = static_cast<std::int32_t>(*line.number("max-bytes"))};
        const auto parser = make_parser(line);
        if (!parser) return std::unexpected(parser.error());
        return dump_log_file(of, options, **parser);
    }
    if (extension == ".index") return dump_offset_index(of, index);
    if (extension == ".timeindex") return dump_time_index(of, index);
    if (extension == ".snapshot") return dump_producer_snapshot(of);
    if (extension == ".txnindex") return dump_transaction_index(of);
    of.to.flush();
    fmt::print(stderr, "Ignoring unknown file {}\n", of.path);
    return {};
}

}  // namespace

int dump_log(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return java::die_of(java::option_exception(line.error()));
    const auto helped = line->help_or_version(
        "This tool helps to parse a log file and dump its contents to the console, useful for "
        "debugging a seemingly corrupt log segment.");
    if (helped) return *helped;
    if (const auto exit = line->require({"files"})) return *exit;
    if (const auto read = line->readable(); !read) return java::die_of(read.error());
    for (const auto name : {"remote-log-metadata-decoder", "share-group-state-decoder"}) {
        if (!line->has(name)) continue;
        fmt::print(stderr, "--{} is not supported\n", name);
        return exit_failed;
    }
    findings found;
    output to(STDOUT_FILENO);
    for (const auto& argument : java::split(*line->value("files"), ",")) {
        const auto path = java::file_text(argument);
        to.print("Dumping {}\n", path);
        if (const auto dumped = dump_one(*line, {path, to, found}); !dumped) {
            to.flush();
            return java::die_of(dumped.error());
        }
    }
    to.flush();
    found.report(stderr);
    return exit_ok;
}

}  // namespace weir::cli::tools
