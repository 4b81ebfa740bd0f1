// Goal: the index tells again what was written to it, and no damaged line tells anything.
// Method: there and back; every cut and every changed byte.
#include "connectors/file/sink/index.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::connectors::file::sink {
namespace {

partition_index example() {
    return {.topic = "orders",
            .floor = 10,
            .begun = {{40, "dt=2026-01-02/0-{offset}.jsonl"}},
            .finished = {{10, 20, 1000, "dt=2026-01-01/0-{offset}.jsonl"},
                         {21, 39, 2000, "a b/0-{offset}.jsonl"}}};
}

TEST(index, lines_are_read_as_they_were_written) {
    EXPECT_EQ(parse_index(to_lines(example())), example());
}

TEST(index, a_file_that_is_finished_is_no_longer_begun) {
    const auto read = parse_index(begun_line({5, "x"}) + begun_line({6, "y"}) +
                                  finished_line({5, 9, 0, "x"}) + floor_line(3) + floor_line(2));
    EXPECT_EQ(read.begun, (std::vector<begun_file>{{6, "y"}}));
    EXPECT_EQ(read.finished.size(), 1U);
    EXPECT_EQ(read.floor, 3);
}

TEST(index, a_torn_or_changed_line_is_left_out) {
    const auto lines = to_lines(example());
    for (std::size_t size = 0; size < lines.size(); ++size) {
        const auto read = parse_index(lines.substr(0, size));
        EXPECT_LE(read.damaged_lines, 1U);
        for (const auto& each : read.finished)
            EXPECT_EQ(std::ranges::count(example().finished, each), 1);
    }
    for (std::size_t at = 0; at < lines.size(); ++at) {
        auto changed = lines;
        changed[at] ^= 1;
        const auto read = parse_index(changed);
        EXPECT_GE(read.damaged_lines, 1U) << at;
        EXPECT_LE(read.finished.size(), 2U);
    }
}

TEST(index, a_name_outside_of_the_directory_is_left_out) {
    for (const auto* name : {"../x", "/x", "a/../../x", "", "a//b", "a/."}) {
        const auto read = parse_index(begun_line({1, name}) + finished_line({1, 2, 0, name}));
        EXPECT_EQ(read.damaged_lines, 2U) << name;
    }
    EXPECT_EQ(parse_index(finished_line({5, 4, 0, "x"})).damaged_lines, 1U);
    EXPECT_EQ(parse_index(begun_line({-1, "x"})).damaged_lines, 1U);
}

}  // namespace
}  // namespace weir::connectors::file::sink
