// Goal: the vocabulary that everything stands on does what it says.
// Method: known values and round trips.
#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "base/log.hpp"
#include "base/prng.hpp"
#include "base/utf8.hpp"
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

TEST(utf8, bytes_that_are_not_utf8_are_replaced_as_in_java) {
    constexpr std::string_view mark = "\xef\xbf\xbd";
    const auto marks = [&](int count) {
        std::string out;
        for (int index = 0; index < count; ++index)
            out += mark;
        return out;
    };
    EXPECT_EQ(to_valid_utf8("a\xff"
                            "b"),
              "a" + marks(1) + "b");
    EXPECT_EQ(to_valid_utf8("\xc3"), marks(1));      // cut short
    EXPECT_EQ(to_valid_utf8("\xc0\x80"), marks(2));  // overlong
    EXPECT_EQ(to_valid_utf8("\xe2\x82"), marks(1));  // cut short after two of three
    EXPECT_EQ(to_valid_utf8("\xe2\x28\xa1"), marks(1) + "(" + marks(1));
    EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), marks(1));  // a surrogate, as one
    EXPECT_EQ(to_valid_utf8("\xf0\x9f\x98"), marks(1));  // cut short after three of four
    EXPECT_EQ(to_valid_utf8("\xf5\x80"), marks(2));
    EXPECT_EQ(to_valid_utf8("é€😀"), "é€😀");
}

TEST(log, what_others_sent_cannot_break_a_line_or_move_the_cursor) {
    EXPECT_EQ(log_line_of("topic é \\ \"x\"", log_format::text), "topic é \\ \"x\"");
    EXPECT_EQ(log_line_of("a\nb\r\tc\x1b[31m\x7f", log_format::text),
              "a\\x0ab\\x0d\\x09c\\x1b[31m\\x7f");
    EXPECT_EQ(log_line_of("\xc2\x9b", log_format::text), "\\xc2\\x9b");  // CSI in one character
    EXPECT_EQ(log_line_of("a\xff\xc3", log_format::text), "a\\xff\\xc3");
}

TEST(log, json_lines_are_json) {
    EXPECT_EQ(log_line_of("\"\\\n\x1b", log_format::json), "\\\"\\\\\\u000a\\u001b");
    EXPECT_EQ(log_line_of("a\xff", log_format::json), "a\xef\xbf\xbd");
    EXPECT_EQ(log_line_of("é", log_format::json), "é");
}

}  // namespace
}  // namespace weir::base
