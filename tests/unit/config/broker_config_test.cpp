// Goal: settings become one consistent configuration, or errors that say what to write instead.
// Method: properties as text; the typed values, errors and warnings that come of them.
#include <gtest/gtest.h>

#include "config/broker_config.hpp"

namespace weir::config {
namespace {

struct outcome {
    broker_config config;
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

outcome make(std::string_view text) {
    settings written;
    read_properties(text, "f", written);
    outcome made{.config = make_broker_config(written), .errors = {}, .warnings = {}};
    for (const auto& each : written.errors)
        made.errors.push_back(each.text());
    for (const auto& each : written.warnings)
        made.warnings.push_back(each.text());
    return made;
}

TEST(broker_config, nothing_set_is_a_broker_on_loopback) {
    const auto made = make("");
    EXPECT_TRUE(made.errors.empty());
    EXPECT_TRUE(made.warnings.empty());
    ASSERT_EQ(made.config.listeners.size(), 1U);
    EXPECT_EQ(made.config.listeners[0].host, "127.0.0.1");
    EXPECT_EQ(made.config.listeners[0].port, 9092);
    EXPECT_EQ(made.config.data_dir, "data");
    EXPECT_TRUE(made.config.flush_on_commit);
    EXPECT_EQ(made.config.metrics->port, 9644);
}

TEST(broker_config, a_combined_node_keeps_the_listeners_for_clients) {
    const auto made = make(
        "process.roles=broker,controller\nnode.id=5\ncontroller.quorum.voters=5@localhost:9093\n"
        "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n"
        "advertised.listeners=PLAINTEXT://db.example:19092\n"
        "controller.listener.names=CONTROLLER\n"
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n");
    EXPECT_TRUE(made.errors.empty()) << made.errors[0];
    EXPECT_EQ(made.config.node_id, 5);
    ASSERT_EQ(made.config.listeners.size(), 1U);
    ASSERT_EQ(made.config.advertised.size(), 1U);
    EXPECT_EQ(made.config.advertised[0].host, "db.example");
    EXPECT_EQ(made.config.advertised[0].port, 19092);
}

TEST(broker_config, an_open_listener_warns) {
    const auto made = make("listeners=PLAINTEXT://0.0.0.0:9092\n");
    ASSERT_EQ(made.warnings.size(), 1U);
    EXPECT_NE(made.warnings[0].find("open to the network without authentication"),
              std::string::npos);
}

TEST(broker_config, what_is_not_served_is_refused_with_its_place) {
    EXPECT_EQ(make("listeners=SSL://127.0.0.1:1\n").errors.at(0),
              "f:1: listeners: SSL: the security protocol SSL is not served yet; use PLAINTEXT");
    EXPECT_EQ(make("log.dirs=a,b\n").errors.size(), 1U);
    EXPECT_EQ(make("process.roles=controller\n").errors.size(), 1U);
    EXPECT_EQ(make("controller.quorum.voters=1@a:1,2@b:2\n").errors.size(), 1U);
}

TEST(broker_config, everything_that_is_wrong_is_told_at_once) {
    EXPECT_EQ(make("num.partitions=0\nlisteners=x\nweir.flush=never\nweir.metrics.listener=y\n")
                  .errors.size(),
              5U);  // without a good listener there is none for clients either
}

TEST(broker_config, node_id_comes_before_its_older_name) {
    EXPECT_EQ(make("broker.id=7\n").config.node_id, 7);
    EXPECT_EQ(make("broker.id=7\nnode.id=8\n").config.node_id, 8);
    EXPECT_EQ(make("log.dir=old\n").config.data_dir, "old");
    EXPECT_EQ(make("log.dir=old\nlog.dirs=dirs\n").config.data_dir, "dirs");
}

TEST(listeners, hosts_may_be_names_addresses_or_empty) {
    const auto parsed = parse_listeners("A://h.example:1, B://[::1]:65535 ,C://:0");
    ASSERT_TRUE(parsed.has_value());
    ASSERT_EQ(parsed->size(), 3U);
    EXPECT_EQ((*parsed)[0].name, "A");
    EXPECT_EQ((*parsed)[1].host, "::1");
    EXPECT_EQ((*parsed)[1].port, 65535);
    EXPECT_EQ((*parsed)[2].host, "");
}

TEST(listeners, bad_ones_say_what_to_write) {
    for (const auto* bad : {"A", "A://h", "A://h:", "A://h:x", "A://h:65536", "A://h:-1", "h:1"}) {
        const auto parsed = parse_listeners(bad);
        EXPECT_FALSE(parsed.has_value()) << bad;
    }
    EXPECT_EQ(parse_listeners("h:1").error(), "'h:1' is not NAME://host:port");
}

}  // namespace
}  // namespace weir::config
