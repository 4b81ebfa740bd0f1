// Goal: each type of option takes what one would write for it, and says what it needs otherwise,
// without telling secrets. Method: values of TOML texts, read by rows of this test.
#include "connect/plugin/option_row.hpp"

#include <gtest/gtest.h>

#include "config/substitution.hpp"

namespace weir::connect::plugin {
namespace {

std::expected<component_setting, std::string> read(const option_row& of, const std::string& value) {
    auto made = config::read_document("x = " + value, "f");
    config::substitute_all(
        made.root, "",
        {.environment = [](const std::string&) { return std::optional<std::string>("hunter2"); }},
        made.errors);
    EXPECT_TRUE(made.errors.empty()) << value;
    return read_value(of, made.root.entries.at(0).value);
}

std::int64_t integer(const option_row& of, const std::string& value) {
    const auto made = read(of, value);
    EXPECT_TRUE(made) << value << ": " << (made ? "" : made.error());
    return made ? made->integer : -1;
}
std::string error(const option_row& of, const std::string& value) {
    const auto made = read(of, value);
    return made ? "none" : made.error();
}

constexpr option_row duration{.name = "d", .type = WEIR_OPTION_DURATION, .valid = "1ms..1h"};
constexpr option_row size{.name = "b", .type = WEIR_OPTION_BYTES};
constexpr option_row number{.name = "n", .type = WEIR_OPTION_INTEGER, .valid = "1..9|-1"};
constexpr option_row word{.name = "w", .type = WEIR_OPTION_STRING, .valid = "fast|slow"};
constexpr option_row text{.name = "t", .type = WEIR_OPTION_STRING};
constexpr option_row flag{.name = "f", .type = WEIR_OPTION_BOOLEAN};
constexpr option_row list{.name = "l", .type = WEIR_OPTION_LIST};
constexpr option_row secret{.name = "s", .type = WEIR_OPTION_SECRET};

TEST(option_row, values_are_taken_as_one_writes_them) {
    EXPECT_EQ(integer(duration, "\"1m30s\""), 90'000);
    EXPECT_EQ(integer(size, "\"64MiB\""), 64 << 20);
    EXPECT_EQ(integer(size, "4096"), 4096);
    EXPECT_EQ(integer(number, "9"), 9);
    EXPECT_EQ(integer(number, "-1"), -1);
    EXPECT_EQ(integer(flag, "true"), 1);
    EXPECT_EQ(read(list, "\"one\"")->items, std::vector<std::string>{"one"});
    EXPECT_EQ(read(list, "[408, \"5xx\"]")->items, (std::vector<std::string>{"408", "5xx"}));
    EXPECT_EQ(read({.name = "r", .type = WEIR_OPTION_REAL}, "2")->real, 2.0);
}

// As they come out of ${...}, and as Connect writes everything.
TEST(option_row, numbers_and_truths_may_be_texts) {
    EXPECT_EQ(integer(number, "\"5\""), 5);
    EXPECT_EQ(integer(flag, "\"false\""), 0);
}

TEST(option_row, an_error_says_what_is_needed) {
    EXPECT_EQ(error(duration, "10"),
              "'10' is not a duration, as \"10s\", \"200ms\" or \"1m30s\"; it has no unit: write "
              "\"10ms\" or \"10s\"");
    EXPECT_EQ(error(duration, "\"2h\""), "'2h' must be from 1ms to 1h");
    EXPECT_EQ(error(number, "10"), "'10' must be from 1 to 9 or -1");
    EXPECT_EQ(error(number, "1.5"), "'1.5' is not a whole number, as 10");
    EXPECT_EQ(error(word, "\"medium\""), "'medium' must be one of fast, slow");
    EXPECT_EQ(error(text, "5"), "'5' is not a text, as \"abc\"; write \"5\"");
    EXPECT_EQ(error(size, "\"64 MB\""), "'64 MB' is not a size, as \"64MiB\", \"1kB\" or 4096");
    EXPECT_EQ(error(list, "[[1]]"), "'[[1]]' is not a list of texts, as [\"a\", \"b\"]");
    EXPECT_EQ(error(flag, "1"), "'1' is not true or false");
}

TEST(option_row, an_error_about_a_secret_does_not_tell_it) {
    for (const auto& row : {duration, size, number, word, flag}) {
        const auto said = error(row, "\"${env:P}\"");
        EXPECT_FALSE(said.contains("hunter2")) << said;
        EXPECT_TRUE(said.starts_with("the value (not shown")) << said;
    }
    EXPECT_FALSE(error(secret, "12345678").contains("1234"));
}

TEST(option_row, secrets_are_marked_and_keep_their_written_form) {
    const auto resolved = read(text, "\"a ${env:P}\"");
    EXPECT_EQ(resolved->text, "a hunter2");
    EXPECT_EQ(resolved->written, "a ${env:P}");
    EXPECT_TRUE(resolved->secret);
    EXPECT_TRUE(read(secret, "\"plain\"")->secret);
    const component_settings all("c", "d", {*resolved, *read(secret, "\"plain\"")});
    EXPECT_EQ(all.shown()[0].second, "****");
    EXPECT_EQ(all.shown()[1].second, "a ${env:P}");
}

TEST(option_row, defaults_are_of_the_option_s_type) {
    EXPECT_EQ(
        (*read_initial({.name = "d", .type = WEIR_OPTION_DURATION, .initial = "5s"}))->integer,
        5000);
    EXPECT_EQ((*read_initial({.name = "l", .type = WEIR_OPTION_LIST, .initial = "a,b"}))->items,
              (std::vector<std::string>{"a", "b"}));
    EXPECT_FALSE(read_initial({.name = "n"})->has_value());
    EXPECT_FALSE(read_initial({.name = "n", .type = WEIR_OPTION_INTEGER, .initial = "x"}));
}

TEST(option_row, maps_have_keys_of_the_user_s) {
    const auto made = config::read_document("headers = { A = \"1\", \"b.c\" = 2 }", "f");
    const option_row row{.name = "headers", .type = WEIR_OPTION_MAP};
    const auto read = read_map(row, config::flattened(made.root));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->items, (std::vector<std::string>{"A", "1", "b.c", "2"}));
}

}  // namespace
}  // namespace weir::connect::plugin
