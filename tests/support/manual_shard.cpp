#include "tests/support/manual_shard.hpp"

namespace weir::test {

// A timer leaves the table when it runs or is destroyed, whichever comes first.
class manual_shard::scheduled : public broker::io::timer {
  public:
    scheduled(timers& of, timers::iterator place, std::shared_ptr<bool> waits)
        : of_(of), place_(place), waits_(std::move(waits)) {}
    ~scheduled() override {
        if (*waits_) of_.erase(place_);
    }
    scheduled(const scheduled&) = delete;
    scheduled& operator=(const scheduled&) = delete;

  private:
    timers& of_;
    timers::iterator place_;
    std::shared_ptr<bool> waits_;
};

manual_shard::manual_shard() : tasks_(*this) {}

manual_shard::~manual_shard() {
    run();
}

void manual_shard::post(work call) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(call));
    }
    posted_.notify_one();
}

bool manual_shard::run_one() {
    work call;
    {
        const std::lock_guard lock(mutex_);
        if (queue_.empty()) return false;
        call = std::move(queue_.front());
        queue_.pop_front();
    }
    call();
    return true;
}

void manual_shard::run() {
    while (run_one()) {
    }
}

bool manual_shard::run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (run_one()) continue;
        std::unique_lock lock(mutex_);
        const bool more = posted_.wait_until(lock, deadline, [this] { return !queue_.empty(); });
        if (!more) return false;
    }
    return true;
}

void manual_shard::advance(broker::io::duration by) {
    now_ += by;
    run();
    while (!timers_.empty() && timers_.begin()->first <= now_) {
        auto call = std::move(timers_.begin()->second);
        call();
        run();
    }
}

std::shared_ptr<bool> manual_shard::spawn(broker::io::task<void> work) {
    auto done = std::make_shared<bool>(false);
    tasks_.spawn(mark(std::move(work), done));
    run();
    return done;
}

std::int64_t manual_shard::wall_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
}

std::unique_ptr<broker::io::timer> manual_shard::call_at(broker::io::time_point when, work call) {
    auto waits = std::make_shared<bool>(true);
    const auto place = timers_.emplace(when, nullptr);
    place->second = [this, place, waits, call = std::move(call)]() mutable {
        *waits = false;
        auto due = std::move(call);
        timers_.erase(place);
        due();
    };
    return std::make_unique<scheduled>(timers_, place, std::move(waits));
}

}  // namespace weir::test
