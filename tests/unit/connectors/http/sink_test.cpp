// Goal: every record of a put() has the result that the server's answers give it, in order within a
// key, whatever the server does. Method: the task through the ABI's table against a server of this
// process; lost, repeated and reordered records are counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "connectors/http/gzip.hpp"
#include "connectors/http/http_sink.hpp"
#include "tests/unit/connectors/http/component.hpp"
#include "tests/unit/connectors/http/stub_server.hpp"

namespace weir::connectors::http {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

using task = sink_task<http_sink>;

written_settings fast(written_settings with) {
    with.try_emplace("retry.backoff", "5ms..20ms");
    with.try_emplace("batch.max", "10");
    return with;
}

std::size_t count_of(const std::vector<weir_result>& results, weir_status status) {
    return static_cast<std::size_t>(
        std::ranges::count(results, static_cast<uint32_t>(status), &weir_result::status));
}

std::string numbered(std::string_view key, int number) {
    return "{\"k\":\"" + std::string(key) + "\",\"n\":" + std::to_string(number) + "}";
}

record_list numbered_records(int count, int keys) {
    record_list out;
    for (int number = 0; number < count; ++number) {
        const auto key = "k" + std::to_string(number % keys);
        out.add(key, numbered(key, number));
    }
    return out;
}

TEST(http_sink, sends_records_as_a_json_array_with_a_key_of_idempotency) {
    stub_server server([](const stub_request&) { return stub_reply{}; });
    task sink(http_option_table(), {{"url", server.url() + "/in/{topic}?p={partition}"}});
    ASSERT_EQ(sink.status, WEIR_OK) << sink.reason();
    auto records = numbered_records(3, 3);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 3U);
    const auto got = server.requests();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].method, "POST");
    EXPECT_EQ(got[0].target, "/in/orders?p=0");
    EXPECT_EQ(got[0].body,
              "[" + numbered("k0", 0) + "," + numbered("k1", 1) + "," + numbered("k2", 2) + "]");
    EXPECT_EQ(got[0].headers.at("content-type"), "application/json");
    EXPECT_EQ(got[0].headers.at("idempotency-key"), "orders-0-0-2");
}

TEST(http_sink, keeps_order_within_a_key_and_loses_nothing_over_failures) {
    std::mt19937 random(7);
    std::mutex mutex;
    std::map<std::string, std::vector<int>> accepted;
    stub_server server([&](const stub_request& request) {
        const std::lock_guard lock(mutex);
        const auto dice = random() % 10;
        if (dice == 0) return stub_reply{.status = 500};
        if (dice == 1) return stub_reply{.status = 429};
        if (dice == 2) return stub_reply{.resets = true};
        for (const auto& each : json::parse(request.body))
            accepted[each["k"]].push_back(each["n"]);
        return stub_reply{.closes = dice == 3};
    });
    task sink(http_option_table(), fast({{"url", server.url()}}));
    auto records = numbered_records(2000, 37);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 2000U);
    std::set<int> seen;
    std::size_t total = 0;
    std::size_t reordered = 0;
    for (const auto& [key, numbers] : accepted) {
        total += numbers.size();
        seen.insert(numbers.begin(), numbers.end());
        reordered += static_cast<std::size_t>(!std::ranges::is_sorted(numbers));
    }
    const auto lost = 2000 - seen.size();
    const auto duplicated = total - seen.size();
    std::printf("lost %zu, duplicated %zu, reordered keys %zu\n", lost, duplicated, reordered);
    EXPECT_EQ(lost + duplicated + reordered, 0U);
}

TEST(http_sink, refuses_the_records_of_a_request_that_is_answered_with_400) {
    stub_server server([](const stub_request& request) {
        const bool is_bad = request.body.find("\"n\":3") != std::string::npos;
        return is_bad ? stub_reply{.status = 400, .body = "no\nthree"} : stub_reply{};
    });
    task sink(http_option_table(), fast({{"url", server.url()}, {"body", "single"}}));
    auto records = numbered_records(6, 2);
    const auto results = sink.put(records.all);
    EXPECT_EQ(count_of(results, WEIR_OK), 5U);
    EXPECT_EQ(results[3].status, WEIR_BAD_RECORD);
    EXPECT_EQ(sdk::view(results[3].reason), "HTTP 400: no three");
}

