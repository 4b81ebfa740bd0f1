// Goal: a connector written with the SDK keeps the ABI's rules without doing anything for it.
// Method: a plugin of this file is called through the entry symbol, as the host calls it.
#include "connect/sdk/plugin.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "connect/sdk/values.hpp"

namespace {

using namespace weir::sdk;

constexpr option options[] = {
    {.name = "word", .initial = "hello", .text = "What to say."},
    {.name = "throws",
     .type = WEIR_OPTION_BOOLEAN,
     .initial = "false",
     .text = "Whether to throw."},
};

class parrot : public source {
  public:
    static outcome create(const host&, const settings& given, std::span<const weir_position>,
                          std::unique_ptr<source>& task) {
        if (given.text("word").empty()) return fatal("word: there is nothing to say");
        auto made = std::make_unique<parrot>();
        made->word_ = given.text("word");
        made->throws_ = given.boolean("throws");
        task = std::move(made);
        return ok();
    }
    outcome poll(std::chrono::milliseconds, source_batch& into) override {
        if (throws_) throw std::runtime_error("the parrot is tired");
        record_ = make_record(string_value(word_));
        into.records = {&record_, 1};
        into.drained = true;
        return ok();
    }

  private:
    std::string word_;
    bool throws_ = false;
    weir_record record_ = {};
};

weir_setting text_setting(std::string_view name, std::string_view value) {
    return {text(name), WEIR_OPTION_STRING, 0, 0, 0, text(value), nullptr};
}

struct called {
    std::array<weir_setting, 2> items = {
        weir_setting{text("throws"), WEIR_OPTION_BOOLEAN, 0, 0, 0, {}, nullptr},
        text_setting("word", "hello")};
    weir_error error = {};
    void* task = nullptr;

    const weir_source* table() const;
    weir_status create() {
        error.size = sizeof(error);
        const weir_settings given = {sizeof(weir_settings), 2, items.data(), text("test"), {}};
        return table()->create(nullptr, &given, nullptr, 0, &task, &error);
    }
    std::string reason() const { return {error.text, error.text_size}; }
};

}  // namespace

WEIR_PLUGIN("parrots", source_of<parrot>("parrot", "1.0", "Says a word.", options))

namespace {

const weir_source* called::table() const {
    return weir_plugin_entry(WEIR_ABI_VERSION)->connectors[0]->source;
}

TEST(sdk_plugin, tells_its_connectors_and_options) {
    const auto* plugin = weir_plugin_entry(WEIR_ABI_VERSION);
    ASSERT_NE(plugin, nullptr);
    EXPECT_EQ(view(plugin->name), "parrots");
    ASSERT_EQ(plugin->connector_count, 1U);
    EXPECT_EQ(view(plugin->connectors[0]->type), "parrot");
    EXPECT_EQ(plugin->connectors[0]->option_count, 2U);
    EXPECT_EQ(view(plugin->connectors[0]->options[0]->initial), "hello");
    EXPECT_EQ(weir_plugin_entry(0), nullptr);
}

TEST(sdk_plugin, a_task_gives_its_batches) {
    called call;
    ASSERT_EQ(call.create(), WEIR_OK);
    weir_batch batch = {};
    ASSERT_EQ(call.table()->poll(call.task, 0, &batch, &call.error), WEIR_OK);
    ASSERT_EQ(batch.record_count, 1U);
    EXPECT_EQ(std::string_view(batch.records[0].value.of.data, 5), "hello");
    EXPECT_EQ(batch.flags, static_cast<std::uint32_t>(WEIR_BATCH_DRAINED));
    call.table()->destroy(call.task);
}

TEST(sdk_plugin, a_refusal_has_its_reason) {
    called call;
    call.items[1] = text_setting("word", "");
    EXPECT_EQ(call.create(), WEIR_FATAL);
    EXPECT_EQ(call.reason(), "word: there is nothing to say");
}

TEST(sdk_plugin, an_exception_does_not_leave_it) {
    called call;
    call.items[0].integer = 1;
    ASSERT_EQ(call.create(), WEIR_OK);
    weir_batch batch = {};
    EXPECT_EQ(call.table()->poll(call.task, 0, &batch, &call.error), WEIR_FATAL);
    EXPECT_EQ(call.reason(), "unexpected exception: the parrot is tired");
    call.table()->destroy(call.task);
}

}  // namespace
