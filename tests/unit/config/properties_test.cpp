// Goal: server.properties is read as Java reads properties.
// Method: the cases of java.util.Properties' documentation, one after the other.
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace weir::config {
namespace {

settings read(std::string_view text) {
    settings into;
    read_properties(text, "f", into);
    return into;
}

std::string value_of(std::string_view text, std::string_view key) {
    const auto all = read(text);
    const auto* found = all.find(key);
    return found ? found->value : "(missing)";
}

TEST(properties, a_key_ends_at_equals_colon_or_blank) {
    for (const auto* line : {"a.b=c d", "a.b:c d", "a.b c d", "a.b = c d", "  a.b  :  c d",
                             "\ta.b\t=\tc d", "a.b=c d\r\n", "\fa.b=c d"}) {
        EXPECT_EQ(value_of(line, "a.b"), "c d") << line;
    }
}

TEST(properties, comments_and_empty_lines_say_nothing) {
    const auto all = read("# a=1\n! b=2\n\n   \n  # c=3\nd=4\n");
    EXPECT_EQ(all.values.size(), 1U);
    EXPECT_EQ(all.find("d")->value, "4");
    EXPECT_EQ(value_of("a=x # not a comment\n", "a"), "x # not a comment");
}

TEST(properties, a_line_goes_on_behind_a_backslash) {
    EXPECT_EQ(value_of("a=one,\\\n    two,\\\n\tthree\nb=4\n", "a"), "one,two,three");
    EXPECT_EQ(value_of("a=one\\\\\nb=2\n", "a"), "one\\");
    EXPECT_EQ(value_of("a=one\\\\\nb=2\n", "b"), "2");
    EXPECT_EQ(value_of("a=one\\", "a"), "one\\");
}

TEST(properties, a_comment_cannot_go_on) {
    EXPECT_EQ(value_of("# a comment \\\nb=2\n", "b"), "2");
}

TEST(properties, escapes_are_java_s) {
    EXPECT_EQ(value_of("a=\\t|\\n|\\r|\\\\|\\:|\\x", "a"), "\t|\n|\r|\\|:|x");
    EXPECT_EQ(value_of("a=\\u0041\\u00e9\\u20ac", "a"), "A\xc3\xa9\xe2\x82\xac");
    EXPECT_EQ(value_of("a=\\u00g1", "a"), "u00g1");
    EXPECT_EQ(value_of("a\\ b\\=c=d", "a b=c"), "d");
}

TEST(properties, the_last_of_two_values_counts_with_its_line) {
    const auto all = read("a=1\n# b\na=2\n");
    EXPECT_EQ(all.find("a")->value, "2");
    EXPECT_EQ(all.find("a")->place, "f:3");
}

TEST(properties, a_continued_line_has_the_place_where_it_begins) {
    EXPECT_EQ(read("x=1\na=1\\\n2\nb=3\n").find("a")->place, "f:2");
    EXPECT_EQ(read("x=1\na=1\\\n2\nb=3\n").find("b")->place, "f:4");
}

TEST(properties, values_may_be_empty_and_lose_blanks_behind_them) {
    EXPECT_EQ(value_of("a=", "a"), "");
    EXPECT_EQ(value_of("a", "a"), "");
    EXPECT_EQ(value_of("a=b  \t ", "a"), "b");
    EXPECT_EQ(value_of("a==b", "a"), "=b");
}

}  // namespace
}  // namespace weir::config
