// How fast the worker is: a source that costs nothing and a sink that forgets, with a broker in a
// process of its own, so that the processor time that is told is the worker's alone.
//
//   weir_worker_speed source exactly_once|at_least_once [RECORDS]   records/s, us of CPU a record
//   weir_worker_speed sink [RECORDS]                                the same, topic to blackhole
//   weir_worker_speed latency exactly_once|at_least_once [SECONDS]  append to consumable at 1,000/s
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "broker/server/node.hpp"
#include "connect/kafka/consumer.hpp"
#include "connect/sdk/plugin.hpp"
#include "connect/sdk/values.hpp"
#include "connect/worker/worker.hpp"

namespace {

using namespace weir;
using namespace weir::connect;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t record_bytes = 200;

std::atomic<std::uint64_t> records_to_give{0};
std::atomic<std::uint64_t> committed{0};
std::atomic<std::uint64_t> taken{0};
std::atomic<bool> paced{false};

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady::now().time_since_epoch())
        .count();
}

class fast_source : public sdk::source {
  public:
    static sdk::outcome create(const sdk::host&, const sdk::settings&,
                               std::span<const weir_position>, std::unique_ptr<sdk::source>& task) {
        task = std::make_unique<fast_source>();
        return sdk::ok();
    }
    sdk::outcome poll(std::chrono::milliseconds timeout, sdk::source_batch& into) override {
        if (paced) return poll_paced(into);
        const auto left = records_to_give - given_;
        if (left == 0) {
            std::this_thread::sleep_for(std::min(timeout, std::chrono::milliseconds(1)));
            return sdk::ok();
        }
        const auto count = std::min<std::uint64_t>(left, 1000);
        records_.assign(count, sdk::make_record(sdk::string_value(text_)));
        given_ += count;
        into.records = records_;
        give_position(into);
        into.drained = given_ == records_to_give;
        return sdk::ok();
    }
    sdk::outcome committed(std::uint64_t batches) override {
        ::committed = batches * 1000;
        return sdk::ok();
    }

  private:
    // A record each millisecond, with the time when it was made.
    sdk::outcome poll_paced(sdk::source_batch& into) {
        while (now_us() < next_us_)
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        if (next_us_ == 0) next_us_ = now_us();
        // All that are due: a source that waited for a commit is not behind for ever.
        records_.clear();
        stamps_.clear();
        for (const auto now = now_us(); next_us_ <= now && stamps_.size() < 1000; next_us_ += 1000)
            stamps_.push_back(fmt::format("{:<20}{}", next_us_, text_.substr(20)));
        for (const auto& each : stamps_)
            records_.push_back(sdk::make_record(sdk::string_value(each)));
        into.records = records_;
        into.drained = true;
        give_position(into);
        return sdk::ok();
    }
    void give_position(sdk::source_batch& into) {
        offset_ = fmt::format("{{\"n\":{}}}", given_);
        position_ = {sdk::text("{\"s\":1}"), sdk::text(offset_)};
        into.positions = {&position_, 1};
    }

    std::string text_ = std::string(record_bytes, 'x');
    std::vector<std::string> stamps_;
    std::vector<weir_record> records_;
    std::uint64_t given_ = 0;
    std::int64_t next_us_ = 0;
    std::string offset_;
    weir_position position_ = {};
};

class blackhole : public sdk::sink {
  public:
    static sdk::outcome create(const sdk::host&, const sdk::settings&, weir_sink_wish& wish,
                               std::unique_ptr<sdk::sink>& task) {
        wish.key_form = wish.value_form = WEIR_FORM_BYTES;
        task = std::make_unique<blackhole>();
        return sdk::ok();
    }
    sdk::outcome put(std::span<const weir_record> records, std::span<weir_result>) override {
        taken += records.size();
        return sdk::ok();
    }
};

