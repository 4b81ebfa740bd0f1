// Goal: command lines are taken apart as the parser of Kafka's tools does it, and what is wrong is
// said in its words. Method: tables of options of our own, arguments as a user types them.
#include "cli/tools/options.hpp"

#include <gtest/gtest.h>

#include "cli/tools/usage.hpp"

namespace weir::cli::tools {
namespace {

constexpr option options[] = {
    {"list", "List."},
    {"topic", "The topic.", takes::value, "String", "topic"},
    {"config", "May be repeated.", takes::value, "String", "name=value", std::nullopt, true},
    {"partitions", "How many.", takes::value, "Integer", "# of partitions"},
    {"time", "When.", takes::value, "String", {}, "latest"},
    {"codec", "With or without a value.", takes::maybe_value},
    help_option,
    version_option,
};

command_line parsed(const arguments& given) {
    auto line = command_line::parse(options, given);
    EXPECT_TRUE(line) << line.error();
    return std::move(*line);
}

std::string refused(const arguments& given) {
    const auto line = command_line::parse(options, given);
    return line ? "nothing" : line.error();
}

TEST(options, take_their_value_from_the_next_argument_or_behind_an_equals_sign) {
    EXPECT_EQ(parsed({"--topic", "orders"}).value("topic"), "orders");
    EXPECT_EQ(parsed({"--topic=orders"}).value("topic"), "orders");
    EXPECT_EQ(parsed({"-topic", "orders"}).value("topic"), "orders");
    EXPECT_EQ(parsed({"--config=a=b"}).value("config"), "a=b");
    EXPECT_EQ(parsed({"--topic=", "orders"}).value("topic"), "orders");
}

TEST(options, take_whatever_follows_even_if_it_looks_like_an_option) {
    EXPECT_EQ(parsed({"--topic", "--list"}).value("topic"), "--list");
    EXPECT_FALSE(parsed({"--topic", "--list"}).has("list"));
    EXPECT_EQ(parsed({"--time", "-1"}).value("time"), "-1");
}

TEST(options, without_a_value_leave_what_looks_like_an_option_alone) {
    const auto line = parsed({"--codec", "--list"});
    EXPECT_TRUE(line.has("codec") && line.has("list"));
    EXPECT_FALSE(line.value("codec"));
    EXPECT_EQ(parsed({"--codec", "zstd"}).value("codec"), "zstd");
}

TEST(options, that_are_repeated_keep_their_order) {
    const auto line = parsed({"--config", "a=1", "--list", "--config", "b=2"});
    EXPECT_EQ(line.values("config"), (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_EQ(line.sequence(), (std::vector<std::string>{"config", "list", "config"}));
    EXPECT_TRUE(line.readable());
}

TEST(options, end_at_two_hyphens) {
    const auto line = parsed({"--list", "--", "--topic", "-"});
    EXPECT_FALSE(line.has("topic"));
    EXPECT_EQ(line.positional(), (std::vector<std::string>{"--topic", "-"}));
}

TEST(options, have_their_default_when_they_are_not_given) {
    EXPECT_EQ(parsed({"--list"}).value("time"), "latest");
    EXPECT_FALSE(parsed({"--list"}).has("time"));
    EXPECT_FALSE(parsed({"--list"}).value("topic"));
}

TEST(options, are_refused_in_the_words_of_the_parser) {
    EXPECT_EQ(refused({"--nope"}), "nope is not a recognized option");
    EXPECT_EQ(refused({"--topi", "x"}), "topi is not a recognized option");
    EXPECT_EQ(refused({"-nope"}), "n is not a recognized option");
    EXPECT_EQ(refused({"--topic"}), "Option topic requires an argument");
}

TEST(options, are_found_wrong_when_they_are_read) {
    const auto text = parsed({"--partitions", "many"}).readable();
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().message, "Cannot parse argument 'many' of option partitions");
    const auto twice = parsed({"--topic", "a", "--topic", "b"}).readable();
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().message,
              "Found multiple arguments for option topic, but you asked for only one");
    EXPECT_EQ(parsed({"--partitions", "3000000000"}).readable().error().message,
              "Cannot parse argument '3000000000' of option partitions");
    EXPECT_EQ(parsed({"--partitions", "12"}).number("partitions"), 12);
}

TEST(options, that_are_required_are_asked_for_unless_help_is) {
    static constexpr option required[] = {
        {"server", "Where.", takes::value, "String", {}, std::nullopt, false, true}, help_option};
    const auto missing = command_line::parse(required, {});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), "Missing required option(s) [server]");
    EXPECT_TRUE(command_line::parse(required, {"--help"}));
}

TEST(options, exclude_each_other_and_end_the_tool) {
    const auto line = parsed({"--list", "--topic", "x"});
    EXPECT_EQ(line.exclude("list", {"config"}), std::nullopt);
    testing::internal::CaptureStderr();
    EXPECT_EQ(line.exclude("list", {"topic"}), exit_failed);
    EXPECT_TRUE(testing::internal::GetCapturedStderr().starts_with(
        "Option \"[list]\" can't be used with option \"[topic]\"\n"));
    testing::internal::CaptureStderr();
    EXPECT_EQ(line.require({"topic", "config"}), exit_failed);
    EXPECT_TRUE(testing::internal::GetCapturedStderr().starts_with(
        "Missing required argument \"[config]\"\n"));
}

TEST(usage, is_two_columns_by_name_wrapped_at_eighty) {
    static constexpr option some[] = {
        {"zeta", "The last."},
        {"alpha", "A text that is so long that it cannot stand in one line of eighty letters.",
         takes::value, "Integer", "how many", "7"},
    };
    EXPECT_EQ(usage_text(some),
              "Option                       Description                                        \n"
              "------                       -----------                                        \n"
              "--alpha <Integer: how many>  A text that is so long that it cannot stand in one \n"
              "                               line of eighty letters. (default: 7)             \n"
              "--zeta                       The last.                                          \n");
}

}  // namespace
}  // namespace weir::cli::tools
