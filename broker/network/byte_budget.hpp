// byte_budget: the memory that requests in flight may take on a shard (queued.max.request.bytes).
// Whoever wants more than is left waits; reading from that client pauses meanwhile.
// Shard-local.
#pragma once

#include <cstddef>
#include <cstdint>

#include "broker/io/condition.hpp"
#include "broker/io/task.hpp"
#include "broker/network/frame_buffer.hpp"

namespace weir::broker::network {

class byte_budget {
  public:
    byte_budget(io::shard& on, std::size_t size) : size_(size), freed_(on) {}

    // Takes `count` bytes; false when they did not come free before the deadline. More than the
    // whole budget is granted when nothing else is taken.
    io::task<bool> take(std::size_t count, io::time_point deadline) {
        while (taken_ > 0 && taken_ + count > size_) {
            const bool notified = co_await freed_.wait_until(deadline);
            if (!notified) co_return false;
        }
        taken_ += count;
        co_return true;
    }
    void give_back(std::size_t count) {
        taken_ -= count;
        freed_.notify_all();
    }
    std::size_t taken() const { return taken_; }
    // Blocks of earlier requests; they are kept beside the budget, within a bound of their own.
    frame_pool& blocks() { return blocks_; }

  private:
    std::size_t size_;
    std::size_t taken_ = 0;
    io::condition freed_;
    frame_pool blocks_;
};

}  // namespace weir::broker::network
