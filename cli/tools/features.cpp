// kafka-features: the levels of features, shown and changed, and what the levels of Kafka 4.3 mean.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

#include "broker/protocol/messages/api_versions_request.hpp"
#include "broker/protocol/messages/api_versions_response.hpp"
#include "broker/protocol/messages/update_features_request.hpp"
#include "broker/protocol/messages/update_features_response.hpp"
#include "broker/protocol/metadata_versions.hpp"
#include "cli/tools/connection.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/subcommands.hpp"

namespace weir::cli::tools {
namespace {

using broker::error_code;
using broker::protocol::api_versions_request;
using broker::protocol::api_versions_response;
using broker::protocol::metadata_versions;
using broker::protocol::update_features_request;
using broker::protocol::update_features_response;

constexpr std::string_view metadata_feature = "metadata.version";
// What a cluster of Kafka 4.3 begins with.
constexpr std::string_view newest_release = "4.3-IV0";

constexpr option describe_options[] = {
    {"node-id", "The node to ask.", takes::value, "Integer"},
    help_option,
};
constexpr option dry_run_option{"dry-run", "Only say whether it could be done."};
constexpr option feature_option{.name = "feature",
                                .text = "A feature and its level, as feature=level.",
                                .argument = takes::value,
                                .repeats = true};
constexpr option metadata_option{"metadata", "DEPRECATED: the level of metadata.version.",
                                 takes::value};
constexpr option release_option{
    "release-version", "All features as a release begins with them, as 3.9-IV0.", takes::value};
constexpr option unsafe_option{"unsafe", "Even if metadata is lost."};
constexpr option upgrade_options[] = {metadata_option, release_option, feature_option,
                                      dry_run_option, help_option};
constexpr option downgrade_options[] = {metadata_option, release_option, feature_option,
                                        unsafe_option,   dry_run_option, help_option};
constexpr option disable_options[] = {feature_option, unsafe_option, dry_run_option, help_option};
constexpr option mapping_options[] = {release_option, help_option};
constexpr option dependency_options[] = {feature_option, help_option};
constexpr std::string_view dependency_required[] = {"feature"};

constexpr subcommand commands[] = {
    {"describe", "usage: kafka-features describe [-h] [--node-id NODE_ID]\n", describe_options},
    {"upgrade",
     "usage: kafka-features upgrade [-h] [--metadata METADATA]\n"
     "                      [--release-version RELEASE_VERSION]\n"
     "                      [--feature FEATURE] [--dry-run]\n",
     upgrade_options},
    {"downgrade",
     "usage: kafka-features downgrade [-h] [--metadata METADATA]\n"
     "                      [--release-version RELEASE_VERSION]\n"
     "                      [--feature FEATURE] [--unsafe] [--dry-run]\n",
     downgrade_options},
    {"disable",
     "usage: kafka-features disable [-h] [--feature FEATURE] [--unsafe]\n"
     "                      [--dry-run]\n",
     disable_options},
    {"version-mapping",
     "usage: kafka-features version-mapping [-h]\n"
     "                      [--release-version RELEASE_VERSION]\n",
     mapping_options},
    {"feature-dependencies", "usage: kafka-features feature-dependencies [-h] --feature FEATURE\n",
     dependency_options, dependency_required},
};
constexpr std::string_view general_usage =
    "usage: kafka-features [-h] [--command-config COMMAND_CONFIG]\n"
    "                      [--bootstrap-server BOOTSTRAP_SERVER |\n"
    "                      --bootstrap-controller BOOTSTRAP_CONTROLLER]\n"
    "                      {describe,upgrade,downgrade,disable,version-mapping,"
    "feature-dependencies}\n"
    "                      ...\n";

struct feature_level {
    std::string_view feature;
    std::int16_t level;
    std::int16_t begins_with;  // metadata.version
    std::int16_t needs;
};
constexpr feature_level known_levels[] = {
#define X(feature, level, begins_with, needs) {feature, level, begins_with, needs},
#include "cli/tools/feature_levels.tbl"
#undef X
};

tool_error terse(std::string message) {
    return {.exception = "org.apache.kafka.tools.TerseException", .message = std::move(message)};
}

std::string_view metadata_name(std::int16_t level) {
    const auto found =
        std::ranges::find(metadata_versions(), level, &broker::protocol::metadata_version::level);
    return found == metadata_versions().end() ? std::string_view() : found->name;
}

std::string level_text(std::string_view feature, std::int16_t level) {
    if (feature != metadata_feature) return std::to_string(level);
    const auto name = metadata_name(level);
    return name.empty() ? fmt::format("UNKNOWN [{}]", level) : std::string(name);
}

// "4.3-IV0", or the last one of a release: "4.3", "4.3.1".
tool_result<std::int16_t> metadata_level(const std::string& text) {
    const auto pieces = java::split(text, ".");
    const auto release = pieces.size() > 2 ? pieces[0] + "." + pieces[1] : text;
    std::int16_t found = 0;
    std::vector<std::string_view> names;
    for (const auto& each : metadata_versions()) {
        if (each.name == release || each.name.starts_with(release + "-")) found = each.level;
        names.push_back(each.name);
    }
    if (found > 0) return found;
    return std::unexpected(
        terse(fmt::format("Unknown metadata.version '{}'. Supported metadata.version are: {}", text,
                          fmt::join(names, ", "))));
}

// The features with the levels that a cluster begins with at this metadata.version, in the order
// of the table.
std::vector<std::pair<std::string, std::int16_t>> levels_at(std::int16_t metadata) {
    std::vector<std::pair<std::string, std::int16_t>> levels;
    for (const auto& each : known_levels) {
        if (levels.empty() || levels.back().first != each.feature) {
            levels.emplace_back(each.feature, std::int16_t{0});
        }
        if (each.begins_with <= metadata) levels.back().second = each.level;
    }
    return levels;
}

using feature_levels = std::map<std::string, std::int16_t>;

tool_result<std::pair<std::string, std::int16_t>> parse_level(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
        return std::unexpected(terse(
            fmt::format("Can't parse feature=level string {}: equals sign not found.", text)));
    }
    const auto name = java::trim(std::string_view(text).substr(0, equals));
    const auto level = java::trim(std::string_view(text).substr(equals + 1));
    const auto number = java::parse_int(level);
    using shorts = std::numeric_limits<std::int16_t>;
    if (!number || *number < shorts::min() || *number > shorts::max()) {
        return std::unexpected(terse(fmt::format(
            "Can't parse feature=level string {}: unable to parse {} as a short.", text, level)));
    }
    return std::pair(std::string(name), static_cast<std::int16_t>(*number));
}

tool_result<void> describe(admin_client& client, const command_line& line) {
    api_versions_request request;
    request.client_software_name = "weir";
    request.client_software_version = std::string(version_text());
    destination to{.call_name = "describeFeatures"};
    if (const auto node = line.number("node-id")) {
        to.node = broker::node_id(static_cast<std::int32_t>(*node));
    }
    const auto reply = client.call<api_versions_response>(request, to);
    if (!reply) return std::unexpected(reply.error());
    if ((*reply)->error_code != error_code::none) {
        return std::unexpected(error_of((*reply)->error_code));
    }
    auto supported = (*reply)->supported_features;
    std::ranges::sort(supported, {}, [](const auto& each) -> const auto& { return each.name; });
    const auto epoch = (*reply)->finalized_features_epoch;
    for (const auto& each : supported) {
        std::int16_t level = 0;
        for (const auto& finalized : (*reply)->finalized_features) {
            if (finalized.name == each.name) level = finalized.max_version_level;
        }
        fmt::print(
            "Feature: {:<40}  SupportedMinVersion: {:<15}  SupportedMaxVersion: {:<15}  "
            "FinalizedVersionLevel: {:<15}  Epoch: {}\n",
            each.name, level_text(each.name, each.min_version),
            level_text(each.name, each.max_version), level_text(each.name, level),
            epoch < 0 ? "-" : std::to_string(epoch));
    }
    return {};
}

// Sends the levels and tells of each; `verb` is the name of the command.
tool_result<void> update(admin_client& client, std::string_view verb, const feature_levels& levels,
                         std::int8_t type, bool dry_run) {
    update_features_request request;
    request.validate_only = dry_run;
    for (const auto& [name, level] : levels) {
        auto& each = request.feature_updates.emplace_back();
        each.feature = name;
        each.max_version_level = level;
        each.upgrade_type = type;
        each.allow_downgrade = type != 1;
    }
    const auto reply =
        client.call<update_features_response>(request, {.call_name = "updateFeatures"});
    std::map<std::string, tool_error> failed;
    for (const auto& [name, level] : levels) {
        if (!reply) {
            failed.emplace(name, reply.error());
        } else if ((*reply)->error_code != error_code::none) {
            failed.emplace(name, error_of((*reply)->error_code, (*reply)->error_message));
        }
    }
    if (reply) {
        for (const auto& each : (*reply)->results) {
            if (each.error_code == error_code::none) continue;
            failed.emplace(each.feature, error_of(each.error_code, each.error_message));
        }
    }
    const bool disables = verb == "disable";
    for (const auto& [name, level] : levels) {
        const auto to = disables ? "" : fmt::format(" to {}", level);
        if (const auto error = failed.find(name); error != failed.end()) {
            fmt::print("{} not {} {}{}. {}\n", dry_run ? "Can" : "Could", verb, name, to,
                       error->second.message);
        } else {
            fmt::print("{} {} {}d{}.\n", name, dry_run ? "can be" : "was", verb, to);
        }
    }
    if (failed.empty()) return {};
    return std::unexpected(
        terse(fmt::format("{} out of {} operation(s) failed.", failed.size(), levels.size())));
}

// The levels that --feature, --metadata and --release-version ask for.
tool_result<feature_levels> wanted_levels(const command_line& line, std::string_view verb) {
    feature_levels levels;
    const auto metadata = line.value("metadata");
    const auto named = line.values("feature");
    if (const auto release = line.value("release-version")) {
        if (metadata || !named.empty()) {
            return std::unexpected(
                terse("Can not specify `release-version` with other feature flags."));
        }
        const auto level = metadata_level(*release);
        if (!level) return std::unexpected(level.error());
        levels.emplace(metadata_feature, *level);
        for (auto& each : levels_at(*level))
            levels.insert(std::move(each));
        return levels;
    }
    if (metadata) {
        fmt::print(" `metadata` flag is deprecated and may be removed in a future release.\n");
        const auto level = metadata_level(*metadata);
        if (!level) return std::unexpected(level.error());
        levels.emplace(metadata_feature, *level);
    }
    for (const auto& each : named) {
        const auto parsed = parse_level(each);
        if (!parsed) return std::unexpected(parsed.error());
        if (levels.insert(*parsed).second) continue;
        return std::unexpected(
            terse(fmt::format("Feature {} was specified more than once.", parsed->first)));
    }
    if (!levels.empty()) return levels;
    return std::unexpected(terse(fmt::format("You must specify at least one feature to {}", verb)));
}

tool_result<feature_levels> disabled_levels(const command_line& line) {
    feature_levels levels;
    for (const auto& each : line.values("feature")) {
        if (levels.emplace(each, std::int16_t{0}).second) continue;
        return std::unexpected(
            terse(fmt::format("Feature {} was specified more than once.", each)));
    }
    if (!levels.empty()) return levels;
    return std::unexpected(terse("You must specify at least one feature to disable"));
}

tool_result<void> map_versions(const command_line& line) {
    const auto release = line.value_or("release-version", newest_release);
    const auto level = metadata_level(release);
    if (!level) return std::unexpected(level.error());
    fmt::print("metadata.version={} ({})\n", *level, release);
    for (const auto& [name, at] : levels_at(*level))
        fmt::print("{}={}\n", name, at);
    return {};
}

tool_result<void> tell_dependencies(const std::string& name, std::int16_t level) {
    if (name == metadata_feature) {
        if (metadata_name(level).empty()) {
            return std::unexpected(terse(fmt::format("Unknown metadata.version {}", level)));
        }
        fmt::print("{}={} ({}) has no dependencies.\n", name, level, metadata_name(level));
        return {};
    }
    if (std::ranges::find(known_levels, name, &feature_level::feature) == std::end(known_levels)) {
        return std::unexpected(terse("Unknown feature: " + name));
    }
    const auto found = std::ranges::find_if(known_levels, [&](const auto& each) {
        return each.feature == name && each.level == level;
    });
    if (found == std::end(known_levels) && level != 0) {
        return std::unexpected(
            terse(fmt::format("No feature:{} with feature level {}", name, level)));
    }
    if (level == 0 || found->needs == 0) {
        fmt::print("{}={} has no dependencies.\n", name, level);
    } else {
        fmt::print("{}={} requires:\n    metadata.version={} ({})\n", name, level, found->needs,
                   metadata_name(found->needs));
    }
    return {};
}

tool_result<void> show_dependencies(const command_line& line) {
    for (const auto& each : line.values("feature")) {
        const auto parsed = parse_level(each);
        if (!parsed) return std::unexpected(parsed.error());
        if (auto told = tell_dependencies(parsed->first, parsed->second); !told) return told;
    }
    return {};
}

tool_result<void> run(const command_line& general, std::string_view command,
                      const command_line& line) {
    if (command == "version-mapping") return map_versions(line);
    if (command == "feature-dependencies") return show_dependencies(line);
    const auto client = admin_of(general);
    if (!client) return std::unexpected(client.error());
    if (command == "describe") return describe(**client, line);
    const auto levels = command == "disable" ? disabled_levels(line) : wanted_levels(line, command);
    if (!levels) return std::unexpected(levels.error());
    constexpr std::int8_t upgrade = 1;
    constexpr std::int8_t safe_downgrade = 2;
    constexpr std::int8_t unsafe_downgrade = 3;
    const auto type = command == "upgrade" ? upgrade
                      : line.has("unsafe") ? unsafe_downgrade
                                           : safe_downgrade;
    return update(**client, command, *levels, type, line.has("dry-run"));
}

int help(std::string_view usage, std::span<const option> options) {
    print_command_help(usage, options);
    return exit_ok;
}

int wrong_line(std::string_view problem) {
    complain(fmt::format("Command line error: {}. Type --help for help.", problem));
    return exit_failed;
}

}  // namespace

int features(const arguments& given) {
    const auto split = split_options(quorum_options, given);
    const auto general = command_line::parse(quorum_options, split.options);
    if (!general) return wrong_line(split.problem.empty() ? general.error() : split.problem);
    if (general->has("help")) return help(general_usage, quorum_options);
    if (!split.problem.empty()) return wrong_line(split.problem);
    if (general->has("bootstrap-server") && general->has("bootstrap-controller")) {
        return wrong_line(
            "argument --bootstrap-controller: not allowed with argument --bootstrap-server");
    }
    if (split.rest.empty()) return wrong_line("too few arguments");
    const auto command = std::ranges::find(commands, split.rest.front(), &subcommand::name);
    if (command == std::end(commands)) {
        return wrong_line(invalid_choice(split.rest.front(), commands));
    }
    const auto line = parse_subcommand(*command, {split.rest.begin() + 1, split.rest.end()});
    if (!line) return wrong_line(line.error());
    if (line->has("help")) return help(command->usage, command->options);
    const auto done = run(*general, command->name, *line);
    return done ? exit_ok : fail_with(done.error());
}

}  // namespace weir::cli::tools