TEST(http_sink, gives_up_a_request_after_the_time_that_it_may_take) {
    stub_server server(
        [](const stub_request&) { return stub_reply{.status = 503, .body = "busy"}; });
    task sink(http_option_table(), fast({{"url", server.url()}, {"retry.for", "60ms"}}));
    auto records = numbered_records(5, 5);
    const auto results = sink.put(records.all);
    EXPECT_EQ(count_of(results, WEIR_BAD_RECORD), 5U);
    EXPECT_EQ(sdk::view(results[0].reason), "HTTP 503: busy");
    EXPECT_GT(server.requests().size(), 2U);
}

TEST(http_sink, gives_records_back_while_the_server_is_away) {
    unsigned short port = 0;
    {
        stub_server server([](const stub_request&) { return stub_reply{}; });
        port = server.port();
    }
    const auto url = std::string("http://") + "user:hidden@127.0.0.1:" + std::to_string(port);
    task sink(http_option_table(), fast({{"url", url}, {"retry.for", "50ms"}}));
    auto records = numbered_records(25, 25);
    const auto results = sink.put(records.all);
    EXPECT_EQ(count_of(results, WEIR_RETRY), 25U);
    std::string reasons;
    for (const auto& each : results)
        reasons += std::string(sdk::view(each.reason));
    EXPECT_THAT(reasons, HasSubstr("onnection refused"));
    EXPECT_THAT(reasons, Not(HasSubstr("hidden")));
    stub_server server([](const stub_request&) { return stub_reply{}; }, port);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 25U);
    EXPECT_EQ(server.requests()[0].headers.at("authorization"), "Basic dXNlcjpoaWRkZW4=");
}

TEST(http_sink, waits_as_long_as_the_server_asks_for_with_everything) {
    std::mutex mutex;
    std::vector<std::chrono::steady_clock::time_point> times;
    stub_server server([&](const stub_request&) {
        const std::lock_guard lock(mutex);
        times.push_back(std::chrono::steady_clock::now());
        if (times.size() > 1) return stub_reply{};
        return stub_reply{.status = 429, .headers = {{"Retry-After", "1"}}};
    });
    task sink(http_option_table(), fast({{"url", server.url()}, {"in_flight", "1"}}));
    auto records = numbered_records(30, 30);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 30U);
    ASSERT_EQ(times.size(), 4U);
    EXPECT_GE(times[1] - times[0], std::chrono::milliseconds(990));
}

TEST(http_sink, stops_soon_and_gives_back_what_was_not_answered) {
    stub_server server([](const stub_request&) { return stub_reply{.hangs = true}; });
    task sink(http_option_table(), fast({{"url", server.url()}}));
    auto records = numbered_records(100, 100);
    std::vector<weir_result> results;
    std::thread putting([&] { results = sink.put(records.all); });
    while (server.requests().size() < 4)
        std::this_thread::yield();
    const auto begin = std::chrono::steady_clock::now();
    sink.request_stop();
    putting.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
    EXPECT_EQ(count_of(results, WEIR_RETRY), 100U);
}

TEST(http_sink, times_a_request_out_and_tries_it_again) {
    std::atomic<int> count = 0;
    stub_server server([&](const stub_request&) { return stub_reply{.hangs = ++count == 1}; });
    task sink(http_option_table(), fast({{"url", server.url()}, {"timeout.request", "100ms"}}));
    auto records = numbered_records(5, 5);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 5U);
    EXPECT_EQ(server.requests().size(), 2U);
    ASSERT_FALSE(sink.host.lines.empty());
    EXPECT_THAT(sink.host.lines[0], HasSubstr("timed out"));
}

TEST(http_sink, uses_connections_again) {
    stub_server server([](const stub_request&) { return stub_reply{.body = "fine"}; });
    task sink(http_option_table(), fast({{"url", server.url()}}));
    for (int round = 0; round < 5; ++round) {
        auto records = numbered_records(100, 100);
        EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 100U);
    }
    EXPECT_EQ(server.requests().size(), 50U);
    EXPECT_LE(server.connections(), 4U);
}

