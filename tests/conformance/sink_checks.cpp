// sink_checks: the part of connector_suite that is about sinks.
#include <gtest/gtest.h>

#include <thread>

#include "connect/sdk/values.hpp"
#include "tests/conformance/connector_suite.hpp"
#include "tests/conformance/suite_parts.hpp"

namespace weir::conformance {
namespace {

using clock = std::chrono::steady_clock;

class sink_task {
  public:
    sink_task(const subject& of, const weir_connector& connector) : sink_(*connector.sink) {
        wish_.size = sizeof wish_;
        const auto got =
            settings_of(connector, of.settings, of.data_dir)
                .with_abi([&](const weir_settings& settings) {
                    return end_of([&](weir_error* error) {
                        return sink_.create(host_.table(), &settings, &task_, &wish_, error);
                    });
                });
        EXPECT_EQ(got.status, WEIR_OK) << got.reason;
    }
    ~sink_task() {
        if (task_ != nullptr) sink_.destroy(task_);
    }
    sink_task(const sink_task&) = delete;
    sink_task& operator=(const sink_task&) = delete;

    bool is_there() const { return task_ != nullptr; }
    void request_stop() { sink_.request_stop(task_); }
    void check_wish() const {
        EXPECT_LE(wish_.key_form, std::uint32_t{WEIR_FORM_JSON});
        EXPECT_LE(wish_.value_form, std::uint32_t{WEIR_FORM_JSON});
    }
    ended open(std::int64_t offset) {
        if (sink_.open == nullptr) return {};
        const weir_partition at = {sdk::text(topic_), 0, 0, offset};
        return end_of([&](weir_error* error) { return sink_.open(task_, &at, 1, error); });
    }
    ended close() {
        if (sink_.close == nullptr) return {};
        const weir_partition at = {sdk::text(topic_), 0, 0, -1};
        return end_of([&](weir_error* error) { return sink_.close(task_, &at, 1, error); });
    }
    // Records [from, from + count), in the forms it wished for; those that it wants again are given
    // again, as the host does.
    ended put(std::int64_t from, std::size_t count) {
        std::vector<std::string> texts;
        for (std::size_t index = 0; index < count; ++index)
            texts.push_back("{\"n\":" + std::to_string(from + static_cast<std::int64_t>(index)) +
                            ",\"text\":\"a, \\\"b\\\"\"}");
        std::vector<weir_record> records(count);
        for (std::size_t index = 0; index < count; ++index) {
            auto& record = records[index];
            record.topic = sdk::text(topic_);
            record.offset = from + static_cast<std::int64_t>(index);
            record.timestamp_ms = 1'700'000'000'000 + record.offset;
            const auto kind_of = [](std::uint32_t form) {
                return form == WEIR_FORM_BYTES ? WEIR_BYTES : WEIR_JSON;
            };
            record.key = sdk::text_value(kind_of(wish_.key_form), texts[index]);
            record.value = sdk::text_value(kind_of(wish_.value_form), texts[index]);
        }
        return put_until_taken(std::move(records));
    }
    std::int64_t committable(std::int64_t taken) {
        if (sink_.committable == nullptr) return taken;
        weir_partition at = {sdk::text(topic_), 0, 0, taken};
        const auto got =
            end_of([&](weir_error* error) { return sink_.committable(task_, &at, 1, error); });
        EXPECT_EQ(got.status, WEIR_OK) << got.reason;
        EXPECT_LE(at.offset, taken) << "offsets are only lowered";
        EXPECT_GE(at.offset, 0);
        return at.offset;
    }
    ended flush() {
        if (sink_.flush == nullptr) return {};
        return end_of([&](weir_error* error) { return sink_.flush(task_, error); });
    }

  private:
    ended put_until_taken(std::vector<weir_record> records) {
        const auto deadline = clock::now() + std::chrono::seconds(20);
        while (true) {
            std::vector<weir_result> results(records.size(), weir_result{});
            auto got = end_of([&](weir_error* error) {
                return sink_.put(task_, records.data(), records.size(), results.data(), error);
            });
            if (got.status == WEIR_FATAL || clock::now() > deadline) return got;
            if (got.status == WEIR_RETRY) {
                EXPECT_FALSE(got.reason.empty()) << "it says why";
                continue;
            }
            EXPECT_EQ(got.status, WEIR_OK) << got.reason;
            std::vector<weir_record> again;
            for (std::size_t index = 0; index < results.size(); ++index) {
                const auto status = results[index].status;
                EXPECT_LE(status, std::uint32_t{WEIR_FATAL});
                const bool has_reason = status == WEIR_OK || results[index].reason.size > 0;
                EXPECT_TRUE(has_reason) << "it says why";
                if (status == WEIR_RETRY) again.push_back(records[index]);
            }
            if (again.empty()) return got;
            records = std::move(again);
        }
    }

    noting_host host_;
    const weir_sink& sink_;
    void* task_ = nullptr;
    weir_sink_wish wish_ = {};
    std::string topic_ = "conformance";
};

// Puts, commits, and goes on as another task from what could be committed.
void check_life(const subject& of, const weir_connector& connector) {
    constexpr std::size_t batch = 100;
    std::int64_t committed = 0;
    for (int life = 0; life < 3; ++life) {
        SCOPED_TRACE("life " + std::to_string(life));
        sink_task task(of, connector);
        if (!task.is_there()) return;
        task.check_wish();
        ASSERT_EQ(task.open(committed).status, WEIR_OK);
        EXPECT_EQ(task.put(0, 0).status, WEIR_OK) << "without records";
        auto taken = committed;
        for (int call = 0; call < 5; ++call) {
            const auto got = task.put(taken, batch);
            ASSERT_EQ(got.status, WEIR_OK) << got.reason;
            taken += batch;
            const auto now = task.committable(taken);
            EXPECT_GE(now, committed) << "what was given once is not taken back";
            committed = now;
        }
        EXPECT_EQ(task.put(0, 0).status, WEIR_OK);
        if (life == 1) continue;  // destroyed without notice
        EXPECT_EQ(task.flush().status, WEIR_OK);
        committed = task.committable(taken);
        EXPECT_EQ(committed, taken) << "after flush() all can be committed";
        EXPECT_EQ(task.close().status, WEIR_OK);
    }
}

void check_stop(const subject& of, const weir_connector& connector) {
    sink_task task(of, connector);
    if (!task.is_there()) return;
    ASSERT_EQ(task.open(-1).status, WEIR_OK);
    const auto begun = clock::now();
    std::jthread stopper([&task] { task.request_stop(); });
    (void)task.put(100'000, 10);
    EXPECT_LT(clock::now() - begun, slack + std::chrono::seconds(20));
    stopper.join();
    EXPECT_EQ(task.close().status, WEIR_OK);
}

}  // namespace

void check_sink(const subject& of, const weir_connector& connector) {
    const auto& sink = *connector.sink;
    EXPECT_GE(sink.size, sizeof(weir_sink));
    ASSERT_TRUE(sink.create && sink.put && sink.request_stop && sink.destroy);
    {
        const sink_task at_once(of, connector);
    }
    {
        sink_task opened(of, connector);
        if (!opened.is_there()) return;
        EXPECT_EQ(opened.open(0).status, WEIR_OK);
    }
    check_life(of, connector);
    check_stop(of, connector);
}

}  // namespace weir::conformance
