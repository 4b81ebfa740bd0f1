// kafka-transactions: transactional ids and producers as a cluster has them, and the end of
// transactions that nobody else ends.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "cli/tools/connection.hpp"
#include "cli/tools/subcommands.hpp"
#include "cli/tools/table.hpp"
#include "cli/tools/transaction_admin/hanging.hpp"
#include "cli/tools/transaction_admin/transaction_calls.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::string_view program = "kafka-transactions.sh";

constexpr option general_options[] = {
    {"bootstrap-server", "Brokers to connect to, as host:port,host:port.", takes::value},
    {"command-config", "A properties file for the client.", takes::value},
    help_option,
    version_option,
};
constexpr option topic_option{"topic", "The topic.", takes::value};
constexpr option partition_option{"partition", "The number of the partition.", takes::value,
                                  "Integer"};
constexpr option broker_option{"broker-id", "The broker to ask.", takes::value, "Integer"};
constexpr option list_options[] = {
    {"duration-filter", "Those that have run for longer, in ms; all below 0.", takes::value,
     "Long"},
    {"transactional-id-pattern", "Those whose id matches the expression.", takes::value},
    help_option,
};
constexpr option describe_options[] = {{"transactional-id", "The transactional id.", takes::value},
                                       help_option};
constexpr option producers_options[] = {broker_option, topic_option, partition_option, help_option};
constexpr option abort_options[] = {
    topic_option,
    partition_option,
    {"start-offset", "Where the transaction begins.", takes::value, "Long"},
    {"producer-id", "Of brokers before 3.0: its producer.", takes::value, "Long"},
    {"producer-epoch", "Of brokers before 3.0: the producer's epoch.", takes::value, "Short"},
    {"coordinator-epoch", "Of brokers before 3.0: the coordinator's epoch.", takes::value,
     "Integer"},
    help_option,
};
constexpr option hanging_options[] = {
    broker_option,
    {"max-transaction-timeout", "Those that are older, in minutes.", takes::value, "Integer", "",
     "15"},
    topic_option,
    partition_option,
    help_option,
};
constexpr option terminate_options[] = {{"transactionalId", "The transactional id.", takes::value},
                                        help_option};
constexpr std::string_view describe_required[] = {"transactional-id"};
constexpr std::string_view place_required[] = {"topic", "partition"};
constexpr std::string_view terminate_required[] = {"transactionalId"};

constexpr std::string_view general_usage =
    "usage: kafka-transactions.sh [-h] [-v] [--command-config FILE]\n"
    "                             --bootstrap-server host:port COMMAND ...\n";

constexpr subcommand commands[] = {
    {"list",
     "usage: kafka-transactions.sh --bootstrap-server host:port list [-h]\n"
     "                             [--duration-filter DURATION_FILTER]\n"
     "                             [--transactional-id-pattern TRANSACTIONAL_ID_PATTERN]\n",
     list_options},
    {"describe",
     "usage: kafka-transactions.sh --bootstrap-server host:port describe [-h]\n"
     "                             --transactional-id TRANSACTIONAL_ID\n",
     describe_options, describe_required},
    {"describe-producers",
     "usage: kafka-transactions.sh --bootstrap-server host:port\n"
     "                             describe-producers [-h]\n"
     "                             [--broker-id BROKER_ID] --topic TOPIC\n"
     "                             --partition PARTITION\n",
     producers_options, place_required},
    {"abort",
     "usage: kafka-transactions.sh --bootstrap-server host:port abort [-h]\n"
     "                             --topic TOPIC --partition PARTITION\n"
     "                             [--start-offset START_OFFSET]\n"
     "                             [--producer-id PRODUCER_ID]\n"
     "                             [--producer-epoch PRODUCER_EPOCH]\n"
     "                             [--coordinator-epoch COORDINATOR_EPOCH]\n",
     abort_options, place_required},
    {"find-hanging",
     "usage: kafka-transactions.sh --bootstrap-server host:port find-hanging [-h]\n"
     "                             [--broker-id BROKER_ID]\n"
     "                             [--max-transaction-timeout MAX_TRANSACTION_TIMEOUT]\n"
     "                             [--topic TOPIC] [--partition PARTITION]\n",
     hanging_options},
    {"forceTerminateTransaction",
     "usage: kafka-transactions.sh --bootstrap-server host:port\n"
     "                             forceTerminateTransaction [-h]\n"
     "                             --transactionalId TRANSACTIONALID\n",
     terminate_options, terminate_required},
};

using row = std::vector<std::string>;

tool_error plain(std::string message) {
    return {.exception = "", .message = std::move(message)};
}

std::int64_t wall_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

topic_partition place_of(const command_line& line) {
    return {.topic = line.value_or("topic", ""),
            .partition = static_cast<std::int32_t>(line.number("partition").value_or(0))};
}