TEST(http_sink, follows_redirects_of_the_same_host_only) {
    stub_server other([](const stub_request&) { return stub_reply{}; });
    stub_server server([&](const stub_request& request) {
        if (request.target == "/a")
            return stub_reply{.status = 307, .headers = {{"Location", "/b"}}};
        if (request.target == "/c")
            return stub_reply{.status = 308, .headers = {{"Location", other.url() + "/"}}};
        return stub_reply{};
    });
    auto records = numbered_records(1, 1);
    task moved(http_option_table(), fast({{"url", server.url() + "/a"}}));
    EXPECT_EQ(count_of(moved.put(records.all), WEIR_OK), 1U);
    EXPECT_EQ(server.requests().back().target, "/b");
    task away(http_option_table(), fast({{"url", server.url() + "/c"}}));
    const auto results = away.put(records.all);
    EXPECT_EQ(results[0].status, WEIR_BAD_RECORD);
    EXPECT_THAT(std::string(sdk::view(results[0].reason)), HasSubstr("another port"));
    EXPECT_TRUE(other.requests().empty());
}

TEST(http_sink, refuses_records_whose_url_would_climb) {
    stub_server server([](const stub_request&) { return stub_reply{}; });
    task sink(http_option_table(), fast({{"url", server.url() + "/in/{key}"}}));
    record_list records;
    records.add("..", "1");
    records.add("a/b ü", "2");
    records.add({}, "3");
    const auto results = sink.put(records.all);
    EXPECT_EQ(results[0].status, WEIR_BAD_RECORD);
    EXPECT_EQ(results[1].status, WEIR_OK);
    EXPECT_EQ(results[2].status, WEIR_BAD_RECORD);
    EXPECT_EQ(server.requests().at(0).target, "/in/a%2Fb%20%C3%BC");
}

TEST(http_sink, gathers_the_records_of_a_key_for_its_url) {
    stub_server server([](const stub_request&) { return stub_reply{}; });
    task sink(http_option_table(), fast({{"url", server.url() + "/{key}"}}));
    auto records = numbered_records(40, 5);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 40U);
    EXPECT_EQ(server.requests().size(), 5U);
}

TEST(http_sink, fetches_a_token_and_another_one_when_it_is_not_taken) {
    std::atomic<int> tokens = 0;
    std::atomic<int> refused = 0;
    stub_server server([&](const stub_request& request) {
        if (request.target == "/token") {
            if (request.body != "grant_type=client_credentials&scope=a%20b")
                return stub_reply{.status = 400};
            if (++tokens == 1) return stub_reply{.status = 503};
            const auto token = "secret-token-" + std::to_string(tokens);
            return stub_reply{.body = json{{"access_token", token}, {"expires_in", 3600}}.dump()};
        }
        const auto& sent = request.headers.at("authorization");
        // The first token runs out before its time.
        if (sent == "Bearer secret-token-2" && ++refused > 1)
            return stub_reply{.status = 401, .body = "bad " + sent};
        return stub_reply{};
    });
    task sink(http_option_table(), fast({{"url", server.url() + "/in"},
                                         {"auth.type", "oauth2"},
                                         {"auth.token_url", server.url() + "/token"},
                                         {"auth.client_id", "weir"},
                                         {"auth.client_secret", "hush-hush"},
                                         {"auth.scope", "a b"}}));
    auto records = numbered_records(200, 200);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 200U);
    EXPECT_EQ(tokens, 3);
    for (const auto& line : sink.host.lines)
        EXPECT_THAT(line, Not(HasSubstr("secret-token")));
}

TEST(http_sink, compresses_bodies_when_told_to) {
    stub_server server([](const stub_request&) { return stub_reply{}; });
    task sink(http_option_table(), fast({{"url", server.url()}, {"compression", "gzip"}}));
    auto records = numbered_records(3, 3);
    EXPECT_EQ(count_of(sink.put(records.all), WEIR_OK), 3U);
    const auto got = server.requests().at(0);
    std::string plain;
    EXPECT_EQ(got.headers.at("content-encoding"), "gzip");
    ASSERT_TRUE(gunzip(got.body, 1 << 20, plain));
    EXPECT_EQ(json::parse(plain).size(), 3U);
}

TEST(http_sink, tells_what_is_wrong_with_its_options) {
    task sink(http_option_table(), {{"url", "http://{topic}/"},
                                    {"retry.backoff", "fast"},
                                    {"headers", "Host,x,A,{no}"},
                                    {"auth.type", "oauth2"}});
    EXPECT_EQ(sink.status, WEIR_FATAL);
    for (const auto* part : {"behind the host", "retry.backoff", "Host is set", "{no}",
                             "auth.client_id", "auth.token_url"})
        EXPECT_THAT(sink.reason(), HasSubstr(part));
}

}  // namespace
}  // namespace weir::connectors::http
