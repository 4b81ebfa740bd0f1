#include "broker/io/asio/shard.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/ensure.hpp"
#include "broker/io/asio/context.hpp"

namespace weir::broker::io {
namespace {

// The handler and the timer object share this; whoever comes last frees it.
struct timer_state {
    boost::asio::steady_timer native;
    shard::work call;
    bool cancelled = false;
};

class asio_timer : public timer {
  public:
    explicit asio_timer(std::shared_ptr<timer_state> state) : state_(std::move(state)) {}
    ~asio_timer() override {
        state_->cancelled = true;
        state_->native.cancel();
    }
    asio_timer(const asio_timer&) = delete;
    asio_timer& operator=(const asio_timer&) = delete;

  private:
    std::shared_ptr<timer_state> state_;
};

}  // namespace

asio_shard::asio_shard(std::string name) : context_(std::make_unique<context>()) {
    context_->name = std::move(name);
    context_->guard.emplace(context_->loop.get_executor());
}

asio_shard::~asio_shard() {
    stop();
}

void asio_shard::start() {
    ensure(!context_->thread.joinable());
    context_->thread = std::thread([inside = context_.get()] {
        inside->thread_id = std::this_thread::get_id();
        inside->loop.run();
    });
    ::pthread_setname_np(context_->thread.native_handle(), context_->name.substr(0, 15).c_str());
}

void asio_shard::stop() {
    context_->guard.reset();
    if (context_->thread.joinable()) context_->thread.join();
}

void asio_shard::post(work call) {
    boost::asio::post(context_->loop, std::move(call));
}

bool asio_shard::is_current() const {
    return std::this_thread::get_id() == context_->thread_id;
}

time_point asio_shard::now() const {
    return std::chrono::steady_clock::now();
}

std::int64_t asio_shard::wall_ms() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::unique_ptr<timer> asio_shard::call_at(time_point when, work call) {
    auto state = std::make_shared<timer_state>(boost::asio::steady_timer(context_->loop, when),
                                               std::move(call), false);
    state->native.async_wait([state](const boost::system::error_code&) {
        if (state->cancelled) return;
        auto due = std::move(state->call);
        due();
    });
    return std::make_unique<asio_timer>(std::move(state));
}

}  // namespace weir::broker::io
