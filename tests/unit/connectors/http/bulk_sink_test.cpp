// Goal: each item of a _bulk reply decides about its own record. Method: the task against a server
// of this process with the semantics of _bulk: items fail one by one, documents are kept by id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "connectors/http/http_sink.hpp"
#include "tests/unit/connectors/http/component.hpp"
#include "tests/unit/connectors/http/stub_server.hpp"

namespace weir::connectors::http {
namespace {

using nlohmann::json;
using testing::HasSubstr;

using task = sink_task<http_sink>;

// An index as Elasticsearch keeps it. `fails` gives the status of an item, 0 to let it be.
class bulk_index {
  public:
    using failure = std::function<int(const std::string& id, const json& document)>;
    explicit bulk_index(failure fails) : fails_(std::move(fails)) {}

    stub_reply answer(const stub_request& request) {
        const std::lock_guard lock(mutex_);
        std::istringstream lines(request.body);
        std::string line;
        json items = json::array();
        bool has_errors = false;
        while (std::getline(lines, line)) {
            const auto action = json::parse(line);
            const auto operation = action.begin().key();
            json document;
            if (operation != "delete" && std::getline(lines, line)) document = json::parse(line);
            auto result = take(operation, action.begin().value(), document);
            has_errors = has_errors || result["status"] >= 300;
            items.push_back({{operation, result}});
        }
        return {.body = json{{"took", 3}, {"errors", has_errors}, {"items", items}}.dump()};
    }

    std::map<std::string, json> documents;
    std::map<std::string, int> taken;  // by id
    std::set<std::string> indexes;

  private:
    json take(const std::string& operation, const json& about, const json& document) {
        const std::string id = about["_id"];
        indexes.insert(about["_index"].get<std::string>());
        json out = {{"_index", about["_index"]}, {"_id", id}, {"status", 200}};
        if (const int status = fails_(id, document); status != 0) {
            out["status"] = status;
            out["error"] = {{"type", status == 400 ? "mapper_parsing_exception" : "rejected"},
                            {"reason", "item " + id},
                            {"caused_by", {{"type", "inner"}, {"reason", "inner"}}}};
            return out;
        }
        ++taken[id];
        if (operation == "create" && documents.contains(id)) {
            out["status"] = 409;
            out["error"] = {{"type", "version_conflict_engine_exception"}, {"reason", "exists"}};
        } else if (operation == "delete") {
            out["status"] = documents.erase(id) == 0 ? 404 : 200;
        } else {
            documents[id] = operation == "update" ? document["doc"] : document;
        }
        return out;
    }

    failure fails_;
    std::mutex mutex_;
};

written_settings settings_for(const stub_server& server, written_settings with = {}) {
    with.try_emplace("url", server.url());
    with.try_emplace("retry.backoff", "5ms..20ms");
    return with;
}

record_list documents(int count) {
    record_list out;
    for (int number = 0; number < count; ++number)
        out.add("k" + std::to_string(number), "{\"n\":" + std::to_string(number) + "}");
    return out;
}

TEST(bulk_sink, tries_only_the_items_again_that_may_heal) {
    std::map<std::string, int> tries;
    bulk_index index([&](const std::string& id, const json& document) {
        const int n = document["n"];
        if (n == 7) return 400;
        return n % 10 == 3 && ++tries[id] < 3 ? (n == 13 ? 503 : 429) : 0;
    });
    stub_server server([&](const stub_request& request) { return index.answer(request); });
    task sink(elasticsearch_option_table(), settings_for(server));
    auto records = documents(50);
    const auto results = sink.put(records.all);
    EXPECT_EQ(index.documents.size(), 49U);
    for (const auto& [id, count] : index.taken)
        EXPECT_EQ(count, 1) << id;
    for (std::size_t number = 0; number < 50; ++number)
        EXPECT_EQ(results[number].status, number == 7 ? WEIR_BAD_RECORD : WEIR_OK) << number;
    EXPECT_EQ(sdk::view(results[7].reason),
              "status 400, mapper_parsing_exception: item orders-0-7");
    EXPECT_EQ(server.requests().at(0).target, "/_bulk");
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(bulk_sink, keeps_the_last_document_of_a_key_when_an_earlier_one_is_tried_again) {
    int tries = 0;
    bulk_index index([&](const std::string& id, const json& document) {
        return id == "b" && document["n"] == 1 && ++tries < 3 ? 429 : 0;
    });
    stub_server server([&](const stub_request& request) { return index.answer(request); });
    task sink(elasticsearch_option_table(), settings_for(server, {{"id", "key"}}));
    record_list records;
    for (int number = 0; number < 4; ++number) {
        for (const auto* key : {"a", "b"})
            records.add(key, "{\"n\":" + std::to_string(number) + "}");
    }
    for (const auto& each : sink.put(records.all))
        EXPECT_EQ(each.status, WEIR_OK);
    EXPECT_EQ(index.documents.at("a")["n"], 3);
    EXPECT_EQ(index.documents.at("b")["n"], 3);
}

TEST(bulk_sink, takes_a_conflict_with_its_own_id_for_a_replay) {
    bulk_index index([](const std::string&, const json&) { return 0; });
    stub_server server([&](const stub_request& request) { return index.answer(request); });
    task sink(elasticsearch_option_table(), settings_for(server, {{"op", "create"}}));
    auto records = documents(20);
    for (int round = 0; round < 2; ++round) {
        for (const auto& each : sink.put(records.all))
            EXPECT_EQ(each.status, WEIR_OK);
    }
    EXPECT_EQ(index.documents.size(), 20U);
    EXPECT_EQ(index.taken.at("orders-0-5"), 2);
}

TEST(bulk_sink, deletes_the_document_of_a_tombstone) {
    bulk_index index([](const std::string&, const json&) { return 0; });
    stub_server server([&](const stub_request& request) { return index.answer(request); });
    task sink(elasticsearch_option_table(),
              settings_for(server, {{"id", "key"}, {"index", "{topic}-{ts:%Y.%m.%d}"}}));
    record_list records;
    records.topic = "Orders";
    records.add("a", "{\"n\":1}");
    records.add("a", {});
    records.add("b", {});
    records.add("c", "{\"n\":2}");
    records.add({}, "{\"n\":3}");
    const auto results = sink.put(records.all);
    EXPECT_EQ(index.documents.size(), 1U);
    EXPECT_TRUE(index.documents.contains("c"));
    EXPECT_EQ(*index.indexes.begin(), "orders-2023.11.14");
    EXPECT_EQ(results[2].status, WEIR_OK);
    EXPECT_EQ(results[4].status, WEIR_BAD_RECORD);
    EXPECT_THAT(std::string(sdk::view(results[4].reason)), HasSubstr("no key"));
}

TEST(bulk_sink, tries_all_again_when_the_reply_makes_no_sense) {
    std::atomic<int> count = 0;
    bulk_index index([](const std::string&, const json&) { return 0; });
    stub_server server([&](const stub_request& request) {
        return ++count == 1 ? stub_reply{.body = "<html>"} : index.answer(request);
    });
    task sink(elasticsearch_option_table(), settings_for(server, {{"op", "update"}}));
    auto records = documents(5);
    for (const auto& each : sink.put(records.all))
        EXPECT_EQ(each.status, WEIR_OK);
    EXPECT_EQ(count, 2);
    EXPECT_EQ(index.documents.at("orders-0-4")["n"], 4);
}

}  // namespace
}  // namespace weir::connectors::http
