// Goal: a node can be embedded: it tells its ports, stops when it is told or goes out of scope,
// starts again on its data, and says what is wrong when it cannot start. Method: real nodes in a
// directory of their own, on free ports.
#include "broker/server/node.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.hpp"

namespace weir::broker {
namespace {

class nodes : public testing::Test {
  protected:
    nodes()
        : root_(std::filesystem::temp_directory_path() /
                ("weir-node-test-" + std::to_string(::getpid()))) {
        base::configure_log({.level = base::log_level::off});
        std::filesystem::remove_all(root_);
    }
    ~nodes() override { std::filesystem::remove_all(root_); }

    config::broker_config config(const std::string& more = "") {
        config::settings written;
        config::read_properties("listeners=PLAINTEXT://127.0.0.1:0\nlog.dirs=" + root_.string() +
                                    "\nweir.metrics.listener=127.0.0.1:0\n" + more,
                                "test", written);
        auto made = config::make_broker_config(written);
        EXPECT_TRUE(written.errors.empty());
        return made;
    }

    std::filesystem::path root_;
};

TEST_F(nodes, tell_the_ports_that_they_got) {
    std::uint16_t told = 0;
    auto node = node::start(config(), {.on_ready = [&told](std::uint16_t port) { told = port; }});
    ASSERT_TRUE(node.has_value()) << node.error();
    EXPECT_NE((*node)->port(), 0);
    EXPECT_EQ((*node)->port(), told);
    EXPECT_NE((*node)->metrics_port(), 0);
    EXPECT_NE((*node)->metrics_port(), (*node)->port());
}

TEST_F(nodes, have_no_metrics_port_without_a_listener_for_it) {
    auto node = node::start(config("weir.metrics.listener=\n"));
    ASSERT_TRUE(node.has_value());
    EXPECT_EQ((*node)->metrics_port(), 0);
}

TEST_F(nodes, stop_more_than_once_and_start_again) {
    for (int life = 0; life < 3; ++life) {
        auto node = node::start(config("weir.shards=2\n"));
        ASSERT_TRUE(node.has_value()) << node.error();
        if (life == 1) continue;  // out of scope
        (*node)->stop();
        (*node)->stop();
        EXPECT_TRUE(std::filesystem::exists(root_ / ".kafka_cleanshutdown"));
    }
}

TEST_F(nodes, do_not_share_a_directory) {
    auto first = node::start(config());
    ASSERT_TRUE(first.has_value());
    const auto second = node::start(config());
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().find("is locked"), std::string::npos);
}

TEST_F(nodes, say_which_address_they_could_not_listen_on) {
    auto first = node::start(config());
    ASSERT_TRUE(first.has_value());
    auto taken = config();
    taken.data_dir += "/other";
    taken.listeners[0].port = (*first)->port();
    const auto second = node::start(std::move(taken));
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().find("127.0.0.1:" + std::to_string((*first)->port())),
              std::string::npos)
        << second.error();
}

TEST_F(nodes, do_not_start_on_a_metadata_log_that_they_cannot_read) {
    {
        ASSERT_TRUE(node::start(config()).has_value());
    }
    const auto log = root_ / "__cluster_metadata-0/00000000000000000000.log";
    std::filesystem::resize_file(log, std::filesystem::file_size(log) / 2);
    const auto node = node::start(config());
    ASSERT_FALSE(node.has_value());
    EXPECT_NE(node.error().find("__cluster_metadata-0"), std::string::npos) << node.error();
}

}  // namespace
}  // namespace weir::broker
