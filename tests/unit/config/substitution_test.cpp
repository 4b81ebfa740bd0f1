// Goal: ${...} is resolved wherever a text stands, and what comes out of it is never told.
// Method: texts with an environment and files of this test; the results, secrets and errors.
#include "config/substitution.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

substitution_sources sources() {
    return {.environment = [](const std::string& name) -> std::optional<std::string> {
                if (name == "PASSWORD") return "hunter2";
                if (name == "EMPTY") return "";
                return std::nullopt;
            },
            .file = [](const std::string& path) -> std::expected<std::string, std::string> {
                if (path == "secret/token") return "t0ken\n";
                return std::unexpected("no such file");
            }};
}

std::string resolved(std::string_view written) {
    auto made = substitute(written, sources());
    return made ? made->text : "error: " + made.error();
}

TEST(substitution, variables_and_files_are_put_in) {
    EXPECT_EQ(resolved("host=db password=${env:PASSWORD}!"), "host=db password=hunter2!");
    EXPECT_EQ(resolved("${file:secret/token}"), "t0ken");
    EXPECT_EQ(resolved("${env:PASSWORD}${file:secret/token}"), "hunter2t0ken");
    EXPECT_EQ(resolved("nothing"), "nothing");
}

TEST(substitution, a_default_stands_in_for_what_is_not_set_or_empty) {
    EXPECT_EQ(resolved("${env:MISSING:-a-b}"), "a-b");
    EXPECT_EQ(resolved("${env:EMPTY:-x}"), "x");
    EXPECT_EQ(resolved("${env:EMPTY}"), "");
    EXPECT_EQ(resolved("${env:PASSWORD:-x}"), "hunter2");
}

TEST(substitution, two_dollars_stand_for_the_characters_themselves) {
    EXPECT_EQ(resolved("$${env:PASSWORD}"), "${env:PASSWORD}");
    EXPECT_EQ(resolved("a$b $$ $"), "a$b $$ $");
}

TEST(substitution, placeholders_of_transforms_are_left_alone) {
    EXPECT_EQ(resolved("${topic}-${timestamp}"), "${topic}-${timestamp}");
}

TEST(substitution, errors_say_what_to_do) {
    EXPECT_EQ(resolved("${env:MISSING}"),
              "error: the environment has no MISSING; set it, or write a default: "
              "${env:MISSING:-...}");
    EXPECT_EQ(resolved("${file:nowhere}"),
              "error: nowhere: no such file; the path is relative to the pipeline file");
    EXPECT_TRUE(resolved("${PASSWORD}").starts_with("error: ${PASSWORD}: write ${env:PASSWORD}"));
    EXPECT_TRUE(resolved("${vault:a}").starts_with("error: ${vault:...} is not known"));
    EXPECT_TRUE(resolved("${env:A").starts_with("error: ${ without }"));
}

TEST(substitution, a_document_keeps_what_was_written_and_marks_the_rest_secret) {
    auto made = read_document("[a]\nb = [\"x\", \"${env:PASSWORD}\"]\nc = \"${env:NO}\"\n", "f");
    substitute_all(made.root, "", sources(), made.errors);
    ASSERT_EQ(made.errors.size(), 1U);
    EXPECT_TRUE(made.errors[0].text().starts_with("f:3:5: a.c: the environment has no NO"));
    const auto& list = *flattened(made.root)[0].value;
    EXPECT_EQ(text_of(list), "x,hunter2");
    EXPECT_TRUE(list.is_secret());
    EXPECT_EQ(written_form(list), "[\"x\", \"${env:PASSWORD}\"]");
}

TEST(substitution, secrets_are_taken_out_of_texts) {
    EXPECT_EQ(without_secrets("a hunter2 hunter2", {"hunter2"}), "a **** ****");
    EXPECT_EQ(without_secrets("a b", {"", "a"}), "a b");
}

}  // namespace
}  // namespace weir::config
