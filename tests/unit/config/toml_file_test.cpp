// Goal: a TOML file gives Kafka's options under its short names, and every error has its place.
// Method: files as texts; the settings and errors that come of them.
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace weir::config {
namespace {

settings read(std::string_view text) {
    settings into;
    read_toml(text, "n.toml", into);
    return into;
}

std::vector<std::string> errors_of(std::string_view text) {
    std::vector<std::string> texts;
    for (const auto& each : read(text).errors)
        texts.push_back(each.text());
    return texts;
}

TEST(toml_file, short_names_are_kafka_s_options) {
    const auto all = read(
        "[node]\nid = 3\ndata_dir = \"d\"\nhttp = \"\"\nrack = \"r\"\nlog_level = \"warn\"\n"
        "[broker]\nlisten = \"127.0.0.1:9092\"\nflush = \"os\"\nshards = 2\n");
    EXPECT_TRUE(all.errors.empty());
    EXPECT_EQ(all.find("node.id")->value, "3");
    EXPECT_EQ(all.find("log.dirs")->value, "d");
    EXPECT_EQ(all.find("weir.metrics.listener")->value, "");
    EXPECT_EQ(all.find("broker.rack")->value, "r");
    EXPECT_EQ(all.find("weir.log.level")->value, "warn");
    EXPECT_EQ(all.find("listeners")->value, "PLAINTEXT://127.0.0.1:9092");
    EXPECT_EQ(all.find("weir.flush")->value, "os");
    EXPECT_EQ(all.find("weir.shards")->place, "n.toml:10:10");
}

TEST(toml_file, kafka_s_own_names_are_taken_quoted_and_bare) {
    const auto all = read(
        "[broker]\n\"num.partitions\" = 6\nlog.retention.hours = 1\n[broker.log.segment]\n"
        "bytes = 2097152\n");
    EXPECT_TRUE(all.errors.empty());
    EXPECT_EQ(all.find("num.partitions")->value, "6");
    EXPECT_EQ(all.find("log.retention.hours")->value, "1");
    EXPECT_EQ(all.find("log.segment.bytes")->value, "2097152");
}

TEST(toml_file, lists_and_other_types_become_kafka_s_texts) {
    const auto all = read(
        "[broker]\nlisten = [\"A://h:1\", \"B://h:2\"]\nauto.create.topics.enable = false\n"
        "log.cleaner.min.cleanable.ratio = 0.25\n");
    EXPECT_TRUE(all.errors.empty());
    EXPECT_EQ(all.find("listeners")->value, "A://h:1,B://h:2");
    EXPECT_EQ(all.find("auto.create.topics.enable")->value, "false");
    EXPECT_EQ(all.find("log.cleaner.min.cleanable.ratio")->value, "0.25");
}

TEST(toml_file, an_unknown_key_is_an_error_with_a_suggestion) {
    const auto errors = errors_of("[broker]\n\"num.partitons\" = 6\n");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0], "n.toml:2:19: num.partitons: unknown key; did you mean num.partitions?");
}

TEST(toml_file, all_errors_are_told_together) {
    EXPECT_EQ(errors_of("x = 1\n[sink]\n[broker]\nflash = 1\nflush = 1979-05-27\n").size(), 4U);
}

TEST(toml_file, a_syntax_error_has_its_line) {
    const auto errors = errors_of("[node]\nid = 1\nid = 2\n");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_TRUE(errors[0].starts_with("n.toml:3:")) << errors[0];
}

// In toml++ 3.3 such a letter reaches what cannot be reached.
TEST(toml_file, a_letter_that_is_not_ascii_is_no_blank_of_a_key) {
    EXPECT_EQ(errors_of("[node]\np\xcf\x9d = 1\n").size(), 1U);
}

// toml++ 3.3 asserts here.
TEST(toml_file, a_key_that_begins_with_a_colon_is_a_syntax_error) {
    const auto errors = errors_of("[node]\nid = 1\n[::1]\nx = 1\n");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_TRUE(errors[0].starts_with("n.toml:3: syntax: ")) << errors[0];
    const auto below_an_empty_line = errors_of("\n[::1]\n");
    ASSERT_EQ(below_an_empty_line.size(), 1U);
    EXPECT_TRUE(below_an_empty_line[0].starts_with("n.toml:2: syntax: "));
}

}  // namespace
}  // namespace weir::config
