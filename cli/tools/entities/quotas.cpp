#include "cli/tools/entities/quotas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "broker/protocol/messages/alter_client_quotas_request.hpp"
#include "broker/protocol/messages/alter_client_quotas_response.hpp"
#include "broker/protocol/messages/describe_client_quotas_request.hpp"
#include "broker/protocol/messages/describe_client_quotas_response.hpp"
#include "broker/protocol/messages/describe_user_scram_credentials_request.hpp"
#include "broker/protocol/messages/describe_user_scram_credentials_response.hpp"
#include "cli/tools/entities/scram.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::entities {
namespace {

using broker::error_code;
using broker::protocol::alter_client_quotas_request;
using broker::protocol::alter_client_quotas_response;
using broker::protocol::describe_client_quotas_request;
using broker::protocol::describe_client_quotas_response;
using broker::protocol::describe_user_scram_credentials_request;
using broker::protocol::describe_user_scram_credentials_response;
using quota_entry = describe_client_quotas_response::entry_data;

constexpr std::string_view client_quotas[] = {"consumer_byte_rate", "controller_mutation_rate",
                                              "producer_byte_rate", "request_percentage"};
constexpr std::string_view address_quota = "connection_creation_rate";

// The names of the types in the protocol, and in what the tool prints.
struct quota_type {
    std::string_view type;
    std::string_view wire;
    std::string_view text;
};
constexpr quota_type quota_types[] = {
    {"users", "user", "user-principal"},
    {"clients", "client-id", "client-id"},
    {"ips", "ip", "ip"},
};

const quota_type& quota_type_of(std::string_view type) {
    return *std::ranges::find(quota_types, type, &quota_type::type);
}

bool is_client_quota(std::string_view name) {
    return std::ranges::find(client_quotas, name) != std::end(client_quotas);
}

tool_result<std::vector<quota_entry>> ask_quotas(admin_client& client, const entities& named) {
    enum class match : std::int8_t { name = 0, only_default = 1, any = 2 };
    describe_client_quotas_request request;
    request.strict = true;
    for (std::size_t index = 0; index < named.types.size(); ++index) {
        auto& component = request.components.emplace_back();
        component.entity_type = quota_type_of(named.types[index]).wire;
        component.match.reset();
        auto how = match::any;
        if (index < named.names.size()) {
            how = named.names[index].empty() ? match::only_default : match::name;
            if (how == match::name) component.match = named.names[index];
        }
        component.match_type = static_cast<std::int8_t>(how);
    }
    if (named.names.size() > named.types.size()) {
        return std::unexpected(illegal_argument("More entity names specified than entity types"));
    }
    const auto reply = client.call<describe_client_quotas_response>(
        request, {.call_name = "describeClientQuotas"});
    if (!reply) return std::unexpected(in_future(reply.error()));
    if ((*reply)->error_code != error_code::none) {
        return std::unexpected(in_future(error_of((*reply)->error_code, (*reply)->error_message)));
    }
    return (*reply)->entries.value_or(std::vector<quota_entry>{});
}

void print_quota(const quota_entry& entry) {
    std::vector<std::string> who;
    for (const auto& type : quota_types) {
        const auto found = std::ranges::find(
            entry.entity, type.wire, &describe_client_quotas_response::entity_data::entity_type);
        if (found == entry.entity.end()) continue;
        who.push_back(found->entity_name ? fmt::format("{} '{}'", type.text, *found->entity_name)
                                         : fmt::format("the default {}", type.text));
    }
    std::vector<std::string> values;
    for (const auto& each : entry.values)
        values.push_back(fmt::format("{}={}", each.key, java::double_text(each.value)));
    fmt::print("Quota configs for {} are {}\n", fmt::join(who, ", "), fmt::join(values, ", "));
}

tool_result<void> describe_credentials(admin_client& client, const entities& named) {
    describe_user_scram_credentials_request request;
    request.users.reset();  // all
    if (!named.names.empty()) {
        request.users.emplace();
        for (const auto& each : named.names)
            request.users->push_back({.name = each});
    }
    const auto reply = client.call<describe_user_scram_credentials_response>(
        request, {.call_name = "describeUserScramCredentials"});
    if (!reply) return std::unexpected(in_future(reply.error()));
    if ((*reply)->error_code != error_code::none) {
        return std::unexpected(in_future(error_of((*reply)->error_code, (*reply)->error_message)));
    }
    for (const auto& user : (*reply)->results) {
        if (user.error_code == error_code::resource_not_found) continue;
        std::vector<std::string> credentials;
        for (const auto& each : user.credential_infos) {
            credentials.push_back(
                fmt::format("{}=iterations={}", mechanism_name(each.mechanism), each.iterations));
        }
        fmt::print("SCRAM credential configs for user-principal '{}' are {}\n", user.user,
                   fmt::join(credentials, ", "));
    }
    return {};
}

// Scala's Set(a, b) or ArrayBuffer(a, b).
std::unexpected<tool_error> unexpected_names(std::string_view kinds, std::string_view change,
                                             std::string_view type,
                                             const std::vector<std::string>& names) {
    const auto collection = change == "added" ? "Set" : "ArrayBuffer";
    return std::unexpected(illegal_argument(fmt::format(
        "Only {} configs can be {} for '{}' using --bootstrap-server. Unexpected config names: "
        "{}({})",
        kinds, change, type, collection, fmt::join(names, ", "))));
}

struct sorted_names {
    std::vector<std::string> quotas;
    std::vector<std::string> scram;
    std::vector<std::string> unknown;