// The broker's process: tells its port, lives until the pipe is closed.
[[noreturn]] void serve(int tell, int hold, const std::string& directory) {
    base::configure_log({.level = base::log_level::warn});
    config::settings written;
    written.values["listeners"] = {.value = "PLAINTEXT://127.0.0.1:0", .place = "here"};
    written.values["log.dirs"] = {.value = directory, .place = "here"};
    written.values["weir.metrics.listener"] = {.value = "", .place = "here"};
    written.values["group.initial.rebalance.delay.ms"] = {.value = "0", .place = "here"};
    auto node = broker::node::start(config::make_broker_config(written));
    const std::uint16_t port = node ? (*node)->port() : 0;
    (void)!::write(tell, &port, sizeof(port));
    char none = 0;
    (void)!::read(hold, &none, 1);
    ::_exit(0);
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& of) {
        return static_cast<double>(of.tv_sec) + static_cast<double>(of.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct measured {
    steady::time_point began = steady::now();
    double cpu = cpu_seconds();

    void tell(const std::string& what, std::uint64_t records) const {
        const auto took = std::chrono::duration<double>(steady::now() - began).count();
        const auto count = static_cast<double>(records);
        fmt::print("{}: {:.0f} records/s, {:.2f} us of CPU a record\n", what, count / took,
                   (cpu_seconds() - cpu) / count * 1e6);
    }
};

bool wait_for(const std::function<bool()>& condition) {
    const auto deadline = steady::now() + 120s;
    while (!condition() && steady::now() < deadline)
        std::this_thread::sleep_for(1ms);
    return condition();
}

pipeline::component component_of(pipeline::component_kind kind, const std::string& mode) {
    pipeline::component out;
    out.kind = kind;
    out.name = "speed";
    out.type = "speed";
    out.topic = "speed";
    out.from = {"speed"};
    out.settings = {"speed", "", {}};
    if (mode == "at_least_once") out.delivery = pipeline::delivery_mode::at_least_once;
    return out;
}

const weir_connector* source_connector() {
    return sdk::source_of<fast_source>("speed", "1", "", {});
}

void fill(worker::worker& with, const std::string& mode, std::uint64_t records) {
    (void)with.start(component_of(pipeline::component_kind::source, mode), source_connector());
    wait_for([&] { return with.status()[0].tasks[0].state == worker::task_state::running; });
    const measured from;
    records_to_give = records;
    wait_for([&] { return committed >= records; });
    from.tell("source, " + mode, records);
}

void read_latencies(const std::string& bootstrap, std::int64_t seconds, const std::string& mode) {
    kafka::client_options given;
    given.settings = {{"bootstrap.servers", bootstrap},
                      {"group.id", "reader"},
                      {"isolation.level", "read_committed"},
                      {"enable.auto.commit", "false"},
                      {"fetch.wait.max.ms", "100"}};
    auto reader = kafka::consumer::create(given, [](const auto&) {});
    if (!reader) return;
    wait_for([&] {
        const auto info = (*reader)->topic("speed", 1s);
        return info && info->error_code == 0 && !info->partitions.empty();
    });
    (void)(*reader)->assign({{.topic = "speed", .partition = 0, .offset = kafka::from_end}});
    std::vector<std::int64_t> all;
    const auto end = steady::now() + std::chrono::seconds(seconds);
    while (steady::now() < end) {
        (*reader)->poll(10ms, 1000, [&all](const kafka::message& message) {
            all.push_back(now_us() -
                          std::atoll(std::string(base::as_text(*message.value)).c_str()));
        });
    }
    if (all.empty()) return;
    std::ranges::sort(all);
    const auto at = [&all](double share) {
        return static_cast<double>(
                   all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))]) /
               1000;
    };
    fmt::print("latency, {}: {} records, p50 {:.2f} ms, p99 {:.2f} ms\n", mode, all.size(), at(0.5),
               at(0.99));
    (*reader)->abandon();
}

void measure(const std::vector<std::string>& arguments, worker::worker_options options) {
    const auto& what = arguments[0];
    const auto mode = arguments.size() > 1 ? arguments[1] : std::string("exactly_once");
    const auto number = [&](std::size_t index, std::int64_t otherwise) {
        return arguments.size() > index ? std::atoll(arguments[index].c_str()) : otherwise;
    };
    const auto bootstrap = options.bootstrap;
    auto with = worker::worker::create(std::move(options));
    if (!with) return;
    if (what == "source") {
        fill(**with, mode, static_cast<std::uint64_t>(number(2, 2000000)));
    } else if (what == "sink") {
        const auto records = static_cast<std::uint64_t>(number(1, 4000000));
        fill(**with, "at_least_once", records);
        const measured from;
        (void)(*with)->start(component_of(pipeline::component_kind::sink, mode),
                             sdk::sink_of<blackhole>("speed", "1", "", {}));
        wait_for([] { return taken > 0; });
        const measured reading;
        const auto before = taken.load();
        wait_for([records] { return taken >= records; });
        reading.tell("sink", records - before);
        from.tell("sink, with its start", records);
    } else {
        paced = true;
        (void)(*with)->start(component_of(pipeline::component_kind::source, mode),
                             source_connector());
        read_latencies(bootstrap, number(2, 5), mode);
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> all(arguments + 1, arguments + count);
    if (all.empty()) return 2;
    const auto root = std::filesystem::temp_directory_path() /
                      ("weir-worker-speed-" + std::to_string(::getpid()));
    int tell[2];
    int hold[2];
    if (::pipe(tell) != 0 || ::pipe(hold) != 0) return 1;
    const auto child = ::fork();
    if (child == 0) {
        ::close(hold[1]);
        serve(tell[1], hold[0], (root / "broker").string());
    }
    std::uint16_t port = 0;
    if (::read(tell[0], &port, sizeof(port)) != sizeof(port) || port == 0) return 1;
    base::configure_log({.level = base::log_level::warn});
    worker::worker_options options;
    options.bootstrap = fmt::format("127.0.0.1:{}", port);
    options.data_dir = root / "connect";
    measure(all, std::move(options));
    ::close(hold[1]);
    ::waitpid(child, nullptr, 0);
    std::filesystem::remove_all(root);
    return 0;
}
