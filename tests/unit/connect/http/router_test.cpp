// Goal: requests find their routes, and what is wrong with them is told in the form of Connect.
// Method: targets and tables by hand; no sockets.
#include <gtest/gtest.h>

#include "connect/http/router.hpp"
#include "connect/http/target.hpp"

namespace weir::connect::http {
namespace {

request asked(const std::string& method, std::string_view text) {
    const auto parsed = parse_target(text);
    EXPECT_TRUE(parsed) << text;
    return {.method = method,
            .path = parsed->path,
            .segments = parsed->segments,
            .query = parsed->query};
}

handler says(const std::string& text) {
    return [text](const request& which) {
        auto body = text;
        for (const auto& each : which.parameters)
            body += "|" + each;
        return response{.body = body};
    };
}

router table() {
    return router({{"GET", "/", says("root")},
                   {"GET", "/connectors", says("all")},
                   {"GET", "/connectors/{connector}", says("one")},
                   {"DELETE", "/connectors/{connector}", says("gone")},
                   {"POST", "/connectors/{connector}/tasks/{task}/restart", says("restart")},
                   {"GET", "/fails", [](const request&) -> response {
                        throw std::runtime_error("a \"quoted\"\nreason");
                    }}});
}

TEST(target, path_and_query_are_decoded) {
    const auto parsed = parse_target("/connectors/a%20b%2Fc+d/?expand=info&expand=a+b%26&x");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->segments, (std::vector<std::string>{"connectors", "a b/c+d"}));
    EXPECT_EQ(parsed->query, (text_pairs{{"expand", "info"}, {"expand", "a b&"}, {"x", ""}}));
    EXPECT_EQ(parsed->path, "/connectors/a%20b%2Fc+d/");
}

TEST(target, what_is_no_path_is_refused) {
    for (const auto* each : {"", "*", "connectors", "/%", "/%2", "/%zz", "/a?b=%1", "?a=b"})
        EXPECT_FALSE(parse_target(each)) << each;
    EXPECT_FALSE(parse_target("/" + std::string(target_size_max, 'a')));
    std::string deep;
    for (std::size_t each = 0; each <= segments_max; ++each)
        deep += "/a";
    EXPECT_FALSE(parse_target(deep));
}

TEST(target, an_absolute_form_is_its_path) {
    const auto parsed = parse_target("http://127.0.0.1:8083/health?a=b");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->segments, std::vector<std::string>{"health"});
    EXPECT_TRUE(parse_target("http://127.0.0.1")->segments.empty());
}

TEST(router, patterns_give_parameters) {
    auto one = asked("GET", "/connectors/shop%2Fa");
    EXPECT_EQ(table().answer(one).body, "one|shop/a");
    auto task = asked("POST", "/connectors/shop/tasks/0/restart");
    EXPECT_EQ(table().answer(task).body, "restart|shop|0");
    auto slash = asked("GET", "/connectors/");
    EXPECT_EQ(table().answer(slash).body, "all");
    auto root = asked("GET", "/");
    EXPECT_EQ(table().answer(root).body, "root");
}

TEST(router, what_is_not_there_is_404_and_a_wrong_method_405) {
    auto nothing = asked("GET", "/nothing");
    const auto missing = table().answer(nothing);
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.body, R"({"error_code":404,"message":"HTTP 404 Not Found"})");
    auto put = asked("PUT", "/connectors/shop");
    const auto wrong = table().answer(put);
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.body, R"({"error_code":405,"message":"HTTP 405 Method Not Allowed"})");
    EXPECT_EQ(wrong.headers, (text_pairs{{"Allow", "GET, HEAD, DELETE"}}));
}

TEST(router, a_handler_that_throws_is_500_with_its_reason) {
    auto fails = asked("GET", "/fails");
    const auto answer = table().answer(fails);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, R"({"error_code":500,"message":"a \"quoted\"\u000areason"})");
}

}  // namespace
}  // namespace weir::connect::http
