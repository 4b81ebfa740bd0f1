// Goal: numbers, decimals, bytes and dates are written and read as Java's classes do. Method: what
// Java 21 prints for chosen numbers; there and back for others.
#include "connect/data/number_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "connect/data/base64.hpp"
#include "connect/data/civil_date.hpp"
#include "connect/data/decimal.hpp"

namespace weir::connect::data {
namespace {

TEST(number_text, doubles_are_written_as_java_writes_them) {
    const auto text = [](double of) { return std::string(number_text::of_double(of).view()); };
    EXPECT_EQ(text(0), "0.0");
    EXPECT_EQ(text(-0.0), "-0.0");
    EXPECT_EQ(text(1), "1.0");
    EXPECT_EQ(text(100), "100.0");
    EXPECT_EQ(text(9999999), "9999999.0");
    EXPECT_EQ(text(1e7), "1.0E7");
    EXPECT_EQ(text(0.001), "0.001");
    EXPECT_EQ(text(0.00099), "9.9E-4");
    EXPECT_EQ(text(123456.789), "123456.789");
    EXPECT_EQ(text(1.5e300), "1.5E300");
    EXPECT_EQ(text(5e-324), "4.9E-324");
    EXPECT_EQ(text(2e-323), "2.0E-323");
    EXPECT_EQ(text(std::nan("")), "NaN");
    EXPECT_EQ(text(-std::numeric_limits<double>::infinity()), "-Infinity");
    EXPECT_EQ(number_text::of_float(3.4e38F).view(), "3.4E38");
    EXPECT_EQ(number_text::of_float(0.1F).view(), "0.1");
    EXPECT_EQ(number_text::of_float(16777216.0F).view(), "1.6777216E7");
}

TEST(number_text, numbers_are_parsed_as_java_parses_them) {
    EXPECT_EQ(parse_integer("+7", -128, 127), 7);
    EXPECT_FALSE(parse_integer("128", -128, 127));
    EXPECT_FALSE(parse_integer("+-7", -128, 127));
    EXPECT_FALSE(parse_integer(" 7", -128, 127));
    EXPECT_EQ(parse_double(" 1.5e2d "), 150.0);
    EXPECT_EQ(parse_double("0x1p4"), 16.0);
    EXPECT_EQ(parse_double("-Infinity"), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(parse_double("1e999"), std::numeric_limits<double>::infinity());
    EXPECT_EQ(parse_double("1e-999"), 0.0);
    for (const auto* wrong : {"", "inf", "nan", "1e", "--1", "1 2", "d", "0x10"})
        EXPECT_FALSE(parse_double(wrong)) << wrong;
}

TEST(decimal, decimals_are_those_of_java) {
    arena memory;
    for (const auto* same : {"0", "12.34", "-0.05", "123456789012345678901234567890.123",
                             "-170141183460469231731687303"
                             "715884105728",
                             "0.000001", "1E-7", "1E+3", "1.5E+10", "-1.23E-20"}) {
        const auto made = parse_decimal(same, memory);
        ASSERT_TRUE(made.has_value()) << same;
        EXPECT_EQ(decimal_text(*made), same);
    }
    EXPECT_EQ(decimal_text(*parse_decimal("+00012.340", memory)), "12.340");
    for (const auto* wrong : {"", ".", "-", "1e", "1.2.3", "x", "1e99999999999999", " 1"})
        EXPECT_FALSE(parse_decimal(wrong, memory)) << wrong;
    EXPECT_EQ(text(*parse_decimal("-1", memory)), "\xff");
    EXPECT_EQ(text(*parse_decimal("128", memory)), std::string_view("\x00\x80", 2));
    EXPECT_EQ(text(*parse_decimal("-128", memory)), "\x80");
    EXPECT_EQ(decimal_to_long(*parse_decimal("-12.99", memory)), -12);
    EXPECT_EQ(decimal_to_long(*parse_decimal("1e30", memory)), 5076944270305263616);
}

TEST(base64, bytes_come_back_and_wrong_text_is_refused) {
    arena memory;
    for (const std::string_view bytes : {"", "f", "fo", "foo", "foob", "\xff\xfe\x01"}) {
        std::string text(base64_size(bytes.size()), ' ');
        write_base64(bytes, text.data());
        EXPECT_EQ(read_base64(text, memory), bytes);
    }
    for (const auto* wrong : {"a", "ab=", "=abc", "a===", "ab!=", "ab=c"})
        EXPECT_FALSE(read_base64(wrong, memory)) << wrong;
}

TEST(civil_date, days_and_dates_belong_together) {
    std::int64_t before = -1'000'000;
    for (std::int64_t days = before; days < 1'000'000; days += 13) {
        const auto date = date_of_days(days);
        EXPECT_EQ(days_of_date(date.year, date.month, date.day), days);
    }
    EXPECT_EQ(days_of_date(2024, 2, 30), days_of_date(2024, 3, 1));
    EXPECT_EQ(days_of_date(2023, 13, 1), days_of_date(2024, 1, 1));
    EXPECT_EQ(date_of_days(gregorian_begin_days - 1).day, 4);
    EXPECT_EQ(date_of_days(gregorian_begin_days).day, 15);
    EXPECT_EQ(weekday_of_days(0), 4);
}

}  // namespace
}  // namespace weir::connect::data
