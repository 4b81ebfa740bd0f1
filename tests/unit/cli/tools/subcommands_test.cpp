// Goal: the commands of tools are taken apart as the parser of Kafka's tools does it, and what is
// wrong is said in its words. Method: a command of our own, arguments as a user types them.
#include "cli/tools/subcommands.hpp"

#include <gtest/gtest.h>

namespace weir::cli::tools {
namespace {

constexpr option options[] = {
    {"topic", "The topic.", takes::value},
    {"partition", "Its number.", takes::value, "Integer"},
    {"epoch", "A small number.", takes::value, "Short"},
    {"dry-run", "Nothing is done."},
    help_option,
};
constexpr std::string_view required[] = {"topic"};
constexpr subcommand command{"abort", "usage: tool abort\n", options, required};

std::string problem(const arguments& given) {
    const auto line = parse_subcommand(command, given);
    return line ? "" : line.error();
}

TEST(subcommands, names_may_be_cut_short_and_values_may_be_negative) {
    const auto line = parse_subcommand(command, {"--top", "t", "--partition=-1", "--epoch", "-1"});
    ASSERT_TRUE(line) << line.error();
    EXPECT_EQ(line->value("topic"), "t");
    EXPECT_EQ(line->number("partition"), -1);
    EXPECT_EQ(line->number("epoch"), -1);
    EXPECT_FALSE(line->has("dry-run"));
}

TEST(subcommands, what_is_wrong_is_told_in_the_words_of_the_parser) {
    EXPECT_EQ(problem({"--topic", "t"}), "");
    EXPECT_EQ(problem({}), "argument --topic is required");
    EXPECT_EQ(problem({"--topic"}), "argument --topic: expected one argument");
    EXPECT_EQ(problem({"--topic", "t", "more"}), "unrecognized arguments: 'more'");
    EXPECT_EQ(problem({"--topic", "t", "--nope"}), "unrecognized arguments: '--nope'");
    EXPECT_EQ(problem({"--topic", "t", "--partition", "x"}),
              "argument --partition: could not convert 'x' to Integer (For input string: \"x\")");
    EXPECT_EQ(problem({"--topic", "t", "--epoch", "40000"}),
              "argument --epoch: could not convert '40000' to Short (Value out of range. "
              "Value:\"40000\" Radix:10)");
    EXPECT_EQ(problem({"--topic", "t", "--partition", "3000000000"}),
              "argument --partition: could not convert '3000000000' to Integer (For input string: "
              "\"3000000000\")");
}

// As argparse4j prints it: lines of 75 characters, wider gaps in the middle.
TEST(subcommands, long_messages_are_wrapped_and_justified) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(misused_command("kafka-transactions.sh", "usage\n",
                              "argument --duration-filter: could not convert 'x' to Long (For "
                              "input string: \"x\")"),
              1);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "usage\n"
              "kafka-transactions.sh:  error:   argument   --duration-filter:   could  not\n"
              "convert 'x' to Long (For input string: \"x\")\n");
}

}  // namespace
}  // namespace weir::cli::tools
