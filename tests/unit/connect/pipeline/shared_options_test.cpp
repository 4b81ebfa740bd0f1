// Goal: Connect's own names do what ours do, and not both at once. Method: components as texts,
// under either name.
#include <gmock/gmock.h>

#include "tests/unit/connect/pipeline/reading.hpp"

namespace weir::connect::pipeline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

reading sink_with(const std::string& keys) {
    return read_texts(
        {"[source.a]\ntype = \"ticks\"\ntopic = \"logs.a\"\n"
         "[sink.b]\ntype = \"swallow\"\nurl = \"u\"\n" +
         keys});
}

TEST(shared_options, connect_s_names_come_to_the_same) {
    const auto ours = sink_with(
        "from = [\"logs.a\", \"x\"]\ndlq = \"bad\"\nretry = { for = \"5s\", backoff = "
        "\"200ms..9s\" "
        "}\nlog_errors = false\ntasks = 2\nstart = \"end\"\nconverter = \"json\"\n"
        "key_converter = \"string\"\ngroup = \"g\"\n");
    const auto connects = sink_with(
        "topics = \"logs.a, x\"\n\"errors.deadletterqueue.topic.name\" = \"bad\"\n"
        "\"errors.retry.timeout\" = 5000\n\"errors.retry.delay.max.ms\" = \"9000\"\n"
        "\"errors.log.enable\" = \"false\"\n\"tasks.max\" = \"2\"\n"
        "\"consumer.override.auto.offset.reset\" = \"latest\"\n"
        "\"consumer.override.group.id\" = \"g\"\n"
        "\"value.converter\" = \"org.apache.kafka.connect.json.JsonConverter\"\n"
        "\"value.converter.schemas.enable\" = \"false\"\n"
        "\"key.converter\" = \"org.apache.kafka.connect.storage.StringConverter\"\n");
    EXPECT_THAT(texts_of(ours.errors), IsEmpty());
    EXPECT_THAT(texts_of(connects.errors), IsEmpty());
    EXPECT_TRUE(ours.result.components[1].same_as(connects.result.components[1]));
    EXPECT_EQ(ours.result.components[1].value_converter.name, "json");
    EXPECT_EQ(ours.result.components[1].errors.retry_for, std::chrono::seconds(5));
}

TEST(shared_options, json_with_schemas_is_connect_s_default) {
    const auto read = sink_with(
        "from = \"logs.a\"\n\"value.converter\" = "
        "\"org.apache.kafka.connect.json.JsonConverter\"\n");
    EXPECT_EQ(read.result.components[1].value_converter.name, "json_schema");
    const auto other = sink_with("from = \"logs.a\"\n\"value.converter\" = \"com.x.Avro\"\n");
    EXPECT_THAT(texts_of(other.errors),
                Contains(HasSubstr("sink.b.value.converter: is not a converter that is served")));
}

TEST(shared_options, one_option_under_two_names_is_an_error) {
    const auto read = sink_with("from = \"logs.a\"\ntopics = \"x\"\n");
    EXPECT_THAT(texts_of(read.errors),
                ElementsAre("p:8:10: sink.b.topics: is the same as from at p:7:8; write one"));
}

TEST(shared_options, expressions_for_topics_are_patterns) {
    const auto read = sink_with("\"topics.regex\" = \"logs\\\\..*|x\"\n");
    EXPECT_THAT(texts_of(read.errors), IsEmpty());
    EXPECT_THAT(read.result.components[1].from, ElementsAre("logs.*", "x"));
    const auto bad = sink_with("\"topics.regex\" = \"logs[0-9]+\"\n");
    EXPECT_THAT(texts_of(bad.errors), Contains(HasSubstr("sink.b.topics.regex: of regular")));
}

TEST(shared_options, a_tolerance_that_is_written_stands) {
    const auto read = sink_with("from = \"logs.a\"\ndlq = \"bad\"\ntolerance = \"none\"\n");
    EXPECT_EQ(read.result.components[1].errors.tolerated, tolerance::none);
}

TEST(shared_options, values_that_cannot_be_have_their_place) {
    const auto read =
        sink_with("from = [\"a b\"]\ndlq = \"a/b\"\nretry.backoff = \"9s..1s\"\ngroup = \"\"\n");
    const auto errors = texts_of(read.errors);
    EXPECT_THAT(errors, Contains(HasSubstr("p:7:8: sink.b.from: 'a b' is no topic's name")));
    EXPECT_THAT(errors, Contains(HasSubstr("p:8:7: sink.b.dlq: 'a/b' is no topic's name")));
    EXPECT_THAT(errors, Contains(HasSubstr("sink.b.retry.backoff: '9s..1s' is not a range")));
    EXPECT_THAT(errors, Contains(HasSubstr("sink.b.group: a group has a name")));
}

}  // namespace
}  // namespace weir::connect::pipeline
