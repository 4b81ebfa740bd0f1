// ApiVersions (key 18): what this broker serves, and the feature levels (KIP-35, KIP-511, KIP-584).
//   v0-4     an unknown version is answered by the dispatcher with a v0 body and error 35
//   v3+      client software name and version are checked; features in tagged fields
//   v3       leaves out features whose minimum is 0 (KAFKA-17011)
#include <algorithm>

#include "broker/api/api_table.hpp"
#include "broker/api/request_context.hpp"
#include "broker/controller/core/features.hpp"
#include "broker/protocol/messages/api_versions_request.hpp"
#include "broker/protocol/messages/api_versions_response.hpp"

namespace weir::broker::api {
namespace {

// KIP-511: [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?
bool valid_software_text(const std::string& text) {
    const auto plain = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9');
    };
    if (text.empty() || !plain(text.front()) || !plain(text.back())) return false;
    return std::ranges::all_of(
        text, [&](char letter) { return plain(letter) || letter == '-' || letter == '.'; });
}

void add_features(const request_context& context, protocol::api_versions_response& response) {
    const auto& image = context.node.image();
    for (const auto& feature : controller::served_features()) {
        if (context.version < 4 && feature.min_level == 0) continue;
        protocol::api_versions_response::supported_feature_key supported;
        supported.name = feature.name;
        supported.min_version = feature.min_level;
        supported.max_version = feature.max_level;
        response.supported_features.push_back(std::move(supported));
    }
    for (const auto& [name, level] : image.features()) {
        protocol::api_versions_response::finalized_feature_key finalized;
        finalized.name = name;
        finalized.min_version_level = level;
        finalized.max_version_level = level;
        response.finalized_features.push_back(std::move(finalized));
    }
    response.finalized_features_epoch = image.applied_offset.value();
}

}  // namespace

io::task<protocol::api_versions_response> api_versions(request_context& context,
                                                       protocol::api_versions_request request) {
    protocol::api_versions_response response;
    if (context.version >= 3) {
        if (!valid_software_text(request.client_software_name) ||
            !valid_software_text(request.client_software_version)) {
            response.error_code = error_code::invalid_request;
            co_return response;
        }
        context.connection.software_name = request.client_software_name;
        context.connection.software_version = request.client_software_version;
        add_features(context, response);
    }
    for (const auto& served : served_apis()) {
        protocol::api_versions_response::api_version each;
        each.api_key = static_cast<std::int16_t>(served.key);
        each.min_version = served.advertised_min;
        each.max_version = served.max;
        response.api_keys.push_back(std::move(each));
    }
    co_return response;
}

}  // namespace weir::broker::api
