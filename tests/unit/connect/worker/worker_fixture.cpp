#include "tests/unit/connect/worker/worker_fixture.hpp"

#include <unistd.h>

#include <algorithm>
#include <future>

#include "base/log.hpp"
#include "connect/data/value.hpp"
#include "connect/kafka/group_consumer.hpp"
#include "connect/sdk/values.hpp"

// Runs that are given up leave everything to the end of the process, on purpose.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:run_source\nleak:run_sink\nleak:librdkafka\n";
}

namespace weir::connect::worker {
namespace {

template <class Stage>
std::shared_ptr<Stage> stage_of(const std::string& component) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<Stage>> all;
    const std::lock_guard lock(mutex);
    auto& stage = all[component];
    if (!stage) stage = std::make_shared<Stage>();
    return stage;
}

class counting_source : public sdk::source {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& given,
                               std::span<const weir_position> positions,
                               std::unique_ptr<sdk::source>& task) {
        auto made = std::make_unique<counting_source>();
        made->stage_ = counting_stage_of(given.component());
        made->host_ = host;
        for (const auto& each : positions) {
            const auto offset = sdk::view(each.offset);
            made->next_ = std::stoull(std::string(offset.substr(offset.find(':') + 1)));
        }
        const std::lock_guard lock(made->stage_->mutex);
        ++made->stage_->tasks;
        task = std::move(made);
        return sdk::ok();
    }

    sdk::outcome poll(std::chrono::milliseconds timeout, sdk::source_batch& into) override {
        std::unique_lock lock(stage_->mutex);
        if (stage_->interfere) {
            const auto call = stage_->interfere;
            lock.unlock();
            if (auto outcome = call(next_)) return *outcome;
            lock.lock();
        }
        if (next_ >= stage_->limit) {
            lock.unlock();
            std::promise<void>().get_future().wait_for(std::min(timeout, 5ms));
            return sdk::ok();
        }
        texts_.clear();
        records_.clear();
        const auto end = std::min(stage_->limit, next_ + stage_->batch);
        for (; next_ < end; ++next_)
            texts_.push_back(std::to_string(next_));
        for (const auto& each : texts_)
            records_.push_back(sdk::make_record(sdk::string_value(each)));
        offset_ = "{\"n\":" + std::to_string(next_) + "}";
        position_ = {sdk::text("{\"source\":\"count\"}"), sdk::text(offset_)};
        into.positions = {&position_, 1};
        into.drained = next_ >= stage_->limit;
        if (stage_->change) stage_->change(records_, into);
        into.records = records_;
        ++batches_;
        ends_[batches_] = next_;
        return sdk::ok();
    }

    sdk::outcome committed(std::uint64_t batches) override {
        host_.counter("count_committed_total", "Batches.", static_cast<double>(batches));
        const std::lock_guard lock(stage_->mutex);
        for (const auto& [batch, end] : ends_) {
            if (batch <= batches) stage_->committed = std::max(stage_->committed, end);
        }
        return sdk::ok();
    }
    void request_stop() override {
        if (stage_->on_stop) stage_->on_stop();
    }

    static sdk::outcome created(const sdk::host&, const sdk::settings& now) {
        return hook("created", now);
    }
    static sdk::outcome updated(const sdk::host&, const sdk::settings& before,
                                const sdk::settings& now) {
        return hook("updated " + before.text("word") + " to", now);
    }
    static sdk::outcome deleted(const sdk::host&, const sdk::settings& before) {
        return hook("deleted", before);
    }

  private:
    static sdk::outcome hook(const std::string& what, const sdk::settings& with) {
        const auto stage = counting_stage_of(with.component());
        const std::lock_guard lock(stage->mutex);
        stage->hooks.push_back(what + " " + with.text("word"));
        return sdk::ok();
    }

    std::shared_ptr<counting_stage> stage_;
    sdk::host host_;
    std::uint64_t next_ = 0;
    std::uint64_t batches_ = 0;
    std::map<std::uint64_t, std::uint64_t> ends_;
    std::vector<std::string> texts_;
    std::vector<weir_record> records_;
    std::string offset_;
    weir_position position_ = {};
};

