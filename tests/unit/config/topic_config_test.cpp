// Goal: values, sources and synonyms of options are those that Kafka 4.3.1's DescribeConfigs gives
// for the same settings, and refusals have its words. Method: what its kafka-configs tool printed.
#include "config/topic_config.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::config {
namespace {

std::string text(const described_option& of) {
    std::string shown =
        fmt::format("{} {}", of.value.value_or("null"), static_cast<int>(of.source));
    for (const auto& each : of.synonyms) {
        shown += fmt::format(" {}:{}={}", static_cast<int>(each.source), each.name,
                             each.value.value_or("null"));
    }
    return shown;
}

struct layers {
    settings written;
    overrides topic;
    overrides broker;
    overrides all;

    void write(std::string_view name, std::string value) {
        written.values[std::string(name)] = {.value = std::move(value), .place = "test:1"};
    }
    broker_layers below() const {
        return {.written = written, .dynamic_broker = broker, .dynamic_default = all};
    }
    std::string topic_option(std::string_view name) const {
        return text(describe_topic_option(*find_option(topic_options(), name), topic, below()));
    }
    std::string broker_option(std::string_view name) const {
        return text(describe_broker_option(*find_option(broker_options(), name), below()));
    }
};

TEST(topic_config, defaults_name_the_brokers_option_when_it_has_a_default) {
    const layers none;
    EXPECT_EQ(none.topic_option("segment.bytes"), "1073741824 5 5:log.segment.bytes=1073741824");
    EXPECT_EQ(none.topic_option("retention.ms"), "604800000 5");
    EXPECT_EQ(none.topic_option("segment.jitter.ms"), "0 5");
    EXPECT_EQ(none.topic_option("remote.storage.enable"), "false 5");
}

TEST(topic_config, an_option_of_the_topic_is_the_first_synonym) {
    layers set;
    set.topic["retention.ms"] = "60000";
    EXPECT_EQ(set.topic_option("retention.ms"), "60000 1 1:retention.ms=60000");
    set.topic["segment.bytes"] = "2000000";
    EXPECT_EQ(set.topic_option("segment.bytes"),
              "2000000 1 1:segment.bytes=2000000 5:log.segment.bytes=1073741824");
}

TEST(topic_config, a_coarser_option_gives_the_value_but_no_synonym_before_the_finer_one) {
    layers set;
    set.write("log.retention.hours", "100");
    EXPECT_EQ(set.topic_option("retention.ms"), "360000000 5");
    set.broker["log.retention.ms"] = "7000000";
    const std::string below =
        "2:log.retention.ms=7000000 4:log.retention.hours=100 "
        "5:log.retention.hours=168";
    EXPECT_EQ(set.topic_option("retention.ms"), "7000000 2 " + below);
    EXPECT_EQ(set.broker_option("log.retention.ms"), "7000000 2 " + below);
    EXPECT_EQ(set.broker_option("log.retention.hours"),
              "100 4 4:log.retention.hours=100 5:log.retention.hours=168");
    EXPECT_EQ(set.broker_option("log.retention.minutes"), "null 5");
}

TEST(topic_config, a_finer_option_wins_over_a_coarser_one_of_a_stronger_layer) {
    layers set;
    set.write("log.retention.ms", "5000");
    set.broker["log.retention.hours"] = "1";
    EXPECT_EQ(set.topic_option("retention.ms").substr(0, 5), "5000 ");
}

TEST(topic_config, refusals_have_kafkas_words) {
    const auto reason = [](std::string_view name, std::string_view value) {
        return check_topic_config(name, value).value_or("");
    };
    EXPECT_EQ(reason("retention.ms", "abc"),
              "Invalid value abc for configuration retention.ms: Not a number of type LONG");
    EXPECT_EQ(reason("retention.ms", "-5"),
              "Invalid value -5 for configuration retention.ms: Value must be at least -1");
    EXPECT_EQ(
        reason("compression.lz4.level", "99"),
        "Invalid value 99 for configuration compression.lz4.level: Value must be no more than "
        "17");
    EXPECT_EQ(reason("compression.gzip.level", "99"),
              "Invalid value 99 for configuration compression.gzip.level: Value must be between 1 "
              "and 9 or equal to -1");
    EXPECT_EQ(reason("compression.gzip.level", "-1"), "");
    EXPECT_EQ(reason("cleanup.policy", "compact,foo"),
              "Invalid value foo for configuration cleanup.policy: String must be one of: "
              "compact, delete");
    EXPECT_EQ(reason("cleanup.policy", "compact, delete"), "");
    EXPECT_EQ(reason("preallocate", "x"),
              "Invalid value x for configuration preallocate: Expected value to be either true or "
              "false");
    EXPECT_EQ(
        reason("segment.bytes", "99999999999"),
        "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT");
    EXPECT_EQ(reason("remote.storage.enable", "true"),
              "Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
              "with remote log storage.");
}

}  // namespace
}  // namespace weir::config
