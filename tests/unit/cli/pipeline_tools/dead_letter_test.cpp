// Goal: the headers of a dead letter say why it is there and where it came from. Method: headers
// by hand: Connect's, missing ones, repeated ones.
#include "cli/pipeline_tools/dead_letter.hpp"

#include <gtest/gtest.h>

namespace weir::cli::pipeline_tools {
namespace {

dead_letter letter(const std::vector<std::pair<std::string, std::string>>& headers) {
    dead_letter out;
    for (const auto& [name, value] : headers)
        add_header(out, name, base::as_bytes(value));
    return out;
}

TEST(dead_letter, headers_of_connect_are_known_and_others_left_out) {
    auto made = letter({{"trace-id", "7"},
                        {"__connect.errors.topic", "logs"},
                        {"__connect.errors.partition", "2"},
                        {"__connect.errors.offset", "17"},
                        {"__connect.errors.exception.class.name", "org.a.DataException"},
                        {"__connect.errors.stage", "VALUE_CONVERTER"}});
    add_header(made, "__connect.errors.exception.message", std::nullopt);
    EXPECT_EQ(made.origin(), "logs-2@17");
    EXPECT_EQ(made.exception(), "DataException");
    EXPECT_EQ(made.field("stage"), "VALUE_CONVERTER");
    EXPECT_EQ(made.field("exception.message"), "");
    EXPECT_EQ(made.fields.size(), 6U);
    EXPECT_EQ(letter({{"topic", "x"}}).origin(), "-");
    EXPECT_EQ(letter({{"__connect.errors.topic", "x"}}).origin(), "x-?@?");
}

TEST(dead_letter, of_headers_that_repeat_the_last_one_counts) {
    EXPECT_EQ(
        letter({{"__connect.errors.stage", "a"}, {"__connect.errors.stage", "b"}}).field("stage"),
        "b");
}

TEST(dead_letter, filters_choose_by_field) {
    const auto made = letter({{"__connect.errors.connector.name", "hook"}});
    const auto by = [&](std::string_view text) {
        const auto parsed = parse_filter(text);
        return parsed && matches({*parsed}, made);
    };
    EXPECT_TRUE(by("connector.name=hook"));
    EXPECT_TRUE(by("connector.name=h*"));
    EXPECT_TRUE(by("__connect.errors.connector.name=hook"));
    EXPECT_TRUE(by("stage="));
    EXPECT_FALSE(by("connector.name=other"));
    EXPECT_FALSE(by("stage=TASK_PUT"));
    EXPECT_FALSE(parse_filter("connector.name"));
    EXPECT_FALSE(parse_filter("=x"));
    EXPECT_TRUE(matches({}, made));
}

}  // namespace
}  // namespace weir::cli::pipeline_tools
