#include "cli/tools/entities/scram.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "broker/protocol/messages/alter_user_scram_credentials_request.hpp"
#include "broker/protocol/messages/alter_user_scram_credentials_response.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::entities {
namespace {

using broker::error_code;
using broker::protocol::alter_user_scram_credentials_request;
using broker::protocol::alter_user_scram_credentials_response;

constexpr std::int32_t iterations_min = 4096;

struct mechanism {
    std::int8_t number;
    std::string_view name;
    std::string_view java_name;
};
constexpr mechanism mechanisms[] = {{1, "SCRAM-SHA-256", "SCRAM_SHA_256"},
                                    {2, "SCRAM-SHA-512", "SCRAM_SHA_512"}};

// "[iterations=N,]password=P"; -1 iterations are the default.
tool_result<void> check_credential(const mechanism& of, std::string_view text) {
    constexpr std::string_view iterations_key = "iterations=";
    constexpr std::string_view password_key = "password=";
    auto rest = text;
    auto iterations = iterations_min;
    if (rest.starts_with(iterations_key)) {
        const auto comma = rest.find(',');
        const auto digits = rest.substr(0, comma).substr(iterations_key.size());
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        const auto number = java::parse_int(digits);
        if (!number) rest = {};
        if (number && *number != -1) iterations = *number;
    }
    if (!rest.starts_with(password_key)) {
        return std::unexpected(
            illegal_argument(fmt::format("Invalid credential property {}={}", of.java_name, text)));
    }
    if (iterations < iterations_min) {
        return std::unexpected(illegal_argument(
            fmt::format("Iterations {} is less than the minimum {} required for {}", iterations,
                        iterations_min, of.name)));
    }
    return {};
}

}  // namespace

bool is_mechanism(std::string_view name) {
    return std::ranges::find(mechanisms, name, &mechanism::name) != std::end(mechanisms);
}

std::string_view mechanism_name(std::int8_t number) {
    const auto* found = std::ranges::find(mechanisms, number, &mechanism::number);
    return found == std::end(mechanisms) ? "UNKNOWN" : found->name;
}

tool_result<void> alter_credentials(admin_client& client, const std::string& user,
                                    const changes& wanted) {
    for (const auto& [name, text] : wanted.add) {
        const auto& of = *std::ranges::find(mechanisms, name, &mechanism::name);
        if (auto checked = check_credential(of, text); !checked) return checked;
    }
    alter_user_scram_credentials_request request;
    for (const auto& name : wanted.remove) {
        const auto& of = *std::ranges::find(mechanisms, name, &mechanism::name);
        request.deletions.push_back({.name = user, .mechanism = of.number});
    }
    // Nothing to remove is still a question: whether the cluster has credentials at all.
    if (!wanted.add.empty()) request.deletions.clear();
    const auto reply = client.call<alter_user_scram_credentials_response>(
        request, {.call_name = "alterUserScramCredentials"});
    if (!reply) return std::unexpected(in_future(reply.error()));
    for (const auto& each : (*reply)->results) {
        if (each.error_code == error_code::none) continue;
        return std::unexpected(in_future(error_of(each.error_code, each.error_message)));
    }
    if (wanted.add.empty()) return {};
    return std::unexpected(
        illegal_argument("Setting SCRAM credentials is not served by this tool."));
}

}  // namespace weir::cli::tools::entities
