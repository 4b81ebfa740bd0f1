// request_frame: the bytes of one request, and what they take of the shard's budget until they are
// released. Shard-local.
#pragma once

#include <algorithm>
#include <utility>

#include "broker/network/byte_budget.hpp"
#include "broker/network/frame_buffer.hpp"

namespace weir::broker::network {

class request_frame {
  public:
    request_frame(byte_budget& budget, std::size_t size) : budget_(budget), size_(size) {
        if (size >= pooled_size_min) memory_ = budget_.blocks().take();
    }
    ~request_frame() { release(); }
    request_frame(const request_frame&) = delete;
    request_frame& operator=(const request_frame&) = delete;

    std::size_t size() const { return size_; }
    base::mutable_bytes bytes() { return memory_.all().first(size_); }

    // Makes room for the first `count` bytes, whose share of the budget is granted before the
    // deadline, or false.
    io::task<bool> make_room(std::size_t count, io::time_point deadline) {
        const bool granted = co_await budget_.take(count - charged_, deadline);
        if (!granted) co_return false;
        charged_ = count;
        memory_.grow(std::max<std::size_t>(count, 1));
        co_return true;
    }
    base::mutable_bytes room() { return memory_.all(); }

    // The bytes are needed no more: their memory and their share of the budget serve other requests
    // while this one waits for its answer.
    void release() {
        budget_.blocks().give_back(std::exchange(memory_, {}));
        if (charged_ > 0) budget_.give_back(std::exchange(charged_, 0));
        size_ = 0;
    }

  private:
    // Smaller requests live in memory that malloc has at hand.
    static constexpr std::size_t pooled_size_min = 32UL * 1024;

    byte_budget& budget_;
    frame_buffer memory_;
    std::size_t size_;
    std::size_t charged_ = 0;
};

}  // namespace weir::broker::network
