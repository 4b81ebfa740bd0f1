// Goal: a pipeline file becomes typed components, or all that is wrong with it is told with its
// place and without its secrets. Method: files as texts; the components and the problems.
#include <gmock/gmock.h>

#include "tests/unit/connect/pipeline/reading.hpp"

namespace weir::connect::pipeline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* whole = R"(
[node]
data_dir = "d"
http     = "127.0.0.1:0"
[broker]
listen = "127.0.0.1:0"
"num.partitions" = 3

[source.clock]
type  = "ticks"
topic = "ticks.raw"
rate  = 5
token = "${env:SECRET}"

[sink.out]
type  = "swallow"
from  = ["ticks.*"]
url   = "${env:URL}"
batch = { max = 7, every = "2s" }
retry = { for = "10m", backoff = "200ms..30s", status = [408, "5xx"] }
headers = { A = "1", B = "${env:SECRET}" }
dlq   = "out.dlq"
)";

const plugin::component_setting& setting(const component& of, std::string_view name) {
    for (const auto& each : of.settings.all()) {
        if (each.name == name) return each;
    }
    ADD_FAILURE() << "no " << name;
    return of.settings.all().front();
}

TEST(reader, a_whole_pipeline_becomes_typed_components) {
    const auto read = read_texts({whole});
    EXPECT_THAT(texts_of(read.errors), IsEmpty());
    EXPECT_THAT(texts_of(read.warnings), IsEmpty());
    const auto& of = read.result;
    EXPECT_EQ(of.data_dir, "d");
    EXPECT_EQ(of.http, "127.0.0.1:0");
    EXPECT_EQ(of.broker->find("num.partitions")->value, "3");
    EXPECT_EQ(of.broker->find("weir.metrics.listener")->value, "");
    ASSERT_EQ(of.components.size(), 2U);
    const auto& clock = of.components[0];
    EXPECT_EQ(clock.topic, "ticks.raw");
    EXPECT_EQ(clock.place, "p:9:9");
    EXPECT_EQ(setting(clock, "rate").integer, 5);
    EXPECT_EQ(setting(clock, "pause").integer, 20);
    EXPECT_EQ(setting(clock, "token").text, "hunter2-hunter2");
    const auto& out = of.components[1];
    EXPECT_THAT(out.from, ElementsAre("ticks.*"));
    EXPECT_EQ(out.group, "connect-out");
    EXPECT_EQ(setting(out, "batch.every").integer, 2000);
    EXPECT_THAT(setting(out, "retry.status").items, ElementsAre("408", "5xx"));
    EXPECT_THAT(setting(out, "headers").items, ElementsAre("A", "1", "B", "hunter2-hunter2"));
    EXPECT_EQ(out.errors.retry_for, std::chrono::minutes(10));
    EXPECT_EQ(out.errors.retry_backoff_max, std::chrono::seconds(30));
    EXPECT_EQ(out.errors.dead_letter_topic, "out.dlq");
    EXPECT_EQ(out.errors.tolerated, tolerance::all);
}

TEST(reader, all_errors_are_told_together_with_their_places) {
    const auto read =
        read_texts({"[source.a]\ntype = \"tics\"\ntopic = \"t\"\n"
                    "[source.b]\ntype = \"ticks\"\nrat = 1\nrate = 0\n"
                    "pause = 5\nfrom = [\"x\"]\n"
                    "[sink.c]\ntype = \"swallow\"\nbatch = 5\nmode = \"fats\"\n"
                    "[transform.d]\nsql = \"SELECT 1\"\n"
                    "[sinks.e]\nx = 1\n[broker]\nflash = 1\n"});
    const auto errors = texts_of(read.errors);
    for (const auto* each :
         {"p:2:8: source.a.type: there is no source of type 'tics'; did you mean ticks?",
          "p:6:1: source.b.rat: unknown key; did you mean rate?",
          "p:7:8: source.b.rate: '0' must be from 1 to 1000",
          "p:9:1: source.b.from: is for a sink; this is a source",
          "p:4:9: source.b.topic: is needed: the topic to write to",
          "p:10:7: sink.c.from: is needed: the topics to read, as [\"logs.*\"]",
          "p:10:7: sink.c.url: is needed: a text, as \"abc\". Where to.",
          "p:12:1: sink.c.batch: is a table with the keys max, every",
          "p:13:8: sink.c.mode: 'fats' must be one of fast, slow"}) {
        EXPECT_THAT(errors, Contains(each));
    }
    EXPECT_THAT(errors, Contains(HasSubstr("p:8:9: source.b.pause: '5' is not a duration")));
    EXPECT_THAT(errors, Contains(HasSubstr("transform.d: SQL transforms are not served yet")));
    EXPECT_THAT(errors, Contains(HasSubstr("sinks: unknown; did you mean [sink]?")));
    EXPECT_THAT(errors, Contains(HasSubstr("broker.flash: unknown key")));
}

