// [kafka]: bootstrap, and settings of clients under librdkafka's or the Java clients' names.
#include <fmt/format.h>

#include <algorithm>

#include "connect/kafka/java_settings.hpp"
#include "connect/pipeline/reader.hpp"

namespace weir::connect::pipeline {
namespace {

using kafka::client_role;

// One setting as librdkafka knows it: both kinds of clients get it. A name that Java has not is
// taken for one of librdkafka's own.
kafka::translated_settings translate(const std::string& name, const std::string& value) {
    kafka::translated_settings out;
    std::size_t strangers = 0;
    for (const auto role : {client_role::producer, client_role::consumer}) {
        const auto plain = kafka::translate_java_settings(role, {}).settings.size();
        auto made = kafka::translate_java_settings(role, {{name, value}});
        strangers += made.unknown.empty() ? 0 : 1;
        for (auto& each : made.not_served)
            out.not_served.push_back(std::move(each));
        for (auto index = plain; index < made.settings.size(); ++index) {
            if (std::ranges::find(out.settings, made.settings[index]) == out.settings.end()) {
                out.settings.push_back(std::move(made.settings[index]));
            }
        }
    }
    if (strangers == 2) out.settings.emplace_back(name, value);
    return out;
}

}  // namespace

void read_cluster(const config::document_value& from, reading& into) {
    for (const auto& each : config::flattened(from)) {
        const auto text = config::text_of(*each.value);
        const auto key = "kafka." + each.name;
        if (!text) {
            into.errors.push_back({.place = each.value->place,
                                   .key = key,
                                   .reason = "a text, number, truth or list is needed"});
            continue;
        }
        if (each.name == "bootstrap" || each.name == "bootstrap.servers") {
            into.result.bootstrap = *text;
            continue;
        }
        if (each.name.find("password") != std::string::npos && each.value->secrets.empty()) {
            into.secrets.push_back(*text);
        }
        const auto made = translate(each.name, *text);
        if (!made.not_served.empty()) {
            into.warnings.push_back({.place = each.value->place,
                                     .key = key,
                                     .reason = "is not served, and has no effect"});
        }
        into.result.client_settings.insert(into.result.client_settings.end(), made.settings.begin(),
                                           made.settings.end());
    }
    if (into.result.bootstrap.empty()) {
        into.errors.push_back({.place = from.place,
                               .key = "kafka.bootstrap",
                               .reason = "is needed: the cluster's brokers, as \"host:9092\""});
    }
}

}  // namespace weir::connect::pipeline
