// request_frame: the bytes of one request, and what they take of the shard's memory budget until
// they are released. Shard-local.
#pragma once

#include <algorithm>
#include <utility>

#include "broker/network/frame_buffer.hpp"
#include "broker/network/memory_budget.hpp"

namespace weir::broker::network {

class request_frame {
  public:
    // Begins in the block of an earlier request when this one will need most of it. All of the
    // block is charged: it is in memory, whatever is received.
    request_frame(memory_budget& budget, memory_holder& by, std::size_t size)
        : budget_(budget), by_(by), whole_(size), size_(size) {
        if (size < pooled_size_min) return;
        auto block = budget_.blocks().take(size);
        if (!budget_.try_take(by_, share(block.capacity()))) {
            budget_.blocks().give_back(std::move(block));
            return;
        }
        charged_ = block.capacity();
        memory_ = std::move(block);
    }
    ~request_frame() { drop(); }
    request_frame(const request_frame&) = delete;
    request_frame& operator=(const request_frame&) = delete;

    std::size_t size() const { return size_; }
    base::mutable_bytes bytes() { return memory_.all().first(size_); }

    // Room for the first `count` bytes, when the budget has it now.
    bool try_make_room(std::size_t count) {
        if (!budget_.try_take(by_, share(missing(count)))) return false;
        grow(count);
        return true;
    }
    // The same, but waits for it; false when there will be none.
    io::task<bool> make_room(std::size_t count) {
        auto taking = budget_.take(by_, share(missing(count)));
        const bool granted = co_await std::move(taking);
        if (granted) grow(count);
        co_return granted;
    }
    // It was large and taken to many pieces, not appended as it was.
    bool was_large_message() const { return whole_ >= large_message && !pooled_; }
    base::mutable_bytes room() { return memory_.all(); }

    // The message is decoded and needs none of the bytes. Their share of the budget stays taken for
    // what was decoded.
    void forget_bytes() {
        memory_ = {};
        size_ = 0;
    }
    // The batches are in their files: the memory and its share of the budget serve other requests
    // while this one waits for its answer.
    void release() {
        budget_.blocks().give_back(std::exchange(memory_, {}));
        drop();
        pooled_ = true;
    }
    // The bytes are needed no more.
    void drop() {
        memory_ = {};
        if (charged_ > 0) budget_.give_back(by_, share(std::exchange(charged_, 0)));
        size_ = 0;
    }

  private:
    // Smaller requests live in memory that malloc has at hand.
    static constexpr std::size_t pooled_size_min = 32UL * 1024;
    static constexpr std::size_t large_message = 512UL * 1024;

    memory_budget::wish share(std::size_t count) const { return {.count = count, .whole = whole_}; }
    std::size_t missing(std::size_t count) const { return count - std::min(count, charged_); }
    void grow(std::size_t count) {
        charged_ = std::max(charged_, count);
        memory_.grow(count);
    }

    memory_budget& budget_;
    memory_holder& by_;
    frame_buffer memory_;
    std::size_t whole_;  // as it was announced
    std::size_t size_;
    std::size_t charged_ = 0;
    bool pooled_ = false;
};

}  // namespace weir::broker::network
