// Goal: without {offset} rows are appended, durable before they are committed, and a torn row is
// cut off. Method: the task with a disk in memory.
#include <gtest/gtest.h>

#include "tests/unit/connectors/file/sink/records.hpp"

namespace weir::connectors::file::sink::test {
namespace {

class appended : public testing::Test {
  protected:
    void start(sink_options options) {
        task_.reset();
        task_ = std::make_unique<file_sink>(sdk::host(), std::move(options),
                                            make_crash_disk(medium_), [] { return 0L; });
        ASSERT_TRUE(open(*task_, "t", 0, 0).is_ok());
    }
    sdk::outcome take(std::int64_t offset, std::string json) {
        const sample made = {.offset = offset, .json = std::move(json)};
        const auto record = made.record();
        return put(*task_, {&record, 1}).outcome;
    }

    crash_medium medium_{1};
    std::unique_ptr<file_sink> task_;
};

TEST_F(appended, rows_are_synced_before_their_offsets_are_committed) {
    start(options_for("out.jsonl"));
    EXPECT_TRUE(take(0, "1").is_ok());
    EXPECT_EQ(committable(*task_, "t", 0, 1), 1);
    EXPECT_EQ(medium_.names.at("./out.jsonl")->synced, "1\n");
    const auto syncs = medium_.syncs;
    EXPECT_EQ(committable(*task_, "t", 0, 1), 1);
    EXPECT_EQ(medium_.syncs, syncs) << "nothing came meanwhile";
    start(options_for("out.jsonl"));
    EXPECT_TRUE(take(0, "2").is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(medium_.names.at("./out.jsonl")->data, "1\n2\n");
}

TEST_F(appended, a_torn_row_is_cut_off) {
    auto options = options_for("out.csv");
    options.rows.format = row_format::csv;
    options.rows.columns = {"a"};
    start(options);
    EXPECT_TRUE(take(0, R"({"a":"x\ny"})").is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    auto& data = medium_.names.at("./out.csv")->data;
    EXPECT_EQ(data, "a\r\n\"x\ny\"\r\n");
    data += "\"torn\n";
    start(options);
    EXPECT_TRUE(take(1, R"({"a":2})").is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(data, "a\r\n\"x\ny\"\r\n2\r\n") << "and no second header";
}

TEST_F(appended, a_long_torn_row_is_found_from_behind) {
    auto& at = medium_.names["./out.jsonl"];
    at = std::make_shared<node>();
    at->data = "first\n" + std::string(5'000'000, 'x');
    start(options_for("out.jsonl"));
    EXPECT_TRUE(take(0, "1").is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(medium_.names.at("./out.jsonl")->data, "first\n1\n");
}

TEST_F(appended, a_file_has_one_task_at_a_time) {
    start(options_for("out.jsonl"));
    EXPECT_TRUE(take(0, "1").is_ok());
    file_sink other(sdk::host(), options_for("out.jsonl"), make_crash_disk(medium_),
                    [] { return 0L; });
    const sample made = {.json = "2"};
    const auto record = made.record();
    EXPECT_EQ(put(other, {&record, 1}).outcome.status, WEIR_RETRY);
}

}  // namespace
}  // namespace weir::connectors::file::sink::test
