// Goal: an offset that may be committed is never past a record that waits, and never goes back.
// Method: scripts of records that come, wait and are settled.
#include "connect/worker/core/sink_progress.hpp"

#include <gtest/gtest.h>

namespace weir::connect::worker::core {
namespace {

const partition_name first{"orders", 0};
const partition_name second{"orders", 1};

TEST(sink_progress, commits_behind_what_is_settled) {
    sink_progress progress;
    progress.assign(first);
    EXPECT_TRUE(progress.committable().empty());
    progress.give(first, 41);
    ASSERT_EQ(progress.committable().size(), 1U);
    EXPECT_EQ(progress.committable()[0].offset, 42);
    progress.committed(first, 42);
    EXPECT_TRUE(progress.committable().empty());
}

TEST(sink_progress, does_not_pass_a_record_that_waits) {
    sink_progress progress;
    progress.assign(first);
    progress.give(first, 9);
    progress.wait_for(first, 4);
    EXPECT_EQ(progress.committable()[0].offset, 4);
    progress.committed(first, 4);
    EXPECT_TRUE(progress.committable().empty());
    progress.wait_for(first, std::nullopt);
    EXPECT_EQ(progress.committable()[0].offset, 10);
}

TEST(sink_progress, wants_each_record_of_its_partitions_once) {
    sink_progress progress;
    EXPECT_FALSE(progress.is_wanted(first, 0));
    progress.assign(first);
    progress.assign(second);
    EXPECT_TRUE(progress.is_wanted(first, 5));
    progress.give(first, 5);
    EXPECT_FALSE(progress.is_wanted(first, 5));
    EXPECT_TRUE(progress.is_wanted(first, 6));
    EXPECT_TRUE(progress.is_wanted(second, 5));
    progress.revoke(first);
    EXPECT_FALSE(progress.is_wanted(first, 6));
    progress.give(first, 7);
    EXPECT_TRUE(progress.committable().empty());
    progress.assign(first);
    EXPECT_TRUE(progress.is_wanted(first, 5));
}

}  // namespace
}  // namespace weir::connect::worker::core