class recording_sink : public sdk::sink {
  public:
    static sdk::outcome create(const sdk::host&, const sdk::settings& given, weir_sink_wish& wish,
                               std::unique_ptr<sdk::sink>& task) {
        auto made = std::make_unique<recording_sink>();
        made->stage_ = recording_stage_of(given.component());
        wish.key_form = made->stage_->form;
        wish.value_form = made->stage_->form;
        task = std::move(made);
        return sdk::ok();
    }
    sdk::outcome open(std::span<const weir_partition> partitions) override {
        return note("+", partitions);
    }
    sdk::outcome close(std::span<const weir_partition> partitions) override {
        return note("-", partitions);
    }
    sdk::outcome put(std::span<const weir_record> records,
                     std::span<weir_result> results) override {
        std::unique_lock lock(stage_->mutex);
        if (stage_->interfere) {
            const auto call = stage_->interfere;
            lock.unlock();
            if (auto outcome = call()) return *outcome;
            lock.lock();
        }
        if (records.empty()) ++stage_->empty_puts;
        reasons_.clear();
        reasons_.reserve(records.size());
        for (std::size_t index = 0; index < records.size(); ++index) {
            const auto& from = records[index];
            taken_record made{.topic = std::string(sdk::view(from.topic)),
                              .partition = from.partition,
                              .offset = from.offset,
                              .key = text_of(from.key),
                              .value = text_of(from.value),
                              .value_kind = from.value.kind};
            if (stage_->judge) {
                if (auto outcome = stage_->judge(made)) {
                    const auto& reason = reasons_.emplace_back(outcome->reason);
                    results[index] = {static_cast<std::uint32_t>(outcome->status), 0,
                                      sdk::text(reason)};
                    continue;
                }
            }
            stage_->taken.push_back(std::move(made));
        }
        return sdk::ok();
    }
    sdk::outcome committable(std::span<weir_partition> partitions) override {
        const std::lock_guard lock(stage_->mutex);
        if (stage_->committable) stage_->committable(partitions);
        return sdk::ok();
    }
    sdk::outcome flush() override {
        const std::lock_guard lock(stage_->mutex);
        ++stage_->flushes;
        return sdk::ok();
    }

  private:
    static std::string text_of(const weir_value& of) {
        return of.kind == WEIR_NULL ? "(null)" : std::string(data::text(of));
    }
    sdk::outcome note(const std::string& sign, std::span<const weir_partition> partitions) {
        const std::lock_guard lock(stage_->mutex);
        for (const auto& each : partitions) {
            stage_->partitions.push_back(sign + std::string(sdk::view(each.topic)) + "-" +
                                         std::to_string(each.partition));
        }
        return sdk::ok();
    }

    std::shared_ptr<recording_stage> stage_;
    std::vector<std::string> reasons_;
};

std::optional<std::string> text_of(const std::optional<base::bytes_view>& bytes) {
    if (!bytes) return std::nullopt;
    return std::string(base::as_text(*bytes));
}

}  // namespace

std::shared_ptr<counting_stage> counting_stage_of(const std::string& component) {
    return stage_of<counting_stage>(component);
}
std::shared_ptr<recording_stage> recording_stage_of(const std::string& component) {
    return stage_of<recording_stage>(component);
}
const weir_connector* counting_connector() {
    return sdk::source_of<counting_source>("count", "1", "Counts.", {});
}
const weir_connector* recording_connector() {
    return sdk::sink_of<recording_sink>("record", "1", "Writes down.", {});
}

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::promise<void>().get_future().wait_for(2ms);
    }
    return true;
}

std::string topic_record::header(const std::string& name) const {
    for (const auto& [key, text] : headers) {
        if (key == name) return text;
    }
    return "(none)";
}

worker_test::worker_test()
    : root_(std::filesystem::temp_directory_path() /
            ("weir-worker-test-" + std::to_string(::getpid()))) {
    base::configure_log({.level = base::log_level::off});
    std::filesystem::remove_all(root_);
    config::settings written;
    config::read_properties(
        "listeners=PLAINTEXT://127.0.0.1:0\nlog.dirs=" + (root_ / "broker").string() +
            "\nweir.metrics.listener=\ngroup.initial.rebalance.delay.ms=0\n",
        "test", written);
    auto node = broker::node::start(config::make_broker_config(written));
    EXPECT_TRUE(node.has_value()) << (node ? "" : node.error());
    node_ = std::move(*node);
}

worker_test::~worker_test() {
    node_->stop();
    std::filesystem::remove_all(root_);
}

worker_options worker_test::options() const {
    worker_options out;
    out.bootstrap = "127.0.0.1:" + std::to_string(node_->port());
    out.data_dir = root_ / "connect";
    out.restart_backoff_min = 10ms;
    out.restart_backoff_max = 100ms;
    out.sink_commit_interval = 20ms;
    out.stop_timeout = 20s;
    return out;
}

