// Goal: records and their numbers are read as Kafka's clients write them, and nothing longer.
// Method: single numbers at the ends of their ranges, and encodings that are too long.
#include "broker/protocol/record_reader.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "broker/protocol/batch_builder.hpp"

namespace weir::test {
namespace {

using namespace broker::protocol;

TEST(varint, numbers_at_the_ends_of_their_range_come_back) {
    using wide = std::numeric_limits<std::int64_t>;
    using narrow = std::numeric_limits<std::int32_t>;
    for (const auto value :
         {wide::min(), wide::max(), std::int64_t{0}, std::int64_t{-1}, std::int64_t{64}}) {
        base::bytes text;
        put_varint(text, value);
        base::bytes_view rest = text;
        std::int64_t read = 0;
        ASSERT_TRUE(take_varint(rest, read));
        EXPECT_EQ(read, value);
        EXPECT_TRUE(rest.empty());
    }
    for (const auto value : {narrow::min(), narrow::max(), 0, -1, 64}) {
        base::bytes text;
        put_varint(text, value);
        base::bytes_view rest = text;
        std::int32_t read = 0;
        ASSERT_TRUE(take_varint32(rest, read));
        EXPECT_EQ(read, value);
    }
}

TEST(varint, a_32_bit_number_has_at_most_five_bytes) {
    const auto taken = [](std::size_t padding) {
        base::bytes text(padding, std::byte{0x80});
        text.push_back(std::byte{0x00});
        base::bytes_view rest = text;
        std::int32_t value = 0;
        return take_varint32(rest, value);
    };
    EXPECT_TRUE(taken(4));
    EXPECT_FALSE(taken(5));
    EXPECT_FALSE(taken(9));
}

TEST(varint, a_number_that_is_cut_off_or_too_large_is_refused) {
    base::bytes text;
    put_varint(text, std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1);
    base::bytes_view rest = text;
    std::int32_t value = 0;
    EXPECT_FALSE(take_varint32(rest, value));
    rest = base::bytes_view(text).first(2);
    EXPECT_FALSE(take_varint32(rest, value));
}

}  // namespace
}  // namespace weir::test
