// Goal: files are finished when they should be, and what may be committed is what they hold.
// Method: the task with a disk in memory and a clock by hand.
#include <gtest/gtest.h>

#include "tests/unit/connectors/file/sink/records.hpp"

namespace weir::connectors::file::sink::test {
namespace {

constexpr std::string_view exact = "out/{partition}-{offset}.jsonl";

class file_sink_task : public testing::Test {
  protected:
    void start(sink_options options, std::int64_t from = 0) {
        task_.reset();
        task_ = std::make_unique<file_sink>(sdk::host(), std::move(options),
                                            make_crash_disk(medium_), [this] { return now_ms_; });
        ASSERT_TRUE(open(*task_, "t", 0, from).is_ok());
    }
    sample at(std::int64_t offset, std::string key = "k") const {
        return {.offset = offset,
                .timestamp_ms = offset,
                .key = std::move(key),
                .json = "{\"n\":" + std::to_string(offset) + "}"};
    }
    // Records [from, until), one line each.
    put_answer take(std::int64_t from, std::int64_t until) {
        std::vector<sample> samples;
        for (auto offset = from; offset < until; ++offset)
            samples.push_back(at(offset));
        std::vector<weir_record> records;
        for (const auto& each : samples)
            records.push_back(each.record());
        return put(*task_, records);
    }
    std::string content(const std::string& name) {
        const auto found = medium_.names.find(name);
        return found == medium_.names.end() ? "(none)" : found->second->data;
    }
    std::vector<std::string> names() const { return visible(medium_); }