    void add(const std::string& name) {
        if (is_client_quota(name)) {
            quotas.push_back(name);
        } else if (is_mechanism(name)) {
            scram.push_back(name);
        } else {
            unknown.push_back(name);
        }
    }
};

// A client has quotas only; a user has quotas or credentials, but not both in one change.
tool_result<void> check_client_changes(const entities& named, const sorted_names& added,
                                       const sorted_names& removed) {
    if (named.type() == "clients" || named.types.size() == 2) {
        for (const auto& [names, change] : {std::pair(added, "added"), {removed, "deleted"}}) {
            auto wrong = names.unknown;
            wrong.insert(wrong.end(), names.scram.begin(), names.scram.end());
            if (!wrong.empty()) return unexpected_names("quota", change, "clients", wrong);
        }
        return {};
    }
    for (const auto& [names, change] : {std::pair(added, "added"), {removed, "deleted"}}) {
        if (names.unknown.empty()) continue;
        return unexpected_names("quota and SCRAM credential", change, "users", names.unknown);
    }
    if (added.scram.empty() && removed.scram.empty()) return {};
    if (std::ranges::find(named.names, "") != named.names.end()) {
        return std::unexpected(illegal_argument(
            "The use of --entity-default or --user-defaults is not allowed with User SCRAM "
            "Credentials using --bootstrap-server."));
    }
    if (!added.quotas.empty() || !removed.quotas.empty()) {
        return std::unexpected(illegal_argument(
            "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using "
            "--bootstrap-server."));
    }
    return {};
}

tool_result<void> check_address_changes(const changes& wanted) {
    std::vector<std::string> unknown;
    for (const auto& [name, value] : wanted.add) {
        if (name != address_quota) unknown.push_back(name);
    }
    for (const auto& name : wanted.remove) {
        if (name != address_quota) unknown.push_back(name);
    }
    if (unknown.empty()) return {};
    return std::unexpected(
        illegal_argument(fmt::format("Only connection quota configs can be added for 'ips' using "
                                     "--bootstrap-server. Unexpected config names: {}",
                                     fmt::join(unknown, ","))));
}

tool_result<void> send_quotas(admin_client& client, const entities& named, const changes& wanted) {
    const auto there = ask_quotas(client, named);
    if (!there) return std::unexpected(there.error());
    std::vector<std::string> absent;
    for (const auto& name : wanted.remove) {
        const bool set = !there->empty() &&
                         std::ranges::find(there->front().values, name,
                                           &describe_client_quotas_response::value_data::key) !=
                             there->front().values.end();
        if (!set) absent.push_back(name);
    }
    if (!absent.empty()) {
        return std::unexpected(
            client_error("InvalidConfigurationException",
                         fmt::format("Invalid config(s): {}", fmt::join(absent, ","))));
    }
    alter_client_quotas_request request;
    auto& entry = request.entries.emplace_back();
    for (std::size_t index = 0; index < named.types.size(); ++index) {
        auto& part = entry.entity.emplace_back();
        part.entity_type = quota_type_of(named.types[index]).wire;
        part.entity_name.reset();
        if (!named.names[index].empty()) part.entity_name = named.names[index];
    }
    for (const auto& [name, text] : wanted.add) {
        double value = 0;
        const auto* end = text.data() + text.size();
        if (std::from_chars(text.data(), end, value).ptr != end || text.empty()) {
            return std::unexpected(illegal_argument(
                fmt::format("Cannot parse quota configuration value for {}: {}", name, text)));
        }
        entry.ops.push_back({.key = name, .value = value});
    }
    for (const auto& name : wanted.remove)
        entry.ops.push_back({.key = name, .remove = true});
    const auto reply =
        client.call<alter_client_quotas_response>(request, {.call_name = "alterClientQuotas"});
    if (!reply) return std::unexpected(in_future(reply.error()));
    for (const auto& each : (*reply)->entries) {
        if (each.error_code == error_code::none) continue;
        return std::unexpected(in_future(error_of(each.error_code, each.error_message)));
    }
    return {};
}

}  // namespace

tool_result<void> describe_quotas(admin_client& client, const entities& named) {
    const auto entries = ask_quotas(client, named);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& each : *entries)
        print_quota(each);
    const bool only_users = named.types.size() == 1 && named.type() == "users";
    const bool of_default = std::ranges::find(named.names, "") != named.names.end();
    if (!only_users || of_default) return {};
    return describe_credentials(client, named);
}

tool_result<void> alter_quotas(admin_client& client, const entities& named, const changes& wanted) {
    if (named.type() == "ips") {
        if (auto checked = check_address_changes(wanted); !checked) return checked;
        return send_quotas(client, named, wanted);
    }
    sorted_names added;
    sorted_names removed;
    for (const auto& [name, value] : wanted.add)
        added.add(name);
    for (const auto& name : wanted.remove)
        removed.add(name);
    if (auto checked = check_client_changes(named, added, removed); !checked) return checked;
    if (!added.quotas.empty() || !removed.quotas.empty()) {
        return send_quotas(client, named, wanted);
    }
    return alter_credentials(client, named.names.front(), wanted);
}

}  // namespace weir::cli::tools::entities
