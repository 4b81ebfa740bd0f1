// Goal: the end of an epoch is told as KIP-101 and KIP-279 have it.
// Method: small tables, asked in every place.
#include "broker/log/leader_epochs.hpp"

#include <gtest/gtest.h>

#include "broker/log/checkpoint_file.hpp"

namespace weir::broker::log {
namespace {

leader_epochs table() {
    leader_epochs epochs;
    epochs.assign(leader_epoch(2), offset(0));
    epochs.assign(leader_epoch(4), offset(10));
    epochs.assign(leader_epoch(7), offset(20));
    return epochs;
}

TEST(leader_epochs, an_epoch_ends_where_the_next_begins) {
    const auto epochs = table();
    const offset end(30);
    EXPECT_EQ(epochs.end_of(leader_epoch(2), end).end, offset(10));
    EXPECT_EQ(epochs.end_of(leader_epoch(4), end).end, offset(20));
    EXPECT_EQ(epochs.end_of(leader_epoch(7), end).end, end);
}

TEST(leader_epochs, an_unknown_epoch_gives_the_largest_below_it) {
    const auto epochs = table();
    const auto found = epochs.end_of(leader_epoch(5), offset(30));
    EXPECT_EQ(found.epoch, leader_epoch(4));
    EXPECT_EQ(found.end, offset(20));
    EXPECT_EQ(epochs.end_of(leader_epoch(9), offset(30)).end, no_offset);
    EXPECT_EQ(epochs.end_of(leader_epoch(1), offset(30)).end, offset(0));
}

TEST(leader_epochs, truncation_forgets_what_lies_behind_it) {
    auto epochs = table();
    epochs.truncate_from_end(offset(20));
    EXPECT_EQ(epochs.latest(), leader_epoch(4));
    epochs.truncate_from_start(offset(15));
    EXPECT_EQ(epochs.epoch_of(offset(15)), leader_epoch(4));
    EXPECT_EQ(epochs.epoch_of(offset(14)), no_leader_epoch);
}

TEST(checkpoint_file, refuses_what_is_not_one) {
    EXPECT_TRUE(parse_checkpoint("0\n1\n5 7\n", 2));
    EXPECT_FALSE(parse_checkpoint("1\n1\n5 7\n", 2));
    EXPECT_FALSE(parse_checkpoint("0\n2\n5 7\n", 2));
    EXPECT_FALSE(parse_checkpoint("0\n1\n5\n", 2));
    EXPECT_FALSE(parse_checkpoint("", 2));
    EXPECT_EQ(format_checkpoint({{"5", "7"}}), "0\n1\n5 7\n");
}

}  // namespace
}  // namespace weir::broker::log