TEST(reader, no_problem_tells_a_secret) {
    const auto read = read_texts(
        {"[source.a]\ntype = \"ticks\"\ntopic = \"${env:SECRET}/\"\nrate = \"${env:SECRET}\"\n"
         "retry.backoff = \"${env:SECRET}\"\n"
         "[source.b]\ntype = \"ticks\"\ntopic = \"t\"\nword = \"bad\"\ntoken = \"${env:SECRET}\"\n"
         "[source.d]\ntype = \"ticks\"\ntopic = \"t\"\nword = \"bad\"\ntoken = \"plain-secret\"\n"
         "[sink.c]\ntype = \"${env:SECRET}\"\nfrom = [\"${env:SECRET}/\"]\n"
         "[broker]\nlisten = \"${env:SECRET}\"\n\"num.partitions\" = \"${env:SECRET}\"\n"});
    EXPECT_GE(read.errors.size(), 8U);
    for (const auto& each : texts_of(read.errors)) {
        EXPECT_THAT(each, testing::Not(HasSubstr("hunter2")));
        EXPECT_THAT(each, testing::Not(HasSubstr("plain-secret")));
    }
}

TEST(reader, what_the_connector_finds_stands_at_the_option) {
    const auto read = read_texts(
        {"[source.b]\ntype = \"ticks\"\ntopic = \"t\"\nword = \"bad\"\ntoken = \"abcd\"\n"});
    EXPECT_THAT(texts_of(read.errors), ElementsAre("p:4:8: source.b.word: a bad word, with ****"));
}

TEST(reader, an_option_without_effect_is_a_warning) {
    const auto read =
        read_texts({"[sink.c]\ntype = \"swallow\"\nfrom = \"t\"\nurl = \"u\"\nold = \"x\"\n"});
    EXPECT_THAT(texts_of(read.warnings),
                Contains("p:5:1: sink.c.old: has no effect here: use mode"));
}

TEST(reader, several_files_are_one_pipeline) {
    const auto read =
        read_texts({"[node]\ndata_dir = \"d\"\n[source.a]\ntype = \"ticks\"\n"
                    "topic = \"t\"\n",
                    "[node]\nhttp = \"\"\n[sink.b]\ntype = \"swallow\"\nfrom = \"t\"\n"
                    "url = \"u\"\n"});
    EXPECT_THAT(texts_of(read.errors), IsEmpty());
    EXPECT_EQ(read.result.components.size(), 2U);
    EXPECT_EQ(read.result.http, "");
}

TEST(reader, what_two_files_have_is_an_error_that_names_both) {
    const auto read = read_texts({"[node]\nid = 1\n[source.a]\ntype = \"ticks\"\ntopic = \"t\"\n",
                                  "[node]\nid = 2\n[source.a]\ntype = \"ticks\"\ntopic = \"t\"\n"});
    EXPECT_THAT(texts_of(read.errors),
                ElementsAre("q:2:1: node.id: is at p:2:1, too; write it once",
                            "q:3:9: source.a: is at p:3:9, too; give one of them another name"));
}

TEST(reader, the_graph_is_checked) {
    const auto read =
        read_texts({"[source.a]\ntype = \"ticks\"\ntopic = \"t\"\ndlq = \"t\"\n"
                    "[sink.a]\ntype = \"swallow\"\nfrom = \"t\"\nurl = \"u\"\n"
                    "[sink.b]\ntype = \"swallow\"\nfrom = \"x.*\"\nurl = \"u\"\n"
                    "dlq = \"x.dlq\"\ngroup = \"connect-a\"\n"
                    "[sink.c]\ntype = \"swallow\"\nfrom = \"nobody\"\nurl = \"u\"\n"});
    const auto errors = texts_of(read.errors);
    EXPECT_THAT(errors, Contains(HasSubstr("source.a.dlq: its dead letters would come back")));
    EXPECT_THAT(errors, Contains(HasSubstr("sink.b.dlq: its dead letters would come back")));
    EXPECT_THAT(errors, Contains(HasSubstr("sink.a: source.a at p:1:9 has this name, too")));
    EXPECT_THAT(errors, Contains(HasSubstr("sink.b.group: sink.a reads as the group")));
    EXPECT_THAT(texts_of(read.warnings),
                Contains("p:15:7: sink.c.from: no source of this pipeline writes to nobody"));
}

