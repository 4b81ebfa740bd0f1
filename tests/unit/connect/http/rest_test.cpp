// Goal: the REST interface answers what Kafka Connect's does. Method: the table of routes over a
// runtime that a test holds in its hand; bodies are compared with Connect's, word by word.
#include "connect/http/rest.hpp"

#include <gtest/gtest.h>

#include "connect/http/target.hpp"

namespace weir::connect::http {
namespace {

struct fixture : testing::Test {
    std::vector<connector_view> connectors{
        {.name = "shop",
         .type = "source",
         .state = "RUNNING",
         .worker_id = "127.0.0.1:8083",
         .config = {{"password", "${env:PG}"}, {"type", "postgres"}},
         .tasks = {{.id = 0, .state = "RUNNING", .worker_id = "127.0.0.1:8083"},
                   {.id = 1,
                    .state = "FAILED",
                    .worker_id = "127.0.0.1:8083",
                    .trace = "no such slot",
                    .config = {{"a", "b"}}}}},
        {.name = "lake", .type = "sink", .state = "PAUSED", .worker_id = "w"}};
    health_view health{.state = health_state::healthy};
    std::vector<std::string> orders;
    action_result refusal;

    response ask(const std::string& method, std::string_view text) {
        runtime from;
        from.worker = [] { return worker_view{.version = "0.1", .kafka_cluster_id = "abc"}; };
        from.health = [this] { return health; };
        from.connectors = [this] { return connectors; };
        from.plugins = [] {
            return std::vector<plugin_view>{{.name = "file", .type = "sink", .version = "1"}};
        };
        from.metrics.emplace_back([] {
            return std::vector<base::metric_family>{
                {.name = "a_total", .help = "A.", .samples = {{.value = 3}}}};
        });
        from.metrics.emplace_back([] {
            return std::vector<base::metric_family>{{.name = "b", .samples = {{.value = 4}}}};
        });
        from.act = [this](const std::string& name, connector_action what, restart_options how) {
            orders.push_back(name + std::to_string(static_cast<int>(what)) +
                             (how.include_tasks ? "t" : "") + (how.only_failed ? "f" : ""));
            return refusal;
        };
        from.restart_task = [this](const std::string& name, int task) {
            orders.push_back(name + "#" + std::to_string(task));
            return refusal;
        };
        const auto parsed = parse_target(text);
        request asked{.method = method,
                      .path = parsed->path,
                      .segments = parsed->segments,
                      .query = parsed->query};
        return router(rest_routes(std::move(from))).answer(asked);
    }
    std::string body(std::string_view text) { return ask("GET", text).body; }
};

using rest = fixture;

TEST_F(rest, the_worker_and_its_plugins_are_told) {
    EXPECT_EQ(body("/"), R"({"version":"0.1","commit":"","kafka_cluster_id":"abc"})");
    EXPECT_EQ(body("/connector-plugins"), R"([{"class":"file","type":"sink","version":"1"}])");
}

TEST_F(rest, connectors_are_listed_and_expanded) {
    EXPECT_EQ(body("/connectors"), R"(["shop","lake"])");
    const std::string lake_status =
        R"({"name":"lake","connector":{"state":"PAUSED","worker_id":"w"},"tasks":[],)"
        R"("type":"sink"})";
    const std::string lake_info = R"({"name":"lake","config":{},"tasks":[],"type":"sink"})";
    connectors.erase(connectors.begin());
    EXPECT_EQ(body("/connectors?expand=status"), R"({"lake":{"status":)" + lake_status + "}}");
    EXPECT_EQ(body("/connectors?expand=info&expand=status"),
              R"({"lake":{"status":)" + lake_status + R"(,"info":)" + lake_info + "}}");
    EXPECT_EQ(body("/connectors/lake"), lake_info);
    EXPECT_EQ(body("/connectors/lake/status"), lake_status);
}

TEST_F(rest, a_connector_and_its_tasks_are_shown) {
    EXPECT_EQ(body("/connectors/shop/config"), R"({"password":"${env:PG}","type":"postgres"})");
    EXPECT_EQ(body("/connectors/shop/tasks"),
              R"([{"id":{"connector":"shop","task":0},"config":{}},)"
              R"({"id":{"connector":"shop","task":1},"config":{"a":"b"}}])");
    EXPECT_EQ(body("/connectors/shop/tasks/1/status"),
              R"({"id":1,"state":"FAILED","worker_id":"127.0.0.1:8083","trace":"no such slot"})");
}

TEST_F(rest, what_is_not_there_is_told_in_the_words_of_connect) {
    const auto missing = [&](const char* method, std::string_view text, std::string_view message) {
        const auto answer = ask(method, text);
        EXPECT_EQ(answer.status, 404) << text;
        EXPECT_EQ(answer.body, R"({"error_code":404,"message":")" + std::string(message) + "\"}");
    };
    missing("GET", "/connectors/x", "Connector x not found");
    missing("GET", "/connectors/x/config", "Connector x not found");
    missing("GET", "/connectors/x/status", "No status found for connector x");
    missing("GET", "/connectors/shop/tasks/7/status", "No status found for task shop-7");
    missing("GET", "/connectors/shop/tasks/1x/status", "No status found for task shop-1x");
    missing("PUT", "/connectors/x/pause", "Unknown connector x");
    missing("POST", "/connectors/x/tasks/0/restart", "Unknown connector: x");
    missing("POST", "/connectors/shop/tasks/9/restart", "Unknown task: shop-9");
}

TEST_F(rest, orders_reach_the_worker) {
    EXPECT_EQ(ask("PUT", "/connectors/shop/pause").status, 202);
    EXPECT_EQ(ask("PUT", "/connectors/shop/resume").status, 202);
    EXPECT_EQ(ask("PUT", "/connectors/shop/stop").status, 204);
    EXPECT_EQ(ask("POST", "/connectors/shop/restart").status, 204);
    const auto all = ask("POST", "/connectors/shop/restart?includeTasks=true&onlyFailed=true");
    EXPECT_EQ(all.status, 202);
    EXPECT_TRUE(all.body.starts_with(R"({"name":"shop","connector":)")) << all.body;
    EXPECT_EQ(ask("POST", "/connectors/shop/tasks/1/restart").status, 204);
    EXPECT_EQ(orders,
              (std::vector<std::string>{"shop0", "shop1", "shop2", "shop3", "shop3tf", "shop#1"}));
    refusal = {.status = 409, .message = "It is being moved."};
    const auto refused = ask("PUT", "/connectors/shop/pause");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.body, R"({"error_code":409,"message":"It is being moved."})");
}

