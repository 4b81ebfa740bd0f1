// Goal: a dead letter has the record's headers and Connect's ten, each once, and retries end when
// the policy says. Method: headers read back; a schedule in virtual time.
#include "connect/errors/dead_letter.hpp"

#include <gtest/gtest.h>

#include <map>

#include "connect/errors/verdict.hpp"

namespace weir::connect::errors {
namespace {

std::multimap<std::string, std::string> read(std::span<const kafka::header> headers) {
    std::multimap<std::string, std::string> out;
    for (const auto& each : headers)
        out.emplace(each.key, each.value ? base::as_text(*each.value) : "(null)");
    return out;
}

TEST(dead_letter, says_where_the_record_came_from_and_why_it_is_there) {
    const origin from{
        .topic = "orders", .partition = 3, .offset = 42, .connector = "hook", .task = 1};
    const failure why{.at = stage::value_converter, .class_name = "json", .reason = "no JSON"};
    const kafka::header own[] = {{.key = "trace", .value = base::as_bytes("abc")},
                                 {.key = "empty", .value = std::nullopt}};
    const dead_letter letter(from, why, own);
    const auto headers = read(letter.headers());
    ASSERT_EQ(headers.size(), 12U);
    const auto at = [&](const std::string& name) { return headers.find(name)->second; };
    EXPECT_EQ(at("trace"), "abc");
    EXPECT_EQ(at("empty"), "(null)");
    EXPECT_EQ(at("__connect.errors.topic"), "orders");
    EXPECT_EQ(at("__connect.errors.partition"), "3");
    EXPECT_EQ(at("__connect.errors.offset"), "42");
    EXPECT_EQ(at("__connect.errors.connector.name"), "hook");
    EXPECT_EQ(at("__connect.errors.task.id"), "1");
    EXPECT_EQ(at("__connect.errors.stage"), "VALUE_CONVERTER");
    EXPECT_EQ(at("__connect.errors.class.name"), "json");
    EXPECT_EQ(at("__connect.errors.exception.class.name"),
              "org.apache.kafka.connect.errors.DataException");
    EXPECT_EQ(at("__connect.errors.exception.message"), "no JSON");
    EXPECT_EQ(at("__connect.errors.exception.stacktrace"),
              "org.apache.kafka.connect.errors.DataException: no JSON\n");
    EXPECT_EQ(place_and_reason(from, why), "orders-3@42: VALUE_CONVERTER: no JSON");
}

TEST(dead_letter, replaces_the_reason_of_the_time_before) {
    const kafka::header own[] = {
        {.key = "__connect.errors.topic", .value = base::as_bytes("elsewhere")},
        {.key = "__connect.errors.other", .value = base::as_bytes("kept")}};
    const dead_letter letter({.topic = "orders"}, {}, own);
    const auto headers = read(letter.headers());
    EXPECT_EQ(headers.size(), 11U);
    EXPECT_EQ(headers.count("__connect.errors.topic"), 1U);
    EXPECT_EQ(headers.find("__connect.errors.topic")->second, "orders");
}

TEST(verdict, follows_the_policy_and_a_dead_letter_topic_tolerates_all) {
    pipeline::error_policy policy;
    EXPECT_EQ(verdict_of(policy), verdict::fail);
    policy.tolerated = pipeline::tolerance::all;
    EXPECT_EQ(verdict_of(policy), verdict::skip);
    policy.tolerated = pipeline::tolerance::none;
    policy.dead_letter_topic = "dlq";
    EXPECT_EQ(verdict_of(policy), verdict::dead_letter);
}

TEST(retry_schedule, doubles_its_pauses_and_is_over_after_the_time) {
    pipeline::error_policy policy;
    policy.retry_for = std::chrono::seconds(10);
    policy.retry_backoff_min = std::chrono::milliseconds(200);
    policy.retry_backoff_max = std::chrono::milliseconds(500);
    retry_schedule schedule(policy);
    EXPECT_FALSE(schedule.is_over(1000));
    EXPECT_EQ(schedule.failed(1000), 200);
    EXPECT_EQ(schedule.failed(1200), 400);
    EXPECT_EQ(schedule.failed(1600), 500);
    EXPECT_FALSE(schedule.is_over(10999));
    EXPECT_TRUE(schedule.is_over(11000));
    schedule.succeeded();
    EXPECT_FALSE(schedule.is_over(20000));
    EXPECT_EQ(schedule.failed(20000), 200);
}

TEST(retry_schedule, goes_on_for_ever_without_a_limit) {
    retry_schedule schedule({});
    schedule.failed(0);
    EXPECT_FALSE(schedule.is_over(std::int64_t{1} << 50));
}

}  // namespace
}  // namespace weir::connect::errors
