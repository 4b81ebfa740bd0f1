// Goal: patterns that our libraries cannot do as Java does are refused, never understood otherwise.
// Method: patterns of dates and topics by hand.
#include <gtest/gtest.h>

#include "transforms/smt/date_format.hpp"
#include "transforms/smt/field_path.hpp"
#include "transforms/smt/regex.hpp"

namespace weir::transforms::smt {
namespace {

TEST(regex, what_the_library_lacks_is_refused) {
    for (const auto* wrong : {"(?=a)", "(?<!a)b", "(a)\\1", "a++", "[a&&[b]]", "[a[b]]", "(", "*"})
        EXPECT_FALSE(regex::of_pattern(wrong).has_value()) << wrong;
    for (const auto* right : {"(?<name>a+)", "[]a]+", "[^]]", "\\Qa.b[\\E", "(?i)x", "[[:alpha:]]"})
        EXPECT_TRUE(regex::of_pattern(right).has_value()) << right;
}

TEST(regex, replacements_take_groups_as_java_does) {
    const auto by = regex::of_pattern("(?<first>a)(b)?c");
    ASSERT_TRUE(by.has_value());
    std::string out;
    by->replace_first("xacx", "[$1${first}$2$10\\$]", out);
    EXPECT_EQ(out, "x[aaa0$]x");
    for (const auto* wrong : {"$", "$x", "$3", "${none}", "${first", "\\"})
        EXPECT_FALSE(by->check_replacement(wrong).empty()) << wrong;
}

TEST(date_format, a_letter_that_is_not_known_is_refused) {
    for (const auto* wrong : {"YYYY", "ww", "yyyy-bb", "'open", "XXXX"})
        EXPECT_FALSE(date_format::of_pattern(wrong).has_value()) << wrong;
}

TEST(date_format, every_day_is_read_as_it_is_written) {
    const auto format = date_format::of_pattern("EEE, dd MMM yyyy G HH:mm:ss.SSS Z");
    ASSERT_TRUE(format.has_value());
    for (std::int64_t ms = -100'000'000'000'000; ms < 100'000'000'000'000; ms += 777'777'777'777) {
        std::string text;
        format->append(ms, text);
        EXPECT_EQ(format->parse(text), ms) << text;
    }
    EXPECT_FALSE(format->parse(""));
    // Beyond 64 bits there is some moment, not an overflow.
    EXPECT_TRUE(date_format::of_pattern("y D")->parse("2147483647 -2147483648").has_value());
}

TEST(field_path, names_with_dots_are_in_backticks) {
    using names = std::vector<std::string>;
    EXPECT_EQ(parse_field_path("a.b"), (names{"a", "b"}));
    EXPECT_EQ(parse_field_path("`a.b`.c"), (names{"a.b", "c"}));
    EXPECT_EQ(parse_field_path("a."), (names{"a", ""}));
    EXPECT_FALSE(parse_field_path("`a.b").has_value());
    EXPECT_FALSE(parse_field_path("`a\\`").has_value());
}

}  // namespace
}  // namespace weir::transforms::smt
