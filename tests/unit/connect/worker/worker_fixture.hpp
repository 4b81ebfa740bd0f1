// What the tests of the worker share: a broker in this process, a source that counts and a sink
// that writes down, both as connectors of the SDK that a test can interfere with.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/server/node.hpp"
#include "connect/kafka/producer.hpp"
#include "connect/sdk/plugin.hpp"
#include "connect/worker/worker.hpp"

namespace weir::connect::worker {

using namespace std::chrono_literals;

// What a test sees and does of the source with a component's name. The source gives the numbers
// from 0 to `limit` as text, `batch` in one poll; its position is {"n": next}.
struct counting_stage {
    std::mutex mutex;
    std::uint64_t limit = 0;
    std::uint64_t batch = 10;
    // Asked before each poll with the next number; an outcome is given instead of records.
    std::function<std::optional<sdk::outcome>(std::uint64_t next)> interfere;
    // Changes the records of a poll; the texts it needs must be its own.
    std::function<void(std::vector<weir_record>&, sdk::source_batch&)> change;
    std::function<void()> on_stop;
    std::uint64_t tasks = 0;
    std::uint64_t committed = 0;  // numbers below it
    std::vector<std::string> hooks;
};
std::shared_ptr<counting_stage> counting_stage_of(const std::string& component);

// What a test sees and does of the sink with a component's name.
struct taken_record {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::uint8_t value_kind = 0;
};
struct recording_stage {
    std::mutex mutex;
    weir_form form = WEIR_FORM_BYTES;
    std::vector<taken_record> taken;
    // The status of each record, and why; nothing: it is taken.
    std::function<std::optional<sdk::outcome>(const taken_record&)> judge;
    std::function<std::optional<sdk::outcome>()> interfere;
    std::function<void(std::span<weir_partition>)> committable;
    std::uint64_t empty_puts = 0;
    std::uint64_t flushes = 0;
    std::vector<std::string> partitions;  // "+orders-0", "-orders-0"

    std::size_t count() {
        const std::lock_guard lock(mutex);
        return taken.size();
    }
};
std::shared_ptr<recording_stage> recording_stage_of(const std::string& component);

const weir_connector* counting_connector();
const weir_connector* recording_connector();

// Whether it comes true within half a minute.
bool eventually(const std::function<bool()>& condition);

struct topic_record {
    std::int64_t offset = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;

    std::string header(const std::string& name) const;
};

class worker_test : public testing::Test {
  protected:
    worker_test();
    ~worker_test() override;

    worker_options options() const;
    std::unique_ptr<worker> make_worker() { return make_worker(options()); }
    static std::unique_ptr<worker> make_worker(worker_options options);

    pipeline::component source(const std::string& name) const;
    pipeline::component sink(const std::string& name, std::vector<std::string> from) const;

    // Committed records of all partitions, at least `count`; empty when they do not come in time.
    std::vector<topic_record> read(const std::string& topic, std::size_t count) const;
    // The values 0, 1, 2 ... up to `count`, each once and in order.
    void expect_count(const std::string& topic, std::uint64_t count) const;
    void create(const std::string& topic, std::int32_t partitions = 1) const;
    void produce(const std::string& topic, const std::vector<std::string>& values,
                 std::vector<kafka::header> headers = {}) const;

    static task_status status_of(const worker& of, const std::string& name, std::size_t task = 0);
    static bool is_in(const worker& of, const std::string& name, task_state state);

    std::filesystem::path root_;
    std::unique_ptr<broker::node> node_;
};

inline component_id source_id(const std::string& name) {
    return {pipeline::component_kind::source, name};
}
inline component_id sink_id(const std::string& name) {
    return {pipeline::component_kind::sink, name};
}

}  // namespace weir::connect::worker
