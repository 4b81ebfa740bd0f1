// Goal: the root of the data says whose it is, what the last run left, and who holds it.
// Method: a disk in memory; a lock on a real directory.
#include "broker/server/data_directory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/log.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::broker::server {
namespace {

class data_directories : public testing::Test {
  protected:
    data_directories() { base::configure_log({.level = base::log_level::off}); }
    void put(const std::string& path, std::string_view text) {
        disk_.put(path, base::to_bytes(text));
    }
    std::string text_of(const std::string& path) {
        return std::string(base::as_text(disk_.content_of(path)));
    }

    test::fault_disk disk_;
};

TEST_F(data_directories, an_empty_one_is_formatted_once) {
    const auto made = open_identity(disk_, {.cluster_id = "", .node = node_id(3)});
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->cluster_id.size(), 22U);
    EXPECT_EQ(made->directory_id.size(), 22U);
    const auto again = open_identity(disk_, {.cluster_id = "", .node = node_id(3)});
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->cluster_id, made->cluster_id);
    EXPECT_EQ(again->directory_id, made->directory_id);
}

TEST_F(data_directories, a_cluster_id_that_is_given_is_taken) {
    EXPECT_EQ(open_identity(disk_, {.cluster_id = "mine", .node = node_id(1)})->cluster_id, "mine");
    EXPECT_NE(text_of("meta.properties").find("version=1\ncluster.id=mine\nnode.id=1\n"),
              std::string::npos);
}

TEST_F(data_directories, data_of_another_node_or_cluster_is_refused_with_a_way_out) {
    ASSERT_TRUE(open_identity(disk_, {.cluster_id = "mine", .node = node_id(1)}).has_value());
    const auto node = open_identity(disk_, {.cluster_id = "", .node = node_id(2)});
    EXPECT_NE(node.error().find("the data belongs to node.id 1, but node.id is 2"),
              std::string::npos);
    const auto cluster = open_identity(disk_, {.cluster_id = "theirs", .node = node_id(1)});
    EXPECT_NE(cluster.error().find("the data belongs to cluster mine"), std::string::npos);
}

TEST_F(data_directories, kafka_s_own_file_is_read) {
    put("meta.properties",
        "#\n#Tue Jan 01 00:00:00 UTC 2030\ncluster.id=4L6g3nShT-eMCtK--X86sw\n"
        "directory.id=x\nnode.id=1\nversion=1\n");
    const auto found = open_identity(disk_, {.cluster_id = "", .node = node_id(1)});
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->cluster_id, "4L6g3nShT-eMCtK--X86sw");
}

TEST_F(data_directories, a_damaged_file_is_not_written_over) {
    for (const auto* text : {"", "nonsense", "cluster.id=\nnode.id=1\n", "node.id=1\n"}) {
        put("meta.properties", text);
        EXPECT_FALSE(open_identity(disk_, {.cluster_id = "", .node = node_id(1)}).has_value());
        EXPECT_EQ(text_of("meta.properties"), text);
    }
}

TEST_F(data_directories, checkpoints_come_back_as_they_were_written) {
    const std::vector<checkpoint_row> rows = {{.topic = "a.b-c",
                                               .index = partition_index(0),
                                               .recovery_point = offset(7),
                                               .log_start = offset(0),
                                               .high_watermark = offset(9)},
                                              {.topic = "d",
                                               .index = partition_index(12),
                                               .recovery_point = offset(1),
                                               .log_start = offset(5),
                                               .high_watermark = offset(6)}};
    ASSERT_TRUE(write_checkpoints(disk_, rows).has_value());
    EXPECT_EQ(text_of("recovery-point-offset-checkpoint"), "0\n2\na.b-c 0 7\nd 12 1\n");
    EXPECT_EQ(text_of("log-start-offset-checkpoint"), "0\n1\nd 12 5\n");
    EXPECT_EQ(text_of("replication-offset-checkpoint"), "0\n2\na.b-c 0 9\nd 12 6\n");
    const auto read = read_checkpoints(disk_);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->recovery_points.at("a.b-c-0"), offset(7));
    EXPECT_EQ(read->recovery_points.at("d-12"), offset(1));
    EXPECT_EQ(read->log_starts.size(), 1U);
    EXPECT_FALSE(read->clean);
}

// Without a recovery point everything is scanned, which is always right.
TEST_F(data_directories, damaged_checkpoints_count_as_none) {
    for (const auto* text :
         {"", "1\n1\na 0 5\n", "0\n2\na 0 5\n", "0\n1\na 0\n", "0\nx\n", "0\n1\na 0 5 6\n"}) {
        put("recovery-point-offset-checkpoint", text);
        const auto read = read_checkpoints(disk_);
        ASSERT_TRUE(read.has_value());
        EXPECT_TRUE(read->recovery_points.empty()) << text;
    }
    put("recovery-point-offset-checkpoint", "0\n3\na 0 -5\nb 0 x\nc 0 5\n");
    EXPECT_EQ(read_checkpoints(disk_)->recovery_points.size(), 1U);
}

TEST_F(data_directories, the_marker_of_a_clean_stop_counts_once) {
    ASSERT_TRUE(mark_clean_stop(disk_).has_value());
    EXPECT_TRUE(read_checkpoints(disk_)->clean);
    disk_.crash_hard();
    EXPECT_FALSE(read_checkpoints(disk_)->clean);
}

TEST_F(data_directories, a_marker_that_cannot_be_taken_away_stops_the_start) {
    ASSERT_TRUE(mark_clean_stop(disk_).has_value());
    disk_.fail("remove", EIO);
    EXPECT_FALSE(read_checkpoints(disk_).has_value());
}

TEST(directory_locks, only_one_has_the_directory) {
    const auto root =
        std::filesystem::temp_directory_path() / ("weir-lock-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(root);
    {
        auto first = directory_lock::take(root.string());
        ASSERT_TRUE(first.has_value());
        const auto second = directory_lock::take(root.string());
        ASSERT_FALSE(second.has_value());
        EXPECT_NE(second.error().find("is locked: another broker uses this directory"),
                  std::string::npos);
    }
    EXPECT_TRUE(directory_lock::take(root.string()).has_value());
    std::filesystem::remove_all(root);
    EXPECT_FALSE(directory_lock::take((root / "missing").string()).has_value());
}

}  // namespace
}  // namespace weir::broker::server