std::optional<broker::node_id> node_of(const command_line& line) {
    const auto number = line.number("broker-id");
    if (!number) return std::nullopt;
    return broker::node_id(static_cast<std::int32_t>(*number));
}

tool_result<void> list(admin_client& client, const command_line& line) {
    broker::protocol::list_transactions_request request;
    request.duration_filter = line.number("duration-filter").value_or(-1);
    request.transactional_id_pattern = line.value("transactional-id-pattern");
    const auto listed = list_transactions(client, request);
    if (!listed) return std::unexpected(failed_to("Failed to list transactions", listed.error()));
    std::vector<row> rows;
    for (const auto& [node, transactions] : *listed) {
        for (const auto& each : transactions) {
            rows.push_back({each.transactional_id, fmt::format("{}", node),
                            fmt::format("{}", each.producer_id), each.transaction_state});
        }
    }
    print_table({"TransactionalId", "Coordinator", "ProducerId", "TransactionState"}, rows);
    return {};
}

tool_result<void> describe(admin_client& client, const command_line& line) {
    const auto id = line.value_or("transactional-id", "");
    const auto found = describe_transaction(client, id);
    if (!found) {
        return std::unexpected(
            failed_to("Failed to describe transaction state of transactional-id `" + id + "`",
                      found.error()));
    }
    const auto& state = found->state;
    const auto begun = state.transaction_start_time_ms;
    std::string partitions;
    for (const auto& each : partitions_of(state))
        partitions += (partitions.empty() ? "" : ",") + to_text(each);
    print_table(
        {"CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState",
         "TransactionTimeoutMs", "CurrentTransactionStartTimeMs", "TransactionDurationMs",
         "TopicPartitions"},
        {{fmt::format("{}", found->coordinator), id, fmt::format("{}", state.producer_id),
          fmt::format("{}", state.producer_epoch), state.transaction_state,
          std::to_string(state.transaction_timeout_ms), begun < 0 ? "None" : std::to_string(begun),
          begun < 0 ? "None" : std::to_string(wall_ms() - begun), partitions}});
    return {};
}

tool_result<void> show_producers(admin_client& client, const command_line& line) {
    const auto where = place_of(line);
    const auto node = node_of(line);
    const auto found = describe_producers(client, {where}, node);
    if (!found) {
        const auto whom = node ? fmt::format("broker {}", *node) : "leader";
        return std::unexpected(
            failed_to(fmt::format("Failed to describe producers for partition {} on {}",
                                  to_text(where), whom),
                      found.error()));
    }
    std::vector<row> rows;
    for (const auto& each : found->at(where)) {
        const auto begins = each.current_txn_start_offset.value();
        rows.push_back({fmt::format("{}", each.producer_id), std::to_string(each.producer_epoch),
                        std::to_string(std::max(each.coordinator_epoch, -1)),
                        std::to_string(each.last_sequence), std::to_string(each.last_timestamp),
                        begins < 0 ? "None" : std::to_string(begins)});
    }
    print_table({"ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence",
                 "LastTimestamp", "CurrentTransactionStartOffset"},
                rows);
    return {};
}

// The transaction that begins at an offset, as its partition's leader knows it.
tool_result<abort_spec> spec_at(admin_client& client, const topic_partition& where,
                                std::int64_t begins) {
    const auto found = describe_producers(client, {where}, std::nullopt);
    if (!found) {
        return std::unexpected(failed_to(
            "Failed to validate producer state for partition " + to_text(where), found.error()));
    }
    for (const auto& each : found->at(where)) {
        const auto open_since = each.current_txn_start_offset.value();
        if (open_since < 0 || open_since != begins) continue;
        return abort_spec{
            .where = where,
            .producer = each.producer_id,
            .epoch = broker::producer_epoch(static_cast<std::int16_t>(each.producer_epoch)),
            .coordinator_epoch = std::max(each.coordinator_epoch, 0)};
    }
    return std::unexpected(
        plain(fmt::format("Could not find any open transactions starting at offset {} on partition "
                          "{}",
                          begins, to_text(where))));
}

tool_result<abort_spec> spec_of(admin_client& client, const command_line& line) {
    const auto begins = line.number("start-offset");
    const auto producer = line.number("producer-id");
    if (begins) return spec_at(client, place_of(line), *begins);
    if (!producer) {
        return std::unexpected(
            plain("The transaction to abort must be identified either with --start-offset (for "
                  "brokers on 3.0 or above) or with --producer-id, --producer-epoch, and "
                  "--coordinator-epoch (for older brokers)"));
    }
    for (const auto* name : {"producer-epoch", "coordinator-epoch"}) {
        if (!line.has(name)) {
            return std::unexpected(plain(fmt::format("Missing required argument --{}", name)));
        }
    }
    const auto epoch = static_cast<std::int16_t>(*line.number("producer-epoch"));
    // A producer that has had no marker yet has none: 0 is that of every coordinator at least.
    const auto coordinator = static_cast<std::int32_t>(*line.number("coordinator-epoch"));
    return abort_spec{.where = place_of(line),
                      .producer = broker::producer_id(*producer),
                      .epoch = broker::producer_epoch(epoch),
                      .coordinator_epoch = std::max(coordinator, 0)};
}

