// Goal: what connectors were told survives the process, without the values of secrets. Method: a
// file in a directory of the test, opened again; its bytes searched.
#include "connect/stores/component_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace weir::connect::stores {
namespace {

class component_files : public testing::Test {
  protected:
    component_files()
        : root_(std::filesystem::temp_directory_path() /
                ("weir-components-test-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(root_);
    }
    ~component_files() override { std::filesystem::remove_all(root_); }

    static plugin::component_settings settings() {
        return {"shop",
                "data",
                {{.name = "rate", .type = WEIR_OPTION_INTEGER, .integer = 7, .written = "7"},
                 {.name = "tables", .type = WEIR_OPTION_LIST, .items = {"a", "b"}},
                 {.name = "dsn",
                  .text = "host=db password=hunter2",
                  .written = "host=db password=${env:PW}",
                  .secret = true}}};
    }

    std::filesystem::path root_;
};

TEST_F(component_files, remember_settings_and_no_secrets) {
    const seen_component what{.kind = pipeline::component_kind::source,
                              .type = "postgres",
                              .settings = to_text(settings()),
                              .data_dir = "data/shop"};
    {
        auto store = component_store::open(root_);
        ASSERT_TRUE(store.has_value());
        ASSERT_TRUE(store->put("source.shop", what).has_value());
    }
    std::ifstream file(root_ / "components.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    EXPECT_NE(text.find("${env:PW}"), std::string::npos);

    auto store = component_store::open(root_);
    ASSERT_TRUE(store.has_value());
    ASSERT_EQ(store->all().count("source.shop"), 1U);
    EXPECT_EQ(store->all().at("source.shop"), what);
    const auto back = from_text(what, "shop", [](const std::string& written) {
        EXPECT_EQ(written, "host=db password=${env:PW}");
        return std::optional<std::string>("host=db password=hunter2");
    });
    EXPECT_EQ(to_text(back), what.settings);
    for (const auto& each : back.all()) {
        if (each.name == "dsn") EXPECT_EQ(each.text, "host=db password=hunter2");
        if (each.name == "rate") EXPECT_EQ(each.integer, 7);
    }
    ASSERT_TRUE(store->remove("source.shop").has_value());
    EXPECT_TRUE(component_store::open(root_)->all().empty());
}

TEST_F(component_files, say_that_they_are_damaged) {
    std::filesystem::create_directories(root_);
    std::ofstream(root_ / "components.json") << "{\"source.shop\": 1";
    const auto store = component_store::open(root_);
    ASSERT_FALSE(store.has_value());
    EXPECT_NE(store.error().find("components.json"), std::string::npos);
}

}  // namespace
}  // namespace weir::connect::stores
