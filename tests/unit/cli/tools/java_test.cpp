// Goal: what our tools borrow from Java behaves as in Java. Method: values that a JVM gave.
#include <gtest/gtest.h>

#include "cli/tools/java/hash_order.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/java/time.hpp"

namespace weir::cli::tools::java {
namespace {

using list = std::vector<std::string>;

TEST(java_hash, is_over_utf16_units) {
    EXPECT_EQ(hash_of("é€😀"), 16752006);
    EXPECT_EQ(hash_of("orders"), -1008770331);
    EXPECT_EQ(hash_of(""), 0);
}

TEST(java_hash, maps_are_gone_through_by_buckets) {
    list keys;
    for (int index = 0; index < 14; ++index)
        keys.push_back("group-" + std::to_string(index));
    sort_as_hash_map(keys, [](const std::string& each) { return hash_of(each); });
    EXPECT_EQ(keys,
              (list{"group-10", "group-12", "group-11", "group-7", "group-6", "group-9", "group-8",
                    "group-3", "group-2", "group-5", "group-4", "group-13", "group-1", "group-0"}));
    keys = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"};
    sort_as_hash_map(keys, [](const std::string& each) { return hash_of(each); });
    EXPECT_EQ(keys, (list{"t4", "t5", "t6", "t7", "t8", "t9", "t0", "t1", "t2", "t3"}));
}

TEST(java_text, splits_without_empty_pieces_at_the_end) {
    EXPECT_EQ(split(",a,,b,,", ","), (list{"", "a", "", "b"}));
    EXPECT_EQ(split("", ","), (list{""}));
    EXPECT_EQ(split(",", ","), list{});
    EXPECT_EQ(split("a", ","), (list{"a"}));
}

TEST(java_text, reads_numbers_with_a_sign_and_nothing_else) {
    EXPECT_EQ(parse_int("+7"), 7);
    EXPECT_EQ(parse_int("-7"), -7);
    EXPECT_EQ(parse_int("+-7"), std::nullopt);
    EXPECT_EQ(parse_int("7 "), std::nullopt);
    EXPECT_EQ(parse_int(""), std::nullopt);
    EXPECT_EQ(parse_int("2147483648"), std::nullopt);
    EXPECT_EQ(parse_long("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(java_text, paths_lose_doubled_slashes) {
    EXPECT_EQ(file_text("/a//b/"), "/a/b");
    EXPECT_EQ(file_text("/"), "/");
}

TEST(java_time, durations_are_those_of_iso_8601) {
    const auto milliseconds = [](std::string_view text) {
        const auto parsed = parse_duration(text);
        return parsed ? std::optional(parsed->count()) : std::nullopt;
    };
    EXPECT_EQ(milliseconds("P1D"), 86400000);
    EXPECT_EQ(milliseconds("PT1H30M"), 5400000);
    EXPECT_EQ(milliseconds("-PT1.5S"), -1500);
    EXPECT_EQ(milliseconds("PT-1.5S"), -1500);
    EXPECT_EQ(milliseconds("P1DT2H3M4.005S"), 93784005);
    EXPECT_EQ(milliseconds("p1d"), 86400000);
    for (const auto* each : {"PT", "P", "1H", "PT1M2H", "P1.5D", "", "PT1H "})
        EXPECT_EQ(milliseconds(each), std::nullopt) << each;
}

TEST(java_time, times_are_read_in_their_zone) {
    const auto milliseconds = [](std::string_view text) {
        const auto parsed = parse_datetime(text);
        return parsed ? fmt::format("{}", parsed->count()) : parsed.error().message;
    };
    EXPECT_EQ(milliseconds("2026-01-31T12:00:00.000"), "1769860800000");
    EXPECT_EQ(milliseconds("2026-1-1T1:2:3.5"), "1767229323005");
    EXPECT_EQ(milliseconds("2026-01-31T12:00:00.000+02:30"), "1769851800000");
    EXPECT_EQ(milliseconds("2026-01-31T12:00:00.000+02"), "1769853600000");
    EXPECT_EQ(milliseconds("2026-01-31T12:00:00.000-0230"), "1769868000000");
    EXPECT_EQ(milliseconds("2026-01-31T12:00:00.000Zxyz"), "1769860800000");
    for (const std::string each : {"2026-02-30T12:00:00.000", "2026-01-31T12:00:00",
                                   "2026-01-31T24:00:00.000", "2026-01-31T12:00:00.1234"}) {
        EXPECT_EQ(milliseconds(each), "Unparseable date: \"" + each + "Z\"");
    }
    EXPECT_EQ(milliseconds("2026-01-31"),
              "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
}

}  // namespace
}  // namespace weir::cli::tools::java
