// Goal: names of files come out as written, and no record leads out of the fixed directory.
// Method: examples, and every dangerous text that a record may bring.
#include "connectors/file/sink/path_template.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::connectors::file::sink {
namespace {

std::string name(std::string_view text, const path_facts& facts) {
    const auto parsed = path_template::parse(text);
    if (!parsed) return "error: " + parsed.error();
    const auto made = parsed->bucket(facts);
    return made ? parsed->directory() + *made : "error: " + made.error();
}

TEST(path_template, each_placeholder_becomes_what_the_record_has) {
    const path_facts facts = {"orders", 3, 1'769'904'000'000 + 3'723'000, "k1"};
    EXPECT_EQ(name("out/{topic}/dt={ts:%Y-%m-%d}/{partition}-{offset}.jsonl", facts),
              "out/orders/dt=2026-02-01/3-{offset}.jsonl");
    EXPECT_EQ(name("{ts:%F %H:%M:%S %y %j %%}/{key}", facts), "./2026-02-01 01:02:03 26 032 %/k1");
    EXPECT_EQ(name("a/b/c.txt", facts), "a/b/c.txt");
    EXPECT_EQ(name_of("x/{offset}-{offset:5}.gz", 42), "x/42-00042.gz");
    EXPECT_EQ(in_progress_name("a/b.jsonl"), "a/.b.jsonl.inprogress");
    EXPECT_EQ(in_progress_name("b"), ".b.inprogress");
}

TEST(path_template, what_is_not_understood_is_said) {
    for (const auto* bad : {"", "out/", "{topic", "topic}", "{name}", "{ts}", "{ts:%Q}", "{ts:%}",
                            "{offset:0}", "{offset:21}", "{offset:x}", "{key:1}", "a\nb{key}",
                            "{topic}/../{key}", "{topic}//{key}", "{topic}/./x"})
        EXPECT_FALSE(path_template::parse(bad).has_value()) << bad;
}

TEST(path_template, no_record_leads_out_of_the_fixed_directory) {
    const auto parsed = path_template::parse("out/{topic}/{key}/{partition}");
    ASSERT_TRUE(parsed.has_value());
    const std::string_view keys[] = {
        "..", "../..",    "/etc/passwd", "a/../../b", "", ".", "....", std::string_view("\0", 1),
        "\n", "{offset}", "..\\..\\x",   ".a",        "~"};
    for (const auto key : keys) {
        const auto made = parsed->bucket({.topic = key, .partition = 1, .key = key});
        ASSERT_TRUE(made.has_value()) << key;
        EXPECT_TRUE(is_safe(*made)) << *made;
        EXPECT_EQ(std::ranges::count(*made, '/'), 2) << *made;
        EXPECT_FALSE(made->starts_with('.') || made->contains("/.")) << *made;
        EXPECT_FALSE(made->contains('{')) << *made;
    }
    EXPECT_EQ(harmless("../../etc/passwd"), "___.._etc_passwd");
    EXPECT_LE(harmless(std::string(5000, 'x')).size(), 128U);
}

TEST(path_template, a_name_that_the_file_system_cannot_hold_is_refused) {
    const auto parsed = path_template::parse("{key}{key}{key}");
    ASSERT_TRUE(parsed.has_value());
    const std::string key(128, 'k');
    EXPECT_FALSE(parsed->bucket({.key = key}).has_value());
}

TEST(path_template, a_span_of_time_has_one_name) {
    const auto hourly = *path_template::parse("{ts:%Y%m%d%H}");
    for (const std::int64_t at : {std::int64_t{0}, std::int64_t{3'599'999}, std::int64_t{-1},
                                  std::int64_t{1'769'904'000'123}, INT64_MAX, INT64_MIN}) {
        const auto span = hourly.span(at);
        EXPECT_LE(span.from_ms, at);
        EXPECT_TRUE(at < span.until_ms || at == INT64_MAX);
        if (at < 0 || at == INT64_MAX) continue;
        EXPECT_EQ(hourly.bucket({.timestamp_ms = span.from_ms}),
                  hourly.bucket({.timestamp_ms = span.until_ms - 1}));
        EXPECT_NE(hourly.bucket({.timestamp_ms = at}),
                  hourly.bucket({.timestamp_ms = span.until_ms}));
    }
    EXPECT_EQ(path_template::parse("{topic}")->span(5).until_ms, INT64_MAX);
}

}  // namespace
}  // namespace weir::connectors::file::sink
