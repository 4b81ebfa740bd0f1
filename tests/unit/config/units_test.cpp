// Goal: durations and sizes are read as people write them, and nothing else is.
// Method: texts and what they come to.
#include "config/units.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

TEST(units, durations_have_units_and_may_be_composed) {
    EXPECT_EQ(parse_duration("200ms"), 200);
    EXPECT_EQ(parse_duration("10s"), 10'000);
    EXPECT_EQ(parse_duration("1m30s"), 90'000);
    EXPECT_EQ(parse_duration("1h"), 3'600'000);
    EXPECT_EQ(parse_duration("7d"), 604'800'000);
    EXPECT_EQ(parse_duration("0"), 0);
}

TEST(units, what_is_no_duration_is_refused) {
    for (const auto* each : {"", "10", "s", "-1s", "1.5s", "10 s", "10x", "1s ", "99999999999999d",
                             "9223372036854775807ms1ms", "0x1s"}) {
        EXPECT_EQ(parse_duration(each), std::nullopt) << each;
    }
}

TEST(units, sizes_are_decimal_or_binary) {
    EXPECT_EQ(parse_size("4096"), 4096);
    EXPECT_EQ(parse_size("4096B"), 4096);
    EXPECT_EQ(parse_size("1kB"), 1000);
    EXPECT_EQ(parse_size("64KiB"), 65'536);
    EXPECT_EQ(parse_size("64MiB"), 67'108'864);
    EXPECT_EQ(parse_size("2GB"), 2'000'000'000);
}

TEST(units, what_is_no_size_is_refused) {
    for (const auto* each : {"", "MiB", "-1", "1.5MiB", "1kB1", "1 MiB", "99999999TiB", "1mib"}) {
        EXPECT_EQ(parse_size(each), std::nullopt) << each;
    }
}

}  // namespace
}  // namespace weir::config