    crash_medium medium_{1};
    std::int64_t now_ms_ = 0;
    std::unique_ptr<file_sink> task_;
};

using names_list = std::vector<std::string>;

TEST_F(file_sink_task, a_file_is_hidden_until_it_is_finished) {
    start(options_for(exact));
    EXPECT_TRUE(take(5, 8).outcome.is_ok());
    EXPECT_EQ(names(), names_list{});
    EXPECT_TRUE(medium_.names.contains("out/.0-5.jsonl.inprogress"));
    EXPECT_EQ(committable(*task_, "t", 0, 8), 5);
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(content("out/0-5.jsonl"), "{\"n\":5}\n{\"n\":6}\n{\"n\":7}\n");
    EXPECT_EQ(committable(*task_, "t", 0, 8), 8);
}

TEST_F(file_sink_task, a_file_is_finished_by_size_age_and_idleness) {
    auto options = options_for(exact);
    options.roll_size_bytes = 16;  // two lines
    options.roll_every_ms = 1000;
    options.roll_idle_ms = 300;
    start(options);
    EXPECT_TRUE(take(0, 5).outcome.is_ok());
    EXPECT_EQ(names(), (names_list{"out/0-0.jsonl", "out/0-2.jsonl"}));
    now_ms_ = 299;
    EXPECT_TRUE(take(0, 0).outcome.is_ok());
    EXPECT_EQ(names().size(), 2U);
    now_ms_ = 300;
    EXPECT_TRUE(take(0, 0).outcome.is_ok());
    EXPECT_EQ(names().size(), 3U) << "idle";
    options.roll_size_bytes = 1 << 20;
    start(options, 5);
    for (int step = 0; step < 5; ++step) {
        EXPECT_TRUE(take(5 + step, 6 + step).outcome.is_ok());
        now_ms_ += 250;
    }
    EXPECT_EQ(content("out/0-5.jsonl").size(), 32U) << "the fifth came when it was too old";
}

TEST_F(file_sink_task, borders_of_record_time_are_borders_of_files) {
    start(options_for("out/{ts:%S}/{partition}-{offset}"));
    const std::vector<sample> samples = {
        {.offset = 0, .timestamp_ms = 100, .json = "0"},
        {.offset = 1, .timestamp_ms = 1100, .json = "1"},
        {.offset = 2, .timestamp_ms = 900, .json = "2"},  // late
        {.offset = 3, .timestamp_ms = -1, .json = "3"}};  // without a time
    std::vector<weir_record> records;
    for (const auto& each : samples)
        records.push_back(each.record());
    EXPECT_TRUE(put(*task_, records).outcome.is_ok());
    EXPECT_EQ(committable(*task_, "t", 0, 4), 0);
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(content("out/00/0-0"), "0\n2\n3\n");
    EXPECT_EQ(content("out/01/0-1"), "1\n");
}

TEST_F(file_sink_task, no_more_files_are_open_than_may_be) {
    auto options = options_for("out/{key}/{partition}-{offset}");
    options.open_max = 2;
    start(options);
    std::int64_t offset = 0;
    for (const auto* key : {"a", "b", "a", "c"}) {
        const auto each = at(offset++, key);
        const auto record = each.record();
        EXPECT_TRUE(put(*task_, {&record, 1}).outcome.is_ok());
    }
    EXPECT_EQ(names(), names_list{"out/b/0-1"}) << "the one that waited longest";
}

TEST_F(file_sink_task, only_the_newest_files_are_kept) {
    auto options = options_for(exact);
    options.roll_size_bytes = 1;
    options.keep = 3;
    start(options);
    EXPECT_TRUE(take(0, 6).outcome.is_ok());
    EXPECT_EQ(names(), (names_list{"out/0-3.jsonl", "out/0-4.jsonl", "out/0-5.jsonl"}));
    start(options, 6);
    EXPECT_TRUE(take(6, 8).outcome.is_ok());
    EXPECT_EQ(names(), (names_list{"out/0-5.jsonl", "out/0-6.jsonl", "out/0-7.jsonl"}));
}

TEST_F(file_sink_task, a_full_disk_asks_for_the_same_call_again) {
    start(options_for(exact));
    medium_.space = 0;
    std::vector<sample> samples;
    for (std::int64_t offset = 0; offset < 20; ++offset) {
        samples.push_back(at(offset));
        samples.back().json = '"' + std::string(40'000, 'x') + '"';
    }
    std::vector<weir_record> records;
    for (const auto& each : samples)
        records.push_back(each.record());
    for (int tries = 0; tries < 3; ++tries) {
        const auto answer = put(*task_, records);
        EXPECT_EQ(answer.outcome.status, WEIR_RETRY);
        EXPECT_TRUE(answer.outcome.reason.contains("no space")) << answer.outcome.reason;
    }
    medium_.space = UINT64_MAX;
    EXPECT_TRUE(put(*task_, records).outcome.is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(content("out/0-0.jsonl").size(), 20U * 40'003);
}

TEST_F(file_sink_task, a_bad_record_is_told_of_also_when_the_call_is_made_again) {
    auto options = options_for("out/{partition}-{offset}.csv");
    options.rows.format = row_format::csv;
    start(options);
    std::vector<sample> samples = {at(0), at(1), at(2)};
    samples[1].json = "5";
    samples[2].json = "{\"n\":\"" + std::string(300'000, 'y') + "\"}";
    std::vector<weir_record> records;
    for (const auto& each : samples)
        records.push_back(each.record());
    const auto more = at(3);
    records.push_back(more.record());
    medium_.space = 1000;
    EXPECT_EQ(put(*task_, records).outcome.status, WEIR_RETRY);
    medium_.space = UINT64_MAX;
    const auto answer = put(*task_, records);
    EXPECT_TRUE(answer.outcome.is_ok());
    EXPECT_EQ(answer.statuses,
              (std::vector<std::uint32_t>{WEIR_OK, WEIR_BAD_RECORD, WEIR_OK, WEIR_OK}));
    EXPECT_TRUE(answer.reasons[1].contains("fields")) << answer.reasons[1];
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_TRUE(content("out/0-0.csv").ends_with("\r\n3\r\n"));
}

TEST_F(file_sink_task, a_file_of_bad_records_only_is_not_there) {
    auto options = options_for("out/{partition}-{offset}.csv");
    options.rows.format = row_format::csv;
    start(options);
    const sample bad = {.offset = 0, .json = "5"};
    const auto record = bad.record();
    EXPECT_EQ(put(*task_, {&record, 1}).statuses[0], std::uint32_t{WEIR_BAD_RECORD});
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(names(), names_list{});
    EXPECT_EQ(committable(*task_, "t", 0, 1), 1);
}

TEST_F(file_sink_task, records_that_come_again_are_not_written_again_whatever_the_borders) {
    auto options = options_for(exact);
    options.roll_size_bytes = 24;
    start(options);
    EXPECT_TRUE(take(0, 8).outcome.is_ok());  // 0-2, 3-5; 6 and 7 are hidden
    options.roll_size_bytes = 40;
    start(options);  // nothing was committed
    EXPECT_FALSE(medium_.names.contains("out/.0-6.jsonl.inprogress"));
    EXPECT_TRUE(take(0, 8).outcome.is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(names(), (names_list{"out/0-0.jsonl", "out/0-3.jsonl", "out/0-6.jsonl"}));
    EXPECT_EQ(content("out/0-6.jsonl"), "{\"n\":6}\n{\"n\":7}\n");
}

TEST_F(file_sink_task, files_that_a_reader_took_away_are_not_written_again) {
    auto options = options_for(exact);
    options.roll_size_bytes = 24;
    start(options);
    EXPECT_TRUE(take(0, 6).outcome.is_ok());
    medium_.names.erase("out/0-0.jsonl");
    start(options);
    EXPECT_TRUE(take(0, 7).outcome.is_ok());
    EXPECT_TRUE(task_->flush().is_ok());
    EXPECT_EQ(names(), (names_list{"out/0-3.jsonl", "out/0-6.jsonl"}));
}

TEST_F(file_sink_task, a_group_that_was_set_back_is_written_again) {
    auto options = options_for(exact);
    options.roll_size_bytes = 24;
    start(options);
    EXPECT_TRUE(take(0, 6).outcome.is_ok());
    start(options, 6);
    EXPECT_TRUE(take(6, 9).outcome.is_ok());
    medium_.names.erase("out/0-0.jsonl");
    medium_.names.erase("out/0-3.jsonl");
    start(options, 0);
    EXPECT_TRUE(take(0, 9).outcome.is_ok());
    EXPECT_EQ(names(), (names_list{"out/0-0.jsonl", "out/0-3.jsonl", "out/0-6.jsonl"}));
}

TEST_F(file_sink_task, another_topic_of_the_same_name_is_no_repetition) {
    auto options = options_for(exact);
    options.roll_size_bytes = 1;
    start(options);
    EXPECT_TRUE(take(0, 2).outcome.is_ok());
    start(options);
    sample other = {.offset = 0, .timestamp_ms = 77, .json = "{\"other\":0}"};
    const auto record = other.record();
    EXPECT_TRUE(put(*task_, {&record, 1}).outcome.is_ok());
    EXPECT_EQ(content("out/0-0.jsonl"), "{\"other\":0}\n");
}

TEST_F(file_sink_task, two_topics_need_the_topic_in_the_path) {
    start(options_for(exact));
    task_.reset();
    file_sink other(sdk::host(), options_for(exact), make_crash_disk(medium_), [] { return 0L; });
    const auto opened = open(other, "u", 0, 0);
    EXPECT_EQ(opened.status, WEIR_FATAL);
    EXPECT_TRUE(opened.reason.contains("{topic}")) << opened.reason;
}

TEST_F(file_sink_task, a_partition_has_one_task_at_a_time) {
    start(options_for(exact));
    file_sink other(sdk::host(), options_for(exact), make_crash_disk(medium_), [] { return 0L; });
    EXPECT_EQ(open(other, "t", 0, 0).status, WEIR_RETRY);
    const std::string topic = "t";
    const weir_partition gone = {sdk::text(topic), 0, 0, -1};
    EXPECT_TRUE(task_->close({&gone, 1}).is_ok());
    EXPECT_TRUE(open(other, "t", 0, 0).is_ok());
}

TEST_F(file_sink_task, the_index_does_not_grow_without_end) {
    auto options = options_for(exact);
    options.roll_size_bytes = 1;
    options.sync = false;
    start(options);
    for (std::int64_t offset = 0; offset < 30'000; offset += 100) {
        EXPECT_TRUE(take(offset, offset + 100).outcome.is_ok());
        EXPECT_EQ(committable(*task_, "t", 0, offset + 100), offset + 100);
    }
    EXPECT_LT(content("out/.weir/test/0.index").size(), (1U << 20) + 1000);
    EXPECT_EQ(names().size(), 30'000U);
}

}  // namespace
}  // namespace weir::connectors::file::sink::test
