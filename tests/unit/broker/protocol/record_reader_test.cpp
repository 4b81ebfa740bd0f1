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

// What record_reader makes of the bytes, and what record_scanner does.
std::pair<std::vector<record_summary>, bool> read(base::bytes_view bytes, std::int32_t count) {
    std::vector<record_summary> records;
    record_reader reader(bytes, count);
    while (const auto record = reader.next()) {
        records.push_back({.timestamp_delta = record->timestamp_delta,
                           .offset_delta = record->offset_delta,
                           .has_key = record->key.has_value()});
    }
    return {records, reader.failed()};
}

std::pair<std::vector<record_summary>, bool> scan(base::bytes_view bytes, std::int32_t count) {
    std::vector<record_summary> records;
    record_scanner scanner(bytes, count);
    for (record_summary record; scanner.next(record);)
        records.push_back(record);
    return {records, scanner.failed()};
}

TEST(record_scanner, sees_what_the_reader_sees_in_good_and_in_damaged_bytes) {
    batch_builder builder;
    const std::vector<header_view> headers{{.key = "h", .value = base::as_bytes("v")},
                                           {.key = "none", .value = std::nullopt}};
    builder.add(1'000, std::nullopt, base::as_bytes("value"));
    builder.add(999, base::as_bytes("key"), std::nullopt, headers);
    builder.add(1'000'000'000'000, base::as_bytes(std::string(300, 'k')), base::as_bytes(""));
    const auto batch = builder.finish({});
    const auto good = base::to_bytes(batch_view::parse(batch)->payload());
    EXPECT_EQ(scan(good, 3).first.size(), 3U);
    std::size_t damaged = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
            auto bytes = good;
            bytes[at] = static_cast<std::byte>(value);
            for (const std::int32_t count : {0, 2, 3, 4}) {
                EXPECT_EQ(read(bytes, count), scan(bytes, count)) << at << " " << value;
            }
            damaged += scan(bytes, 3).second ? 1 : 0;
        }
        EXPECT_EQ(read(base::bytes_view(good).first(at), 3),
                  scan(base::bytes_view(good).first(at), 3));
    }
    EXPECT_GT(damaged, 100U);
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
