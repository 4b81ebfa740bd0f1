// Goal: pages of Prometheus' text format are read as they are meant. Method: pages by hand, one of
// them made by our own writer, and lines that are none.
#include "cli/pipeline_tools/metrics_text.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/metrics.hpp"

namespace weir::cli::pipeline_tools {
namespace {

TEST(metrics_text, names_labels_and_values_are_read) {
    const auto page = parse_metrics(
        "# HELP a_b:c text {with=\"braces\"} 5\n# TYPE a_b:c counter\n"
        "a_b:c 1\n"
        "lag{group=\"g\",topic=\"a,b}\", } 2.5e3 1700000000000\r\n"
        "\n  spaced { x = \"1\" }  -3\n"
        "quoted{v=\"a\\\\b\\\"c\\nd\"} NaN\n"
        "bucket{le=\"+Inf\"} +Inf\nlow -Inf\nplus +7");
    ASSERT_TRUE(page) << page.error();
    ASSERT_EQ(page->size(), 7U);
    EXPECT_EQ((*page)[0].name, "a_b:c");
    EXPECT_EQ((*page)[0].value, 1);
    EXPECT_EQ((*page)[1].label("topic"), "a,b}");
    EXPECT_EQ((*page)[1].label("none"), "");
    EXPECT_EQ((*page)[1].value, 2500);
    EXPECT_EQ((*page)[2].label("x"), "1");
    EXPECT_EQ((*page)[2].value, -3);
    EXPECT_EQ((*page)[3].label("v"), "a\\b\"c\nd");
    EXPECT_TRUE(std::isnan((*page)[3].value));
    EXPECT_TRUE(std::isinf((*page)[4].value));
    EXPECT_EQ((*page)[6].value, 7);
}

TEST(metrics_text, a_line_that_is_none_is_told_with_its_number) {
    for (const auto* each : {"{} 1", "a", "a{", "a{x} 1", "a{x=1} 1", "a{x=\"1} 1", "a{x=\"1\"",
                             "a{x=\"1\"y=\"2\"} 1", "a one", "a 1e999", "<html>", "a \"1\""}) {
        const auto page = parse_metrics("ok 1\n" + std::string(each) + "\nok 2\n");
        ASSERT_FALSE(page) << each;
        EXPECT_EQ(page.error(), "line 2 is no line of Prometheus metrics") << each;
    }
    EXPECT_TRUE(parse_metrics("")->empty());
}

TEST(metrics_text, what_our_own_page_says_comes_back) {
    const auto page = parse_metrics(base::metrics_page(
        {{.name = "records_total",
          .help = "Records.",
          .type = base::metric_type::counter,
          .samples = {{.labels = {{"connector", "a\"b\\c\nd"}}, .value = 12345678901.0}}},
         {.name = "time",
          .type = base::metric_type::histogram,
          .samples = {{.buckets = {{0.5, 3}}, .count = 4, .sum = 1.25}}}}));
    ASSERT_TRUE(page) << page.error();
    EXPECT_EQ(page->front().label("connector"), "a\"b\\c\nd");
    EXPECT_EQ(page->front().value, 12345678901.0);
}

}  // namespace
}  // namespace weir::cli::pipeline_tools
