// Goal: the generator keeps to rate, count and position; the blackhole makes the trouble that it is
// told to make. Method: tasks made with settings by hand; time only as a bound from above.
#include "connectors/generator/generator.hpp"

#include <gtest/gtest.h>

#include "connectors/generator/blackhole.hpp"

namespace weir::connectors::generator {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Settings of numbers; each is an integer and a real at once.
class numbers {
  public:
    numbers(std::initializer_list<std::pair<const char*, double>> all) {
        for (const auto& [name, number] : all) {
            weir_setting made = {};
            made.name = sdk::text(name);
            made.integer = static_cast<std::int64_t>(number);
            made.real = number;
            items_.push_back(made);
        }
        table_ = {sizeof(weir_settings),
                  static_cast<std::uint32_t>(items_.size()),
                  items_.data(),
                  {},
                  {}};
    }
    sdk::settings get() const { return sdk::settings(table_); }

  private:
    std::vector<weir_setting> items_;
    weir_settings table_ = {};
};

std::unique_ptr<sdk::source> make(const numbers& settings, std::string_view offset = {}) {
    const weir_position at = {sdk::text(R"({"generator":0})"), sdk::text(offset)};
    std::unique_ptr<sdk::source> out;
    const auto made = generator::create(sdk::host(), settings.get(), {&at, 1}, out);
    EXPECT_TRUE(made.is_ok()) << made.reason;
    return out;
}

TEST(generator, the_default_record_has_a_number_a_time_and_a_text) {
    const auto task = make({{"rate", 0}});
    sdk::source_batch batch;
    ASSERT_TRUE(task->poll(milliseconds(0), batch).is_ok());
    ASSERT_FALSE(batch.records.empty());
    const auto& value = batch.records[3].value;
    ASSERT_EQ(value.kind, WEIR_STRUCT);
    ASSERT_EQ(value.count, 3U);
    EXPECT_EQ(sdk::view(value.schema->fields[0].name), "seq");
    EXPECT_EQ(value.of.items[0].of.integer, 3);
    EXPECT_EQ(value.of.items[1].kind, WEIR_TIMESTAMP);
    EXPECT_EQ(value.of.items[2].count, 32U);
}

TEST(generator, it_ends_after_its_count_and_goes_on_from_a_position) {
    const auto task = make({{"count", 1500}}, R"({"next":1200})");
    sdk::source_batch batch;
    ASSERT_TRUE(task->poll(milliseconds(0), batch).is_ok());
    EXPECT_EQ(batch.records.size(), 300U);
    EXPECT_EQ(batch.records[0].value.of.items[0].of.integer, 1200);
    EXPECT_TRUE(batch.drained);
    EXPECT_EQ(sdk::view(batch.positions[0].offset), R"({"next":1500})");
    sdk::source_batch rest;
    ASSERT_TRUE(task->poll(milliseconds(1), rest).is_ok());
    EXPECT_TRUE(rest.records.empty());
}

TEST(generator, a_rate_is_not_exceeded) {
    const auto task = make({{"rate", 500}});
    const auto begun = steady_clock::now();
    std::size_t count = 0;
    while (count < 50) {
        sdk::source_batch batch;
        ASSERT_TRUE(task->poll(milliseconds(1000), batch).is_ok());
        count += batch.records.size();
        const std::chrono::duration<double> passed = steady_clock::now() - begun;
        EXPECT_LE(static_cast<double>(count), passed.count() * 500 + 1);
    }
}

TEST(generator, a_position_that_is_none_is_said) {
    const numbers settings = {{"rate", 0}};
    for (const auto* bad : {"{}", "{\"next\":}", "{\"next\":-1}", "{\"next\":1", "x"}) {
        const weir_position at = {sdk::text(R"({"generator":0})"), sdk::text(bad)};
        std::unique_ptr<sdk::source> out;
        const auto made = generator::create(sdk::host(), settings.get(), {&at, 1}, out);
        EXPECT_EQ(made.status, WEIR_FATAL) << bad;
        EXPECT_FALSE(made.reason.empty());
    }
}

TEST(generator, a_size_makes_texts_of_that_size) {
    const auto task = make({{"size", 100'000}});
    sdk::source_batch batch;
    ASSERT_TRUE(task->poll(milliseconds(0), batch).is_ok());
    EXPECT_EQ(batch.records[7].value.kind, WEIR_STRING);
    EXPECT_EQ(batch.records[7].value.count, 100'000U);
}

TEST(blackhole, it_fails_and_refuses_as_it_is_told) {
    const numbers settings = {{"fail_every", 3}, {"bad_every", 4}};
    weir_sink_wish wish = {};
    std::unique_ptr<sdk::sink> task;
    ASSERT_TRUE(blackhole::create(sdk::host(), settings.get(), wish, task).is_ok());
    std::vector<weir_record> records(4, weir_record{});
    for (std::size_t index = 0; index < 4; ++index)
        records[index].offset = static_cast<std::int64_t>(index + 1);
    int failed = 0;
    for (int call = 0; call < 9; ++call) {
        std::vector<weir_result> results(4, weir_result{});
        const auto ended = task->put(records, results);
        failed += ended.status == WEIR_RETRY ? 1 : 0;
        if (!ended.is_ok()) continue;
        EXPECT_EQ(results[2].status, std::uint32_t{WEIR_OK});
        EXPECT_EQ(results[3].status, std::uint32_t{WEIR_BAD_RECORD});
        EXPECT_FALSE(sdk::view(results[3].reason).empty());
    }
    EXPECT_EQ(failed, 3);
}

}  // namespace
}  // namespace weir::connectors::generator