TEST(reader, steps_have_predicates_and_kafka_s_dotted_keys) {
    std::vector<data::transform_step> seen;
    const auto factory = [&seen](const std::vector<data::transform_step>& steps)
        -> std::expected<std::unique_ptr<data::record_transform>,
                         std::vector<data::transform_problem>> {
        seen = steps;
        return std::unexpected(std::vector<data::transform_problem>{
            {.step = 1, .option = "fields", .reason = "no such thing as hunter2-hunter2"}});
    };
    const auto read = read_texts(
        {"[source.a]\ntype = \"ticks\"\ntopic = \"t\"\nsmt = [\n"
         "  { type = \"Filter\", predicate = { type = \"RecordIsTombstone\" }, negate = true },\n"
         "  { type = \"InsertField$Value\", static.field = \"f\", \"static.value\" = "
         "\"${env:SECRET}\", fields = [\n    \"a\", \"b\"] },\n]\n"},
        factory);
    EXPECT_THAT(texts_of(read.errors),
                ElementsAre("p:6:96: source.a.smt[1].fields: no such thing as ****"));
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].predicate, "RecordIsTombstone");
    EXPECT_TRUE(seen[0].negate);
    using pair = std::pair<std::string, std::string>;
    EXPECT_THAT(seen[1].options,
                testing::UnorderedElementsAre(pair{"static.field", "f"},
                                              pair{"static.value", "hunter2-hunter2"},
                                              pair{"fields", "a,b"}));
}

TEST(reader, steps_that_are_none_are_told) {
    const auto read =
        read_texts({"[source.a]\ntype = \"ticks\"\ntopic = \"t\"\n"
                    "smt = [ 1, { fields = [\"a\"] }, { type = \"F\", predicate = "
                    "\"p\" } ]\n"
                    "[source.b]\ntype = \"ticks\"\ntopic = \"t\"\nsmt = \"x\"\n"});
    const auto errors = texts_of(read.errors);
    EXPECT_THAT(errors, Contains(HasSubstr("p:4:9: source.a.smt[0]: a step is a table")));
    EXPECT_THAT(errors, Contains(HasSubstr("source.a.smt[1].type: is needed")));
    EXPECT_THAT(errors, Contains(HasSubstr("source.a.smt[2].predicate: is a table")));
    EXPECT_THAT(errors, Contains(HasSubstr("source.b.smt: is a list of")));
}

TEST(reader, a_cluster_has_settings_of_both_kinds_of_names) {
    const auto read =
        read_texts({"[kafka]\nbootstrap = \"h:1\"\n\"security.protocol\" = "
                    "\"SASL_PLAINTEXT\"\n\"queue.buffering.max.ms\" = 5\n"
                    "\"linger.ms\" = 7\n"});
    EXPECT_THAT(texts_of(read.errors), IsEmpty());
    EXPECT_EQ(read.result.bootstrap, "h:1");
    EXPECT_FALSE(read.result.broker);
    using pair = std::pair<std::string, std::string>;
    EXPECT_THAT(read.result.client_settings, Contains(pair{"queue.buffering.max.ms", "5"}));
    EXPECT_THAT(read.result.client_settings, Contains(pair{"linger.ms", "7"}));
}

TEST(reader, a_pipeline_has_a_broker_or_a_cluster) {
    const auto both = read_texts({"[broker]\n[kafka]\nbootstrap = \"h:1\"\n"});
    EXPECT_THAT(texts_of(both.errors),
                ElementsAre("p:2:2: kafka: there is a [broker] at p:1:2; a pipeline has one of the "
                            "two"));
    const auto none = read_texts({"[kafka]\n"});
    EXPECT_THAT(texts_of(none.errors), Contains(HasSubstr("kafka.bootstrap: is needed")));
    EXPECT_TRUE(read_texts({""}).result.broker.has_value());
}

TEST(reader, tables_that_are_none_and_names_that_cannot_be_are_errors) {
    const auto read = read_texts({"node = 1\nsink = 2\n[source]\nx = 1\n[source.\"a b\"]\n"});
    const auto errors = texts_of(read.errors);
    EXPECT_THAT(errors, Contains(HasSubstr("node: is a table: [node]")));
    EXPECT_THAT(errors, Contains(HasSubstr("p:2:1: sink: ")));
    EXPECT_THAT(errors, Contains(HasSubstr("source.x: is a table: name the component")));
    EXPECT_THAT(errors, Contains(HasSubstr("source.a b: a component's name has")));
}

}  // namespace
}  // namespace weir::connect::pipeline
