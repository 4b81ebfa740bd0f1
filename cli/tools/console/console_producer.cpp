// kafka-console-producer.sh: lines of standard input as records of a topic.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/tools/console/client_settings.hpp"
#include "cli/tools/console/line_input.hpp"
#include "cli/tools/console/line_reader.hpp"
#include "cli/tools/console/record_sender.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/verb.hpp"

namespace weir::cli::tools {
namespace {

using namespace console;

constexpr std::string_view line_reader_class = "org.apache.kafka.tools.LineMessageReader";

constexpr option options[] = {
    {"topic", "REQUIRED: the topic to write to.", takes::value, "String", "topic"},
    {"bootstrap-server", "REQUIRED: the brokers to connect to first, HOST:PORT,HOST:PORT.",
     takes::value, "String", "server to connect to"},
    {"sync", "Send each record by itself and wait for its answer."},
    {"compression-codec", "none, gzip (also without a value), snappy, lz4 or zstd.",
     takes::maybe_value, "String", "compression-codec"},
    {"batch-size", "Bytes of a batch (batch.size).", takes::value, "Integer", "size", "1000000"},
    {"message-send-max-retries", "How often a record is sent again (retries).", takes::value,
     "Integer", "", "3"},
    {"retry-backoff-ms", "The pause before (retry.backoff.ms).", takes::value, "Long", "", "100"},
    {"timeout", "How long a record waits for a fuller batch (linger.ms).", takes::value, "Long",
     "timeout_ms", "1000"},
    {"request-required-acks", "0, 1, or -1 for all replicas in sync (acks).", takes::value,
     "String", "request required acks", "-1"},
    {"request-timeout-ms", "How long a broker may take (request.timeout.ms).", takes::value,
     "Integer", "request timeout ms", "1500"},
    {"metadata-expiry-ms", "The age of metadata (metadata.max.age.ms).", takes::value, "Long",
     "metadata expiration interval", "300000"},
    {"max-block-ms", "How long to wait for metadata or memory (max.block.ms).", takes::value,
     "Long", "max block on send", "60000"},
    {"max-memory-bytes", "Memory for records that wait (buffer.memory).", takes::value, "Long",
     "total memory in bytes", "33554432"},
    {"max-partition-memory-bytes", "(Deprecated) As --batch-size.", takes::value, "Integer",
     "memory in bytes per partition"},
    {"line-reader", "What makes records of lines: LineMessageReader.", takes::value, "String",
     "reader_class", line_reader_class},
    {"socket-buffer-size", "The socket's buffer (send.buffer.bytes).", takes::value, "Integer",
     "size", "102400"},
    {"property", "(DEPRECATED) As --reader-property.", takes::value, "String", "prop", {}, true},
    {"reader-property",
     "name=value for the reader: parse.key, key.separator, parse.headers, headers.delimiter, "
     "headers.separator, headers.key.separator, null.marker, ignore.error.",
     takes::value,
     "String",
     "prop",
     {},
     true},
    {"reader-config", "A properties file for the reader.", takes::value, "String", "config file"},
    {"producer-property",
     "(DEPRECATED) As --command-property.",
     takes::value,
     "String",
     "producer_prop",
     {},
     true},
    {"command-property",
     "name=value for the producer.",
     takes::value,
     "String",
     "producer_prop",
     {},
     true},
    {"producer.config", "(DEPRECATED) As --command-config.", takes::value, "String", "config file"},
    {"command-config", "A properties file for the producer.", takes::value, "String",
     "config file"},
    help_option,
    version_option,
};

struct alternative {
    std::string_view option;
    std::string_view deprecated;
    std::string_view together;  // what to say of both
};

constexpr alternative alternatives[] = {
    {"command-config", "producer.config", "--command-config and --producer.config"},
    {"command-property", "producer-property", "--command-property and --producer-property"},
    {"reader-property", "property", "--reader-property and --property"},
};

early_exit check(const command_line& line) {
    for (const auto& each : alternatives) {
        if (!line.has(each.option) || !line.has(each.deprecated)) continue;
        return line.usage(fmt::format("Options {} cannot be specified together.", each.together));
    }
    for (const std::size_t at : {1, 0, 2}) {
        const auto& each = alternatives[at];
        if (!line.has(each.deprecated)) continue;
        fmt::print(
            "Warning: --{} is deprecated and will be removed in a future version. Use --{} "
            "instead.\n",
            each.deprecated, each.option);
    }
    if (line.has("max-partition-memory-bytes")) {
        fmt::print(
            "Warning: --max-partition-memory-bytes is deprecated and will be removed in "
            "Apache Kafka 5.0. Use --batch-size instead.\n");
    }
    std::fflush(stdout);
    const auto servers = check_bootstrap(line.value("bootstrap-server"));
    if (!servers) return line.usage(servers.error().message);
    return std::nullopt;
}

// The value of an option under its name or its deprecated one.
std::string_view given_name(const command_line& line, const alternative& of) {
    return line.has(of.deprecated) ? of.deprecated : of.option;
}

tool_result<properties> reader_properties(const command_line& line) {
    properties out;
    if (const auto file = line.value("reader-config")) {
        if (auto read = out.read_file(*file); !read) return std::unexpected(read.error());
    }
    out.read_arguments(line.values(given_name(line, alternatives[2])));
    return out;
}

tool_result<properties> producer_properties(const command_line& line) {
    properties out;
    if (const auto file = line.value(given_name(line, alternatives[0]))) {
        if (auto read = out.read_file(*file); !read) return std::unexpected(read.error());
    }
    out.read_arguments(line.values(given_name(line, alternatives[1])));
    out.set("bootstrap.servers", line.value_or("bootstrap-server", ""));
    const auto codec = line.value_or("compression-codec", "");
    const std::string unnamed = line.has("compression-codec") ? "gzip" : "none";
    out.set("compression.type", codec.empty() ? unnamed : codec);
    if (!out.has("client.id")) out.set("client.id", "console-producer");
    constexpr std::pair<std::string_view, std::string_view> merged[] = {
        {"linger.ms", "timeout"},
        {"acks", "request-required-acks"},
        {"request.timeout.ms", "request-timeout-ms"},
        {"retries", "message-send-max-retries"},
        {"retry.backoff.ms", "retry-backoff-ms"},
        {"send.buffer.bytes", "socket-buffer-size"},
        {"buffer.memory", "max-memory-bytes"},
        {"batch.size", "batch-size"},
        {"batch.size", "max-partition-memory-bytes"},
        {"metadata.max.age.ms", "metadata-expiry-ms"},
        {"max.block.ms", "max-block-ms"},
    };
    for (const auto& [name, option] : merged)
        merge_option(out, name, line, option);
    return out;
}

// An exception that the tool catches: what Java prints of it, but the stack.
int print_exception(const tool_error& error) {
    fmt::print(stderr, "{}\n", described(error));
    return exit_failed;
}

// Reads until the end, a signal or a line that is wrong.
int send_lines(line_reader& reader, record_sender& sender) {
    constexpr std::chrono::milliseconds interval(stop_interval_ms);
    const bool prompts = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    line_input input(STDIN_FILENO);
    bool asks = true;
    while (!stop_requested()) {
        if (asks) reader.count_line();
        if (asks && prompts) {
            fmt::print(">");
            std::fflush(stdout);
        }
        const auto state = input.next(interval);
        if (state == input_state::end) return exit_ok;
        asks = state == input_state::line;
        if (!asks) {
            sender.report();
            continue;
        }
        const auto record = reader.parse(input.line());
        if (!record) return print_exception(record.error());
        if (auto sent = sender.send(*record); !sent) return print_exception(sent.error());
    }
    return exit_ok;
}

}  // namespace

int console_producer(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return usage_error(options, line.error());
    const auto helped = line->help_or_version(
        "This tool helps to read data from standard input and publish it to Kafka.");
    if (helped) return *helped;
    if (const auto stop = line->require({"topic"})) return *stop;
    if (const auto read = line->readable(); !read) return fail_with(read.error().message);
    if (const auto stop = check(*line)) return *stop;
    const auto reader_class = line->value_or("line-reader", "");
    if (reader_class != line_reader_class) {
        return print_exception(
            {.exception = "java.lang.ClassNotFoundException", .message = reader_class});
    }
    const auto reader_settings = reader_properties(*line);
    if (!reader_settings) return print_exception(reader_settings.error());
    auto reader = line_reader::create(*reader_settings);
    if (!reader) return print_exception(reader.error());
    const auto settings = producer_properties(*line);
    if (!settings) return print_exception(settings.error());

    watch_stop_signals();
    auto sender = record_sender::create(
        *settings, {.topic = line->value_or("topic", ""), .wait_for_each = line->has("sync")});
    if (!sender) return print_exception(sender.error());
    const int code = send_lines(*reader, **sender);
    (*sender)->finish();
    return exit_code_after(code);
}

}  // namespace weir::cli::tools