TEST_F(rest, connectors_are_changed_in_the_file_only) {
    for (const auto& [method, path] : text_pairs{{"POST", "/connectors"},
                                                 {"DELETE", "/connectors/shop"},
                                                 {"PUT", "/connectors/shop/config"},
                                                 {"PATCH", "/connectors/shop/config"}}) {
        const auto answer = ask(method, path);
        EXPECT_EQ(answer.status, 405);
        EXPECT_NE(answer.body.find("pipeline file"), std::string::npos) << answer.body;
    }
}

TEST_F(rest, health_is_that_of_the_worker_and_not_of_its_tasks) {
    auto answer = ask("GET", "/health");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"status":"healthy","message":"Worker has completed startup and is )"
                           R"(ready to handle requests."})");
    health.state = health_state::starting;
    answer = ask("GET", "/health");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, R"({"status":"starting","message":"Worker is still starting up."})");
    health = {.state = health_state::unhealthy, .message = "the broker is gone"};
    answer = ask("GET", "/health");
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, R"({"status":"unhealthy","message":"the broker is gone"})");
}

TEST_F(rest, metrics_of_all_that_give_some_are_one_page) {
    const auto page = ask("GET", "/metrics");
    EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_NE(page.body.find("a_total 3"), std::string::npos) << page.body;
    EXPECT_NE(page.body.find("\nb 4"), std::string::npos) << page.body;
}

TEST_F(rest, bytes_that_are_no_text_do_not_break_the_json) {
    connectors[1].tasks.push_back({.id = 0, .state = "FAILED", .trace = "\xff\"\n"});
    EXPECT_NE(body("/connectors/lake/status").find("\xef\xbf\xbd\\\"\\n"), std::string::npos);
}

}  // namespace
}  // namespace weir::connect::http
