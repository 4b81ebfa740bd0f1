// Goal: the pure parts of the HTTP sink: URLs, templates, retry rules, plans, replies, bodies.
// Method: examples with their borders; plans of random records against what a plan promises.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "connectors/http/batch_plan.hpp"
#include "connectors/http/body.hpp"
#include "connectors/http/credentials.hpp"
#include "connectors/http/judge.hpp"
#include "connectors/http/retry_policy.hpp"
#include "tests/unit/connectors/http/component.hpp"

namespace weir::connectors::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(url, is_taken_apart_and_shown_without_secrets) {
    const std::string scheme = "https://";
    const auto full = parse_url(scheme + "us%40er:p%3Aw@example:8443/a/b?token=x#part");
    ASSERT_TRUE(full);
    EXPECT_TRUE(full->tls);
    EXPECT_EQ(full->user, "us@er");
    EXPECT_EQ(full->password, "p:w");
    EXPECT_EQ(full->target, "/a/b?token=x");
    EXPECT_EQ(full->shown(), scheme + "example:8443/a/b");
    EXPECT_EQ(parse_url("http://[::1]?q")->authority(), "[::1]");
    EXPECT_EQ(parse_url("http://[::1]?q")->target, "/?q");
    EXPECT_EQ(parse_url("http://localhost")->port, "80");
    EXPECT_FALSE(parse_url("") || parse_url("localhost") ||
                 parse_url("ftp:"
                           "//localhost"));
    for (const auto* wrong : {":0", ":70000", " b/", "\r\n/", ":b:c/", "@"})
        EXPECT_FALSE(parse_url("http://localhost" + std::string(wrong))) << wrong;
    for (const auto* wrong : {"", "[::1/", ":80", "?x"})
        EXPECT_FALSE(parse_url(scheme + wrong)) << wrong;
}

TEST(url, sees_the_segments_that_climb) {
    for (const auto* climbs : {"/..", "/a/../b", "/a/%2e%2E/b", "/.", "/a/.?x"})
        EXPECT_TRUE(has_dot_segment(climbs)) << climbs;
    for (const auto* stays : {"/", "/a..b/", "/...", "/a?x=/../", "/.a"})
        EXPECT_FALSE(has_dot_segment(stays)) << stays;
}

TEST(record_template, writes_what_a_record_has) {
    record_list records;
    const auto& record = records.add("a b/%", "1", 3);
    const auto made =
        record_template::compile("/{topic}/{partition}/{key}/{offset}/{ts:%Y-%j}{{}}");
    ASSERT_TRUE(made) << made.error();
    std::string text;
    ASSERT_TRUE(made->expand(record, escape::url, text));
    EXPECT_EQ(text, "/orders/3/a%20b%2F%25/0/2023-318{}");
    for (const auto* wrong : {"{", "}", "{no}", "{ts:}", "{ts:%Q}", "{ts:%"})
        EXPECT_FALSE(record_template::compile(wrong)) << wrong;
}

TEST(retry_after, is_seconds_or_one_of_the_three_forms_of_a_date) {
    const std::int64_t now = 784111777 * std::int64_t{1000} - 5000;
    EXPECT_EQ(parse_retry_after(" 120 ", now), 120'000);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 5000);
    EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now), 5000);
    EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:37 1994", now), 5000);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), 0);
    EXPECT_EQ(parse_retry_after("99999999999", now), retry_after_ms_max);
    for (const auto* wrong : {"", "-1", "soon", "Sun, 06 Nov", "Sun, 31 Feb 2024 08:00:00 GMT",
                              "Sun, 06 Nov 1994 25:00:00 GMT"})
        EXPECT_FALSE(parse_retry_after(wrong, now)) << wrong;
}

TEST(retry_policy, doubles_its_backoff_with_jitter_up_to_the_maximum) {
    retry_policy policy;
    std::tie(policy.backoff_min_ms, policy.backoff_max_ms) = *parse_backoff("100ms..1s");
    for (std::uint64_t random = 0; random < 2000; random += 7) {
        EXPECT_GE(policy.backoff_ms(1, random), 50);
        EXPECT_LE(policy.backoff_ms(1, random), 100);
        EXPECT_LE(policy.backoff_ms(3, random), 400);
        EXPECT_GE(policy.backoff_ms(60, random), 500);
        EXPECT_LE(policy.backoff_ms(60, random), 1000);
    }
    EXPECT_TRUE(policy.covers(599) && policy.covers(408) && !policy.covers(404));
    EXPECT_EQ(parse_status_rule("5xx")->last, 599);
    for (const auto* wrong : {"", "2xx", "200", "6xx", "5x", "abc", "0429"})
        EXPECT_FALSE(parse_status_rule(wrong)) << wrong;
    for (const auto* wrong : {"", "..", "1s..", "2s..1s", "0ms..1s", "1"})
        EXPECT_FALSE(parse_backoff(wrong)) << wrong;
}

// What a plan promises, for records of which `keys` have an order.
void check_plan(std::span<const record_facts> records, const plan_limits& limits) {
    batch_plan plan;
    plan.make(records, limits);
    std::vector<int> seen(records.size(), 0);
    std::map<std::uint64_t, std::uint32_t> lane_of;
    std::map<std::uint64_t, std::uint32_t> last_of;
    for (std::uint32_t request = 0; request < plan.requests().size(); ++request) {
        const auto& of = plan.requests()[request];
        ASSERT_LE(of.count, limits.records_max);
        ASSERT_TRUE(of.bytes <= limits.bytes_max || of.count == 1);
        ASSERT_LT(of.lane, plan.lanes());
        for (const auto number : plan.records_of(request)) {
            const auto& record = records[number];
            ++seen[number];
            ASSERT_EQ(record.destination, records[plan.records_of(request)[0]].destination);
            if (record.order == 0) continue;
            ASSERT_EQ(lane_of.try_emplace(record.order, of.lane).first->second, of.lane);
            const auto [last, is_first] = last_of.try_emplace(record.order, number);
            ASSERT_TRUE(is_first || last->second < number);
            last->second = number;
        }
    }
    for (std::size_t number = 0; number < records.size(); ++number)
        ASSERT_EQ(seen[number], records[number].left_out ? 0 : 1);
    ASSERT_LE(plan.lanes(), limits.lanes_max);
}

