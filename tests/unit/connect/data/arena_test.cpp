// Goal: what is taken is apart from all else, aligned, and gone at once. Method: many sizes, each
// filled with its own byte and looked at again.
#include "connect/data/arena.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::connect::data {
namespace {

TEST(arena, pieces_do_not_overlap_and_are_aligned) {
    arena memory;
    std::vector<std::span<std::uint64_t>> taken;
    for (std::size_t index = 0; index < 2000; ++index) {
        auto piece = memory.take_array<std::uint64_t>(index % 97);
        std::ranges::fill(piece, index);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece.data()) % alignof(std::uint64_t), 0U);
        (void)memory.copy("x");
        taken.push_back(piece);
    }
    for (std::size_t index = 0; index < taken.size(); ++index) {
        EXPECT_TRUE(std::ranges::all_of(taken[index], [&](auto each) { return each == index; }));
    }
}

TEST(arena, large_pieces_get_blocks_of_their_own) {
    arena memory;
    const std::string large(std::size_t{1} << 20, 'a');
    EXPECT_EQ(memory.copy(large), large);
    EXPECT_EQ(memory.copy("b"), "b");
}

TEST(arena, cleared_memory_is_used_again_and_bounded) {
    arena memory;
    for (int round = 0; round < 10; ++round) {
        for (int count = 0; count < 1000; ++count)
            (void)memory.copy(std::string(1000, 'a'));
        memory.clear();
    }
    EXPECT_LE(memory.size_bytes(), std::size_t{4} << 20);
    memory.clear(0);
    EXPECT_EQ(memory.size_bytes(), 0U);
    EXPECT_EQ(memory.copy("again"), "again");
}

}  // namespace
}  // namespace weir::connect::data
