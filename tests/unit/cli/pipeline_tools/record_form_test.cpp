// Goal: records are shown whole and harmlessly. Method: records with text, bytes, JSON and control
// characters in each format; names against patterns.
#include "cli/pipeline_tools/record_form.hpp"

#include <gtest/gtest.h>

#include "cli/pipeline_tools/glob.hpp"
#include "cli/pipeline_tools/text_filter.hpp"
#include "cli/pipeline_tools/text_form.hpp"

namespace weir::cli::pipeline_tools {
namespace {

shown_record record() {
    return {.topic = "orders",
            .partition = 3,
            .offset = 17,
            .timestamp_ms = 1'764'542'656'123,
            .key = "k\x1b[2J",
            .value = R"({"a":[1,{}],"b":"x,y"})",
            .headers = {{.key = "h", .value = "v"}, {.key = "n", .value = std::nullopt}}};
}

TEST(record_form, a_line_has_time_place_key_and_value) {
    EXPECT_EQ(form_of(record(), {.headers = true}),
              "2025-11-30T22:44:16.123Z orders-3@17 k\\x1b[2J [h=v n=null] "
              "{\"a\":[1,{}],\"b\":\"x,y\"}\n");
    auto bare = record();
    bare.key = std::nullopt;
    bare.value = std::nullopt;
    bare.timestamp_ms = -1;
    EXPECT_EQ(form_of(bare, {}), "- orders-3@17 null\n");
    bare.value = "a\x1b\xff";
    EXPECT_EQ(form_of(bare, {.escapes = false}), "- orders-3@17 a\x1b\xff\n");
    EXPECT_EQ(form_of(bare, {}), "- orders-3@17 a\\x1b\\xff\n");
}

TEST(record_form, json_has_text_or_hexadecimal) {
    auto shown = record();
    shown.value = "\xff\x01";
    EXPECT_EQ(form_of(shown, {.format = record_format::json}),
              R"({"topic":"orders","partition":3,"offset":17,"timestamp":1764542656123,)"
              R"("time":"2025-11-30T22:44:16.123Z","key":"k\u001b[2J","value_hex":"ff01",)"
              R"("headers":[{"key":"h","value":"v"},{"key":"n","value":null}]})"
              "\n");
}

TEST(record_form, pretty_indents_json) {
    EXPECT_EQ(form_of(record(), {.format = record_format::pretty}),
              "2025-11-30T22:44:16.123Z orders-3@17\n  key: k\\x1b[2J\n"
              "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x,y\"\n}\n");
    auto shown = record();
    shown.value = "not json";
    EXPECT_TRUE(form_of(shown, {.format = record_format::pretty}).ends_with("\nnot json\n"));
}

TEST(text_form, indentation_keeps_numbers_strings_and_depth_in_bounds) {
    EXPECT_EQ(indented_json(R"( [1.000, "a\"]\\" , true] )"),
              "[\n  1.000,\n  \"a\\\"]\\\\\",\n  true\n]");
    EXPECT_EQ(indented_json("{"), "");
    EXPECT_EQ(indented_json("7"), "7");
    const std::string deep(20'000, '[');
    const auto indented = indented_json(deep + "1" + std::string(20'000, ']'));
    EXPECT_LT(indented.size(), 40'000U * 67);
    EXPECT_GT(indented.size(), 40'000U);
}

TEST(text_form, times_that_no_calendar_has_are_a_dash) {
    EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(utc_text(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(utc_text(253'402'300'800'000), "-");
    EXPECT_EQ(utc_text(-5), "-");
}

TEST(glob, stars_and_question_marks_match_as_in_file_names) {
    EXPECT_TRUE(glob_matches("*.dlq", "shop.orders.dlq"));
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("a*b*c", "axxbxbyc"));
    EXPECT_TRUE(glob_matches("a?c", "abc"));
    EXPECT_FALSE(glob_matches("a?c", "ac"));
    EXPECT_FALSE(glob_matches("*.dlq", "shop.dlq.x"));
    EXPECT_FALSE(glob_matches("", "a"));
    EXPECT_FALSE(glob_matches("a*b", std::string(10'000, 'a')));
    EXPECT_TRUE(is_glob("a*"));
    EXPECT_FALSE(is_glob("a.b"));
}

TEST(text_filter, an_expression_matches_somewhere) {
    const auto made = text_filter::compile("err(or)?\\b");
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->matches("an error occurred"));
    EXPECT_FALSE(made->matches("errand"));
    const auto wrong = text_filter::compile("(");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(), "'(' is no regular expression: missing ): (");
}

}  // namespace
}  // namespace weir::cli::pipeline_tools