TEST(batch_plan, has_every_record_once_and_each_key_in_order) {
    std::mt19937 random(1);
    for (int round = 0; round < 500; ++round) {
        plan_limits limits;
        limits.records_max = 1 + random() % 20;
        limits.bytes_max = 1 + random() % 500;
        limits.lanes_max = 1 + random() % 6;
        limits.gathers = random() % 2 == 0;
        const auto keys = 1 + random() % 50;
        std::vector<record_facts> records(random() % 300);
        for (auto& each : records) {
            const auto key = random() % keys;
            // Where records are gathered, the destination follows from the key.
            each.order = key == 0 ? 0 : key * 77;
            each.destination = limits.gathers ? key % 3 : random() % 3;
            each.bytes = random() % 100;
            each.left_out = random() % 10 == 0;
        }
        check_plan(records, limits);
    }
}

TEST(batch_plan, makes_full_requests_for_all_lanes) {
    std::vector<record_facts> records(8000);
    for (std::size_t number = 0; number < records.size(); ++number)
        records[number].order = number % 1000 + 1;
    batch_plan plan;
    plan.make(records, {});
    EXPECT_EQ(plan.requests().size(), 16U);
    EXPECT_EQ(plan.lanes(), 4U);
    plan.make(std::span(records).first(100), {});
    EXPECT_EQ(plan.requests().size(), 1U);
}

TEST(body, escapes_what_stands_in_json) {
    std::string text;
    append_json_text("a\"b\\\n\x01 \xc3\xbc \xff", text);
    EXPECT_EQ(text, "a\\\"b\\\\\\u000a\\u0001 \xc3\xbc \xef\xbf\xbd");
}

TEST(body, names_other_records_by_another_key_of_idempotency) {
    record_list records;
    for (int number = 0; number < 5; ++number)
        records.add("k", "1");
    const std::vector<std::uint32_t> all = {0, 1, 2, 3, 4};
    const std::vector<std::uint32_t> some = {0, 2, 4};
    const std::vector<std::uint32_t> others = {0, 1, 4};
    EXPECT_EQ(idempotency_key(records.all, all), "orders-0-0-4");
    EXPECT_THAT(idempotency_key(records.all, some), HasSubstr("orders-0-0-4-"));
    EXPECT_NE(idempotency_key(records.all, some), idempotency_key(records.all, others));
    EXPECT_EQ(idempotency_key(records.all, some), idempotency_key(records.all, some));
}

TEST(json_reply, reads_the_results_of_items) {
    const auto fine = parse_bulk_reply(R"({"took":1,"errors":false,"items":[{)", 5);
    ASSERT_TRUE(fine);
    EXPECT_FALSE(fine->has_errors);
    const auto mixed = parse_bulk_reply(
        R"({"items":[{"index":{"status":201,"_shards":{"status":1}}},{"create":{"status":400,
        "error":{"type":"t","reason":"r","caused_by":{"type":"x"}}}},
        {"index":{"error":"plain","status":429}}],"errors":true})",
        3);
    ASSERT_TRUE(mixed) << mixed.error();
    EXPECT_EQ(mixed->items[0].status, 201);
    EXPECT_EQ(mixed->items[1].error, "t: r");
    EXPECT_EQ(mixed->items[2].error, "plain");
    EXPECT_EQ(mixed->items[2].status, 429);
    for (const auto* wrong :
         {"", "[]", "{}", "null", R"({"errors":true})", R"({"errors":true,"items":[{},{},{},{}]})",
          R"({"errors":true,"items":[{},{}]})"})
        EXPECT_FALSE(parse_bulk_reply(wrong, 3)) << wrong;
}

TEST(judge, leaves_no_secret_and_no_line_break_in_a_reason) {
    answer given;
    given.status = 403;
    given.body = "token\nabcdef is wrong, abcdef!";
    auto text = judge(given, {}, 0).reason;
    const std::vector<std::string> secrets = {"abcdef", ""};
    scrub(text, secrets);
    EXPECT_EQ(text, "HTTP 403: token **** is wrong, ****!");
}

TEST(credentials, are_encoded_as_their_standards_say) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(parse_token_reply(R"({"access_token":"a","expires_in":"60"})")->expires_in_s, 60);
    for (const auto* wrong :
         {"", "{}", R"({"access_token":"a b"})", R"({"access_token":"a\r\nb"})"})
        EXPECT_FALSE(parse_token_reply(wrong)) << wrong;
}

TEST(token_cache, renews_a_token_before_it_runs_out) {
    token_cache cache;
    EXPECT_TRUE(cache.wants_fetch(0));
    cache.fetching();
    EXPECT_FALSE(cache.wants_fetch(0));
    cache.fetched({"a", 100}, 0);
    EXPECT_TRUE(cache.is_usable(99'999));
    EXPECT_FALSE(cache.wants_fetch(79'999));
    EXPECT_TRUE(cache.wants_fetch(80'000));
    cache.refused(cache.number() + 1);
    EXPECT_TRUE(cache.is_usable(1));
    cache.refused(cache.number());
    EXPECT_FALSE(cache.is_usable(1));
    EXPECT_TRUE(cache.wants_fetch(1));
}

}  // namespace
}  // namespace weir::connectors::http
