// source_checks: the part of connector_suite that is about sources.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/conformance/connector_suite.hpp"
#include "tests/conformance/suite_parts.hpp"

namespace weir::conformance {

using clock = std::chrono::steady_clock;

source_task::source_task(const subject& of, const weir_connector& connector, const positions& from)
    : source_(*connector.source) {
    std::vector<weir_position> given;
    for (const auto& [partition, offset] : from)
        given.push_back({sdk::text(partition), sdk::text(offset)});
    created_ = settings_of(connector, of.settings, of.data_dir)
                   .with_abi([&](const weir_settings& settings) {
                       return end_of([&](weir_error* error) {
                           return source_.create(host_.table(), &settings, given.data(),
                                                 given.size(), &task_, error);
                       });
                   });
    EXPECT_EQ(created_.status, WEIR_OK) << created_.reason;
}

void source_task::destroy() {
    if (task_ != nullptr) source_.destroy(task_);
    task_ = nullptr;
}

ended source_task::poll(milliseconds timeout, std::vector<std::string>& records, positions& at) {
    weir_batch batch = {};
    batch.size = sizeof batch;
    const auto begun = clock::now();
    const auto got = end_of([&](weir_error* error) {
        return source_.poll(task_, static_cast<std::uint32_t>(timeout.count()), &batch, error);
    });
    EXPECT_LT(clock::now() - begun, timeout + slack) << "poll() waits longer than it may";
    if (got.status != WEIR_OK) return got;
    for (std::uint32_t index = 0; index < batch.record_count; ++index) {
        const auto& record = batch.records[index];
        std::string text(sdk::view(record.topic));
        text += '\n';
        append_value(text, record.key);
        append_value(text, record.value);
        for (std::uint32_t header = 0; header < record.header_count; ++header) {
            text += sdk::view(record.headers[header].key);
            append_value(text, record.headers[header].value);
        }
        text += sdk::view(record.error);
        records.push_back(std::move(text));
    }
    for (std::uint32_t index = 0; index < batch.position_count; ++index) {
        const std::string partition(sdk::view(batch.positions[index].partition));
        const std::string offset(sdk::view(batch.positions[index].offset));
        EXPECT_TRUE(partition.starts_with('{') && partition.ends_with('}')) << partition;
        std::erase_if(at, [&](const auto& each) { return each.first == partition; });
        if (!offset.empty()) at.emplace_back(partition, offset);
    }
    return got;
}

ended source_task::committed(std::uint64_t batches) {
    if (source_.committed == nullptr) return {};
    return end_of([&](weir_error* error) { return source_.committed(task_, batches, error); });
}

namespace {

// Where a task was after a batch.
struct stop {
    std::size_t records = 0;
    positions at;
};

// Polls until there are so many records or a deadline is over.
void read_some(source_task& task, std::size_t records_min, std::vector<std::string>& records,
               std::vector<stop>& stops, const positions& from) {
    const auto deadline = clock::now() + std::chrono::seconds(20);
    positions at = from;
    std::uint64_t batches = 0;
    while (records.size() < records_min && clock::now() < deadline) {
        const auto got = task.poll(milliseconds(200), records, at);
        if (got.status == WEIR_RETRY) continue;
        ASSERT_EQ(got.status, WEIR_OK) << got.reason;
        ++batches;
        stops.push_back({records.size(), at});
        EXPECT_EQ(task.committed(batches).status, WEIR_OK);
    }
    EXPECT_GE(records.size(), records_min) << "in 20 seconds";
}

void check_positions(const subject& of, const weir_connector& connector) {
    std::vector<std::string> all;
    std::vector<stop> stops;
    source_task whole(of, connector, {});
    if (!whole.is_there()) return;
    read_some(whole, of.records_min, all, stops, {});
    whole.destroy();
    // From each of some stops on, the records are the same again: none is missing, none comes
    // twice.
    const auto step = std::max<std::size_t>(stops.size() / 4, 1);
    for (std::size_t index = 0; index < stops.size(); index += step) {
        SCOPED_TRACE("batch " + std::to_string(index));
        const auto& from = stops[index];
        const auto wanted = all.size() - from.records;
        source_task again(of, connector, from.at);
        if (!again.is_there()) return;
        std::vector<std::string> rest;
        std::vector<stop> unused;
        read_some(again, wanted, rest, unused, from.at);
        const auto common = std::min(rest.size(), wanted);
        for (std::size_t at = 0; at < common; ++at)
            ASSERT_EQ(rest[at], all[from.records + at]) << "record " << at << " after it";
    }
}

void check_stop(const subject& of, const weir_connector& connector) {
    source_task task(of, connector, {});
    if (!task.is_there()) return;
    // It reads all it has, or goes on for ever: the stop comes in the middle of either.
    std::atomic<int> polls = 0;
    std::atomic<bool> stopped = false;
    std::jthread poller([&] {
        std::vector<std::string> records;
        positions at;
        while (!stopped) {
            records.clear();
            (void)task.poll(milliseconds(60'000), records, at);
            ++polls;
        }
    });
    const auto enough = clock::now() + milliseconds(300);
    while (polls < 20 && clock::now() < enough)
        std::this_thread::yield();
    const auto begun = clock::now();
    stopped = true;
    task.request_stop();
    poller.join();
    EXPECT_LT(clock::now() - begun, slack) << "request_stop() does not end poll()";
    // And once more, now that it is stopped.
    std::vector<std::string> records;
    positions at;
    EXPECT_NE(task.poll(milliseconds(100), records, at).status, WEIR_BAD_RECORD);
}

void check_destroy(const subject& of, const weir_connector& connector) {
    {
        const source_task at_once(of, connector, {});
    }
    source_task without_commit(of, connector, {});
    if (!without_commit.is_there()) return;
    std::vector<std::string> records;
    positions at;
    (void)without_commit.poll(milliseconds(0), records, at);
    (void)without_commit.poll(milliseconds(50), records, at);
}

}  // namespace

void check_source(const subject& of, const weir_connector& connector) {
    const auto& source = *connector.source;
    EXPECT_GE(source.size, sizeof(weir_source));
    ASSERT_TRUE(source.create && source.poll && source.request_stop && source.destroy);
    check_destroy(of, connector);
    check_stop(of, connector);
    if (of.deterministic) {
        check_positions(of, connector);
        return;
    }
    std::vector<std::string> records;
    std::vector<stop> stops;
    source_task task(of, connector, {});
    if (task.is_there()) read_some(task, of.records_min, records, stops, {});
}

}  // namespace weir::conformance
