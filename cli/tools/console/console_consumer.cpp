// kafka-console-consumer.sh: the records of topics on standard output.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

#include "base/prng.hpp"
#include "cli/tools/console/client_settings.hpp"
#include "cli/tools/console/message_formatter.hpp"
#include "cli/tools/console/message_source.hpp"
#include "cli/tools/console/stop_signals.hpp"
#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/java/uncaught.hpp"
#include "cli/tools/output.hpp"
#include "cli/verb.hpp"

namespace weir::cli::tools {
namespace {

using namespace console;
using connect::kafka::from_beginning;
using connect::kafka::from_end;

constexpr std::string_view logger = "org.apache.kafka.tools.consumer.ConsoleConsumer";

constexpr option options[] = {
    {"topic", "The topic to read.", takes::value, "String", "topic"},
    {"include", "A regular expression: the topics to read.", takes::value, "String",
     "Java regex (String)"},
    {"partition", "Only this partition; from its end, unless --offset is given.", takes::value,
     "Integer", "partition"},
    {"offset", "Where to begin: an offset, 'earliest' or 'latest'.", takes::value, "String",
     "consume offset", "latest"},
    {"from-beginning", "Begin with the oldest record, where no offset was committed."},
    {"max-messages", "End after so many records.", takes::value, "Integer", "num_messages"},
    {"timeout-ms", "End when there was no record for so long.", takes::value, "Long", "timeout_ms"},
    {"group", "The consumer group.", takes::value, "String", "consumer group id"},
    {"isolation-level", "read_committed leaves out what was not committed.", takes::value, "String",
     "", "read_uncommitted"},
    {"formatter", "How to print: a class org.apache.kafka.tools.consumer.*.", takes::value,
     "String", "class", default_formatter},
    {"formatter-property",
     "name=value for the formatter: print.timestamp, print.partition, print.offset, "
     "print.delivery, print.epoch, print.headers, print.key, print.value, key.separator, "
     "line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, "
     "headers.deserializer.",
     takes::value,
     "String",
     "prop",
     {},
     true},
    {"property", "(DEPRECATED) As --formatter-property.", takes::value, "String", "prop", {}, true},
    {"formatter-config", "A properties file for the formatter.", takes::value, "String",
     "config file"},
    {"key-deserializer", "The class that reads keys.", takes::value, "String",
     "deserializer for keys"},
    {"value-deserializer", "The class that reads values.", takes::value, "String",
     "deserializer for values"},
    {"skip-message-on-error", "Go on after a record that cannot be printed."},
    {"enable-systest-events", "Tell the end of the tool on standard output."},
    {"bootstrap-server", "REQUIRED: the brokers to connect to first.", takes::value, "String",
     "server to connect to"},
    {"consumer-property",
     "(DEPRECATED) As --command-property.",
     takes::value,
     "String",
     "consumer_prop",
     {},
     true},
    {"command-property",
     "name=value for the consumer.",
     takes::value,
     "String",
     "consumer_prop",
     {},
     true},
    {"consumer.config", "(DEPRECATED) As --command-config.", takes::value, "String", "config file"},
    {"command-config", "A properties file for the consumer.", takes::value, "String",
     "config file"},
    help_option,
    version_option,
};

early_exit check_required(const command_line& line) {
    if (line.has("topic") == line.has("include")) {
        return line.usage("Exactly one of the following arguments is required: [topic], [include]");
    }
    if (line.has("partition")) {
        if (!line.has("topic")) {
            return line.usage("The topic is required when partition is specified.");
        }
        if (line.has("from-beginning") && line.has("offset")) {
            return line.usage("Options from-beginning and offset cannot be specified together.");
        }
    } else if (line.has("offset")) {
        return line.usage("The partition is required when offset is specified.");
    }
    return line.require({"bootstrap-server"});
}

struct alternative {
    std::string_view option;
    std::string_view deprecated;
};
constexpr alternative property_option{"command-property", "consumer-property"};
constexpr alternative config_option{"command-config", "consumer.config"};
constexpr alternative formatter_option{"formatter-property", "property"};

early_exit check_together(const command_line& line, const alternative& of) {
    if (!line.has(of.option) || !line.has(of.deprecated)) return std::nullopt;
    return line.usage(fmt::format("Options --{} and --{} cannot be specified together.",
                                  of.deprecated, of.option));
}

// The name under which the option was given; the deprecated one is told.
std::string_view name_given(const command_line& line, const alternative& of) {
    if (!line.has(of.deprecated)) return of.option;
    fmt::print(
        "Option --{} is deprecated and will be removed in a future version. Use --{} "
        "instead.\n",
        of.deprecated, of.option);
    std::fflush(stdout);
    return of.deprecated;
}

// What a tool knows when its options are sound; else the exit code.
template <class T>
using or_exit = std::expected<T, int>;

// The consumer's own settings, from the file and the properties given.
or_exit<properties> given_properties(const command_line& line) {
    properties out;
    const auto property_name = name_given(line, property_option);
    if (const auto file = line.value(name_given(line, config_option))) {
        if (auto read = out.read_file(*file); !read) {
            return std::unexpected(java::die_of(read.error()));
        }
    }
    const auto file_group = out.get("group.id");
    out.read_arguments(line.values(property_name));
    std::vector<std::string> groups;
    for (const auto& each : {line.value("group"), file_group, out.get("group.id")}) {
        if (each && std::ranges::count(groups, *each) == 0) groups.push_back(*each);
    }
    if (groups.size() > 1) {
        java::sort_as_hash_map(groups, [](const auto& each) { return java::hash_of(each); });
        std::string list;
        for (const auto& each : groups)
            list += fmt::format("{}'{}'", list.empty() ? "" : ", ", each);
        return std::unexpected(line.usage(fmt::format(
            "The group ids provided in different places (directly using '--group', via "
            "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: "
            "{}",
            list)));
    }
    if (!groups.empty() && line.has("partition")) {
        return std::unexpected(
            line.usage("Options group and partition cannot be specified together."));
    }
    if (!groups.empty()) out.set("group.id", groups[0]);
    return out;
}

or_exit<properties> consumer_properties(const command_line& line) {
    auto out = given_properties(line);
    if (!out) return out;
    const auto reset = out->get("auto.offset.reset");
    if (reset && line.has("from-beginning") && *reset != "earliest") {
        fmt::print(stderr,
                   "Can't simultaneously specify --from-beginning and 'auto.offset.reset={}', "
                   "please remove one option\n",
                   *reset);
        return std::unexpected(exit_failed);
    }
    if (!reset) {
        out->set("auto.offset.reset", line.has("from-beginning") ? "earliest" : "latest");
    }
    out->set("bootstrap.servers", line.value_or("bootstrap-server", ""));
    if (!out->has("client.id")) out->set("client.id", "console-consumer");
    merge_option(*out, "isolation.level", line, "isolation-level");
    return out;
}

// A group that nobody else is in.
void set_own_group(properties& settings) {
    base::prng random(
        static_cast<std::uint64_t>(::getpid()) ^
        static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
    settings.set("group.id", fmt::format("console-consumer-{}", random.below(100'000)));
    settings.set("enable.auto.commit", "false");
}

or_exit<std::int64_t> parse_offset(const command_line& line) {
    if (!line.has("offset")) return line.has("from-beginning") ? from_beginning : from_end;
    const auto text = line.value_or("offset", "");
    const auto lower = java::to_lower(text);
    if (lower == "earliest") return from_beginning;
    if (lower == "latest") return from_end;
    const auto offset = java::parse_long(text);
    if (offset && *offset >= 0) return *offset;
    return std::unexpected(line.usage(
        fmt::format("The provided offset value '{}' is incorrect. Valid values are 'earliest', "
                    "'latest', or a non-negative long.",
                    text)));
}

or_exit<std::unique_ptr<message_formatter>> parse_formatter(const command_line& line) {
    if (const auto stop = check_together(line, formatter_option)) return std::unexpected(*stop);
    const auto name = name_given(line, formatter_option);
    properties settings;
    if (const auto file = line.value("formatter-config")) {
        if (auto read = settings.read_file(*file); !read) {
            return std::unexpected(line.usage(read.error().message));
        }
    }
    for (const std::string which : {"key", "value"}) {
        const auto given = line.value_or(which + "-deserializer", "");
        if (!given.empty()) settings.set(which + ".deserializer", given);
    }
    settings.read_arguments(line.values(name));
    const auto class_name = line.value_or("formatter", "");
    auto made = make_formatter(class_name, settings);
    if (!made) return std::unexpected(line.usage(class_name));
    return made;
}

// An exception that Kafka's tool logs.
void log_exception(std::string_view message, const tool_error& error) {
    log_line("ERROR", message, logger);
    fmt::print(stderr, "{}\n", described(error));
}

struct printing {
    message_formatter& formatter;
    message_source& source;
    std::int64_t count_max;
    std::chrono::milliseconds timeout;
    bool skips_errors;
};

// Prints records until one of the ends.
class printer {
  public:
    explicit printer(const printing& how) : how_(how), to_(STDOUT_FILENO) {}
    void run();
    std::int64_t count() const { return count_; }
    // Why a record could not be printed, which ends the tool.
    const std::optional<tool_error>& failure() const { return failure_; }

  private:
    void print(const connect::kafka::message& what);
    bool poll();

    const printing& how_;
    output to_;
    std::int64_t count_ = 0;
    std::optional<tool_error> failure_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

void printer::print(const connect::kafka::message& what) {
    if (failure_) return;
    ++count_;
    const auto written = how_.formatter.write(what, to_);
    if (written) return;
    if (how_.skips_errors) {
        log_exception("Error processing message, skipping this message: ", written.error());
    } else {
        failure_ = written.error();
    }
}

// One round; false when the end is reached.
bool printer::poll() {
    using namespace std::chrono;
    constexpr std::int64_t batch = 10'000;
    const auto left = how_.timeout - duration_cast<milliseconds>(steady_clock::now() - last_);
    const auto count =
        how_.source.poll(std::clamp(left, 0ms, milliseconds(stop_interval_ms)),
                         static_cast<std::size_t>(std::min(batch, how_.count_max - count_)),
                         [this](const auto& message) { print(message); });
    constexpr std::string_view ended = "Error processing message, terminating consumer process: ";
    if (!count) {
        log_exception(ended, count.error());
        return false;
    }
    if (!to_.flush()) {
        fmt::print(stderr, "Unable to write to standard out, closing consumer.\n");
        return false;
    }
    if (*count > 0) {
        last_ = steady_clock::now();
    } else if (steady_clock::now() - last_ >= how_.timeout) {
        log_exception(ended, client_error("TimeoutException", ""));
        return false;
    }
    return !failure_;
}

void printer::run() {
    while (count_ < how_.count_max && !stop_requested()) {
        if (!poll()) break;
    }
    to_.flush();
}

int consume(const command_line& line, const properties& settings, message_source::plan plan,
            message_formatter& formatter) {
    watch_stop_signals();
    auto source = message_source::create(settings, std::move(plan));
    if (!source) {
        log_exception("Unknown error when running consumer: ", source.error());
        return exit_failed;
    }
    constexpr auto forever = std::chrono::milliseconds(std::chrono::years(100));
    const auto timeout = line.number("timeout-ms").value_or(-1);
    const auto count_max = line.number("max-messages").value_or(-1);
    const printing how{
        .formatter = formatter,
        .source = **source,
        .count_max = count_max == -1 ? std::numeric_limits<std::int64_t>::max() : count_max,
        .timeout = timeout < 0 ? forever : std::chrono::milliseconds(timeout),
        .skips_errors = line.has("skip-message-on-error")};
    printer printing_records(how);
    printing_records.run();
    (*source)->close();
    fmt::print(stderr, "Processed a total of {} messages\n", printing_records.count());
    const auto& failure = printing_records.failure();
    if (failure) log_exception("Unknown error when running consumer: ", *failure);
    if (line.has("enable-systest-events")) fmt::print("shutdown_complete\n");
    return exit_code_after(failure ? exit_failed : exit_ok);
}

}  // namespace

int console_consumer(const arguments& given) {
    const auto line = command_line::parse(options, given);
    if (!line) return usage_error(options, line.error());
    const auto helped = line->help_or_version(
        "This tool helps to read data from Kafka topics and outputs it to standard output.");
    if (helped) return *helped;
    if (const auto read = line->readable(); !read) return java::die_of(read.error());
    if (const auto stop = check_required(*line)) return *stop;
    if (const auto stop = check_together(*line, property_option)) return *stop;
    if (const auto stop = check_together(*line, config_option)) return *stop;
    auto settings = consumer_properties(*line);
    if (!settings) return settings.error();
    const auto offset = parse_offset(*line);
    if (!offset) return offset.error();
    const auto formatter = parse_formatter(*line);
    if (!formatter) return formatter.error();

    message_source::plan plan{.topic = line->value("topic"),
                              .include = std::nullopt,
                              .partition = std::nullopt,
                              .offset = *offset,
                              .in_group = settings->has("group.id")};
    if (const auto partition = line->number("partition")) {
        plan.partition = static_cast<std::int32_t>(*partition);
    }
    if (settings->get("auto.offset.reset") == "earliest" && !plan.partition) {
        plan.offset = from_beginning;
    }
    if (!plan.in_group) set_own_group(*settings);
    if (const auto expression = line->value("include")) {
        const auto compiled = pattern::compile(*expression);
        if (!compiled) {
            log_exception("Unknown error when running consumer: ", compiled.error());
            return exit_failed;
        }
        plan.include = *compiled;
    }
    return consume(*line, *settings, std::move(plan), **formatter);
}

}  // namespace weir::cli::tools
