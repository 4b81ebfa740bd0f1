// Goal: the vocabulary that everything stands on does what it says.
// Method: known values and round trips.
#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "base/prng.hpp"
#include "base/uuid.hpp"

namespace weir::base {
namespace {

TEST(crc32c, gives_the_published_check_value) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
}

TEST(crc32c, goes_on_over_pieces) {
    const auto first = crc32c(as_bytes("1234"));
    EXPECT_EQ(crc32c(as_bytes("56789"), first), crc32c(as_bytes("123456789")));
}

TEST(uuid, text_round_trips) {
    prng random(7);
    for (int round = 0; round < 1000; ++round) {
        const auto high = random.next();
        const auto id = uuid::from_random(high, random.next());
        const auto text = id.to_text();
        EXPECT_EQ(text.size(), 22U);
        EXPECT_EQ(uuid::from_text(text), id);
    }
}

TEST(uuid, refuses_text_that_is_no_id) {
    EXPECT_FALSE(uuid::from_text(""));
    EXPECT_FALSE(uuid::from_text("AAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_FALSE(uuid::from_text("AAAAAAAAAAAAAAAAAAAA$A"));
    // The last character has four bits that must be zero.
    EXPECT_FALSE(uuid::from_text("AAAAAAAAAAAAAAAAAAAAAB"));
    EXPECT_TRUE(uuid::from_text("AAAAAAAAAAAAAAAAAAAAAA")->is_zero());
}

TEST(endian, stores_the_most_significant_byte_first) {
    std::byte memory[4];
    store_be(memory, std::int32_t{0x01020304});
    EXPECT_EQ(memory[0], std::byte{1});
    EXPECT_EQ(memory[3], std::byte{4});
    EXPECT_EQ(load_be<std::int32_t>(memory), 0x01020304);
}

}  // namespace
}  // namespace weir::base
