// Goal: whatever a user of Kafka's Java clients sets, this client understands or says that it does
// not. Method: every row of the table with a value that Java takes; librdkafka must take the
// result.
#include "connect/kafka/java_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "connect/kafka/consumer.hpp"
#include "connect/kafka/producer.hpp"

namespace weir::connect::kafka {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

// Values of those that are not numbers.
std::string sample_value(const std::string& name) {
    static const std::map<std::string, std::string> samples = {
        {"bootstrap.servers", "127.0.0.1:1"},
        {"client.id", "console-producer"},
        {"client.rack", "a"},
        {"security.protocol", "PLAINTEXT"},
        {"sasl.mechanism", "PLAIN"},
        {"sasl.kerberos.service.name", "kafka"},
        {"ssl.cipher.suites", "TLS_AES_128_GCM_SHA256"},
        {"ssl.endpoint.identification.algorithm", ""},
        {"acks", "-1"},
        {"batch.size", "0"},
        {"compression.type", "zstd"},
        {"compression.gzip.level", "9"},
        {"compression.lz4.level", "9"},
        {"compression.zstd.level", "3"},
        {"enable.idempotence", "true"},
        {"max.in.flight.requests.per.connection", "5"},
        {"receive.buffer.bytes", "-1"},
        {"reconnect.backoff.ms", "50"},
        {"retries", "2147483647"},
        {"send.buffer.bytes", "-1"},
        {"allow.auto.create.topics", "false"},
        {"auto.offset.reset", "none"},
        {"check.crcs", "true"},
        {"enable.auto.commit", "false"},
        {"fetch.min.bytes", "1"},
        {"fetch.max.bytes", "57671680"},
        {"heartbeat.interval.ms", "3000"},
        {"isolation.level", "read_committed"},
        {"partition.assignment.strategy",
         "org.apache.kafka.clients.consumer.RangeAssignor,"
         "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"},
    };
    const auto found = samples.find(name);
    if (found != samples.end()) return found->second;
    return name.ends_with(".ms") || name.ends_with(".bytes") || name.ends_with(".memory") ||
                   name.ends_with(".size")
               ? "60000"
               : "text";
}

std::string failure_of(client_role role, const std::string& name) {
    pairs given = {{"bootstrap.servers", "127.0.0.1:1"}, {name, sample_value(name)}};
    if (role == client_role::consumer && name != "group.id") given.emplace_back("group.id", "g");
    if (name == "ssl.keystore.location") given.emplace_back("ssl.keystore.password", "text");
    auto translated = translate_java_settings(role, given);
    EXPECT_TRUE(translated.unknown.empty()) << name;
    const client_options options{.settings = std::move(translated.settings), .on_log = {}};
    if (role == client_role::producer) {
        const auto made = producer::create(options, [](const delivery&) {});
        return made ? "" : made.error().text;
    }
    const auto made = consumer::create(options, {});
    return made ? "" : made.error().text;
}

TEST(java_settings, every_setting_of_a_producer_is_taken) {
    constexpr bool both = true;
    constexpr bool producers = true;
    constexpr bool consumers = false;
#define X(name, roles, native, how) \
    if (roles) EXPECT_EQ(failure_of(client_role::producer, name), "") << name;
#include "connect/kafka/java_settings.tbl"
#undef X
}

TEST(java_settings, every_setting_of_a_consumer_is_taken) {
    constexpr bool both = true;
    constexpr bool producers = false;
    constexpr bool consumers = true;
#define X(name, roles, native, how) \
    if (roles) EXPECT_EQ(failure_of(client_role::consumer, name), "") << name;
#include "connect/kafka/java_settings.tbl"
#undef X
}

TEST(java_settings, names_that_no_java_client_has_are_told) {
    const auto translated = translate_java_settings(
        client_role::producer, {{"acks", "1"}, {"akcs", "1"}, {"fetch.min.bytes", "1"}});
    EXPECT_EQ(translated.unknown, (std::vector<std::string>{"akcs", "fetch.min.bytes"}));
}

TEST(java_settings, what_java_honours_and_we_cannot_is_told) {
    const auto translated =
        translate_java_settings(client_role::consumer, {{"group.protocol", "consumer"}});
    ASSERT_EQ(translated.not_served.size(), 1U);
    EXPECT_EQ(translated.not_served[0],
              "group.protocol=consumer is not supported: classic is used");
}

TEST(java_settings, values_are_translated) {
    const auto translated = translate_java_settings(
        client_role::producer, {{"buffer.memory", "33554432"},
                                {"sasl.jaas.config",
                                 "org.apache.kafka.common.security.plain.PlainLoginModule required "
                                 "username=\"ann\" password=\"pass word\";"}});
    const auto value = [&](const std::string& name) {
        std::string found;
        for (const auto& [key, each] : translated.settings) {
            if (key == name) found = each;
        }
        return found;
    };
    EXPECT_EQ(value("queue.buffering.max.kbytes"), "32768");
    EXPECT_EQ(value("sasl.username"), "ann");
    EXPECT_EQ(value("sasl.password"), "pass word");
}

}  // namespace
}  // namespace weir::connect::kafka
