// Goal: a reload changes what is another, and tells it without secrets. Method: pairs of pipelines
// as texts, and the lines of their difference.
#include "connect/pipeline/difference.hpp"

#include <gmock/gmock.h>

#include "tests/unit/connect/pipeline/reading.hpp"

namespace weir::connect::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

difference between(const std::string& before, const std::string& now) {
    const auto left = read_texts({before});
    const auto right = read_texts({now});
    EXPECT_THAT(texts_of(left.errors), IsEmpty());
    EXPECT_THAT(texts_of(right.errors), IsEmpty());
    return difference_of(left.result, right.result);
}

std::vector<std::string> lines_of(const difference& of) {
    std::vector<std::string> out;
    for (const auto& each : of.components)
        out.push_back(each.text());
    return out;
}

const std::string source = "[source.a]\ntype = \"ticks\"\ntopic = \"t\"\n";
const std::string sink = "[sink.b]\ntype = \"swallow\"\nfrom = \"t\"\nurl = \"u\"\n";

TEST(difference, nothing_changes_when_only_places_and_spellings_do) {
    const auto found =
        between(source + "pause = \"1s\"\n", "\n\n" + source + "pause = \"1000ms\"\n");
    EXPECT_TRUE(found.nothing());
    EXPECT_THAT(lines_of(found), ElementsAre("= source.a"));
}

TEST(difference, components_come_and_go) {
    EXPECT_THAT(lines_of(between(source, source + sink)), ElementsAre("= source.a", "+ sink.b"));
    EXPECT_THAT(lines_of(between(source + sink, source)), ElementsAre("- sink.b", "= source.a"));
}

TEST(difference, changed_keys_are_told_with_both_values) {
    EXPECT_THAT(lines_of(between(source + "rate = 1\n", source + "rate = 2\ndlq = \"x\"\n")),
                ElementsAre("~ source.a: dlq: - -> x; rate: 1 -> 2; tolerance: none -> all"));
}

TEST(difference, secrets_are_not_told) {
    const auto found = between(source + "token = \"first-secret\"\nword = \"${env:SECRET}\"\n",
                               source + "token = \"other-secret\"\nword = \"w\"\n");
    EXPECT_THAT(lines_of(found), ElementsAre("~ source.a: token: **** (another value); word: "
                                             "${env:SECRET} -> w"));
}

TEST(difference, steps_are_told_by_their_types) {
    const auto found =
        between(source + "smt = [ { type = \"A\", x = \"${env:SECRET}\" } ]\n",
                source + "smt = [ { type = \"A\", x = \"1\" }, { type = \"B\" } ]\n");
    EXPECT_THAT(lines_of(found), ElementsAre("~ source.a: smt: [A] -> [A, B]"));
}

TEST(difference, the_node_and_its_broker_need_a_restart) {
    const auto found = between("[node]\nhttp = \"127.0.0.1:1\"\n[broker]\nshards = 1\n" + source,
                               "[node]\nhttp = \"127.0.0.1:2\"\n[broker]\nshards = 2\n" + source);
    EXPECT_THAT(found.needs_restart, ElementsAre("node.http", "broker.weir.shards"));
    EXPECT_FALSE(found.nothing());
}

}  // namespace
}  // namespace weir::connect::pipeline
