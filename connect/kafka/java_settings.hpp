// java_settings: settings under the names of Kafka's Java clients, which users know, as those of
// librdkafka (java_settings.tbl). Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connect/kafka/client.hpp"

namespace weir::connect::kafka {

enum class client_role : std::uint8_t { producer, consumer };

struct translated_settings {
    std::vector<std::pair<std::string, std::string>> settings;
    // Names that no Java client has, in the order given.
    std::vector<std::string> unknown;
    // A sentence for each setting that Java has and this client cannot honour.
    std::vector<std::string> not_served;
};

// What a Java client would do with `given`, later settings over earlier ones. Defaults that differ
// from Java's are set first.
translated_settings translate_java_settings(
    client_role role, const std::vector<std::pair<std::string, std::string>>& given);

}  // namespace weir::connect::kafka