tool_result<void> abort(admin_client& client, const command_line& line) {
    const auto spec = spec_of(client, line);
    if (!spec) return std::unexpected(spec.error());
    const auto done = abort_transaction(client, *spec);
    if (done) return {};
    return std::unexpected(
        failed_to("Failed to abort transaction " + to_text(*spec), done.error()));
}

tool_result<void> show_hanging(admin_client& client, const command_line& line) {
    if (!line.has("topic") && !line.has("broker-id")) {
        return std::unexpected(
            plain("The `find-hanging` command requires either --topic or --broker-id to limit the "
                  "scope of the search"));
    }
    if (line.has("partition") && !line.has("topic")) {
        return std::unexpected(plain("The --partition argument requires --topic to be provided"));
    }
    constexpr std::int64_t minute_ms = 60'000;
    hanging_search search{
        .topic = line.value("topic"),
        .node = node_of(line),
        .older_than_ms = line.number("max-transaction-timeout").value_or(0) * minute_ms};
    if (line.has("partition")) search.partition = place_of(line).partition;
    const auto now = wall_ms();
    const auto hanging = find_hanging(client, search, now);
    if (!hanging) return std::unexpected(hanging.error());
    std::vector<row> rows;
    for (const auto& [where, producer] : *hanging) {
        rows.push_back({where.topic, std::to_string(where.partition),
                        fmt::format("{}", producer.producer_id),
                        std::to_string(producer.producer_epoch),
                        std::to_string(std::max(producer.coordinator_epoch, -1)),
                        fmt::format("{}", producer.current_txn_start_offset),
                        std::to_string(producer.last_timestamp),
                        std::to_string((now - producer.last_timestamp) / minute_ms)});
    }
    print_table({"Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch",
                 "StartOffset", "LastTimestamp", "Duration(min)"},
                rows);
    return {};
}

tool_result<void> terminate(admin_client& client, const command_line& line) {
    const auto id = line.value_or("transactionalId", "");
    const auto done = fence_producer(client, id);
    if (done) return {};
    return std::unexpected(
        failed_to("Failed to force terminate transactionalId `" + id + "`", done.error()));
}

tool_result<void> run(std::string_view command, admin_client& client, const command_line& line) {
    if (command == "list") return list(client, line);
    if (command == "describe") return describe(client, line);
    if (command == "describe-producers") return show_producers(client, line);
    if (command == "abort") return abort(client, line);
    if (command == "find-hanging") return show_hanging(client, line);
    return terminate(client, line);
}

// Help ends with 1, as it does in Kafka's tool of this name.
int help(std::string_view usage, std::span<const option> options) {
    print_command_help(usage, options);
    return exit_failed;
}

int misused(std::string_view usage, std::string_view message) {
    return misused_command(program, usage, message);
}

}  // namespace

int transactions(const arguments& given) {
    arguments long_names = given;
    std::ranges::replace(long_names, std::string("-v"), std::string("--version"));
    const auto split = split_options(general_options, long_names);
    const auto general = command_line::parse(general_options, split.options);
    if (!general) {
        return misused(general_usage, split.problem.empty() ? general.error() : split.problem);
    }
    if (general->has("help")) return help(general_usage, general_options);
    if (general->has("version")) {
        fmt::print("{}\n", version_text());
        return exit_ok;
    }
    if (!split.problem.empty()) return misused(general_usage, split.problem);
    if (split.rest.empty()) return misused(general_usage, "too few arguments");
    const auto command = std::ranges::find(commands, split.rest.front(), &subcommand::name);
    if (command == std::end(commands)) {
        return misused(general_usage, invalid_choice(split.rest.front(), commands));
    }
    const auto line = parse_subcommand(*command, {split.rest.begin() + 1, split.rest.end()});
    if (!line) return misused(command->usage, line.error());
    if (line->has("help")) return help(command->usage, command->options);
    if (!general->has("bootstrap-server")) {
        return misused(general_usage, "argument --bootstrap-server is required");
    }
    const auto file = general->value("command-config");
    if (file && !std::filesystem::exists(*file)) {
        return fail_with(failed_to("Failed to load admin client properties", plain(*file)).message);
    }
    const auto client = admin_of(*general);
    if (!client) return fail_with(client.error());
    const auto done = run(command->name, **client, *line);
    return done ? exit_ok : fail_with(done.error().message);
}

}  // namespace weir::cli::tools