std::unique_ptr<worker> worker_test::make_worker(worker_options options) {
    auto made = worker::create(std::move(options));
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error());
    return std::move(*made);
}

pipeline::component worker_test::source(const std::string& name) const {
    pipeline::component out;
    out.kind = pipeline::component_kind::source;
    out.name = name;
    out.type = "count";
    out.topic = name;
    out.errors.log = false;
    out.settings = {name, (root_ / name).string(), {}};
    return out;
}

pipeline::component worker_test::sink(const std::string& name,
                                      std::vector<std::string> from) const {
    pipeline::component out;
    out.kind = pipeline::component_kind::sink;
    out.name = name;
    out.type = "record";
    out.from = std::move(from);
    out.errors.log = false;
    out.errors.retry_backoff_min = 5ms;
    out.errors.retry_backoff_max = 20ms;
    out.settings = {name, (root_ / name).string(), {}};
    return out;
}

std::vector<topic_record> worker_test::read(const std::string& topic, std::size_t count) const {
    std::vector<topic_record> out;
    kafka::client_options given;
    given.settings = {{"bootstrap.servers", options().bootstrap},
                      {"group.id", "reader"},
                      {"isolation.level", "read_committed"},
                      {"fetch.wait.max.ms", "20"},
                      {"enable.auto.commit", "false"}};
    auto from = kafka::consumer::create(given, [](const auto&) {});
    if (!from) return out;
    std::vector<kafka::assignment> all;
    const bool there = eventually([&] {
        const auto info = (*from)->topic(topic, 5s);
        if (!info || info->error_code != 0) return false;
        for (const auto each : info->partitions)
            all.push_back({.topic = topic, .partition = each, .offset = kafka::from_beginning});
        return !all.empty();
    });
    if (!there || !(*from)->assign(all)) return out;
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (out.size() < count && std::chrono::steady_clock::now() < deadline) {
        (*from)->poll(20ms, 1000, [&out](const kafka::message& message) {
            topic_record made{.offset = message.offset,
                              .key = text_of(message.key),
                              .value = text_of(message.value),
                              .headers = {}};
            for (const auto& each : message.headers())
                made.headers.emplace_back(each.key, text_of(each.value).value_or("(null)"));
            out.push_back(std::move(made));
        });
    }
    // What should not be there has had the same time to come.
    (*from)->poll(100ms, 1000, [&out](const kafka::message& message) {
        out.push_back({.offset = message.offset,
                       .key = text_of(message.key),
                       .value = text_of(message.value),
                       .headers = {}});
    });
    (*from)->close();
    return out;
}

void worker_test::expect_count(const std::string& topic, std::uint64_t count) const {
    const auto records = read(topic, count);
    ASSERT_EQ(records.size(), count);
    for (std::uint64_t index = 0; index < count; ++index)
        ASSERT_EQ(records[index].value, std::to_string(index));
}

void worker_test::create(const std::string& topic, std::int32_t partitions) const {
    kafka::client_options given;
    given.settings = {{"bootstrap.servers", options().bootstrap}};
    auto to = kafka::producer::create(given, [](const auto&) {});
    ASSERT_TRUE(to.has_value());
    ASSERT_TRUE((*to)->create_topic({.name = topic, .partitions = partitions}, 10s).has_value());
}

void worker_test::produce(const std::string& topic, const std::vector<std::string>& values,
                          std::vector<kafka::header> headers) const {
    kafka::client_options given;
    given.settings = {{"bootstrap.servers", options().bootstrap}, {"linger.ms", "1"}};
    auto to = kafka::producer::create(given, [](const auto& what) { ASSERT_FALSE(what.error); });
    ASSERT_TRUE(to.has_value());
    for (const auto& each : values) {
        const auto sent = (*to)->send({.topic = topic,
                                       .key = base::as_bytes("key"),
                                       .value = base::as_bytes(each),
                                       .headers = headers},
                                      0);
        ASSERT_TRUE(sent.has_value());
    }
    ASSERT_TRUE((*to)->flush(20s));
}

task_status worker_test::status_of(const worker& of, const std::string& name, std::size_t task) {
    for (const auto& each : of.status()) {
        if (each.id.name == name) return each.tasks.at(task);
    }
    return {};
}

bool worker_test::is_in(const worker& of, const std::string& name, task_state state) {
    return status_of(of, name).state == state;
}

}  // namespace weir::connect::worker
