// memory_budget: the memory that the requests and answers of a shard's connections may take
// (queued.max.request.bytes). Shard-local.
//
// A part of it is only for small requests, so that large ones can never keep them waiting. The
// only large request may take more than there is, or it could never be served. Whoever wants more
// than is left waits, the smallest request first; reading from that client pauses meanwhile.
// Half-sent requests and answers that nobody reads could hold memory for ever: when somebody has
// waited for a while, the connections that have held the most for the longest without getting on
// are closed, until there is enough.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "broker/io/condition.hpp"
#include "broker/io/task.hpp"
#include "broker/network/frame_buffer.hpp"

namespace weir::broker::network {

class memory_budget;

// A connection as the budget sees it.
class memory_holder {
  public:
    explicit memory_holder(memory_budget& of);
    memory_holder(const memory_holder&) = delete;
    memory_holder& operator=(const memory_holder&) = delete;

    std::size_t held() const { return held_; }

  protected:
    ~memory_holder();
    // Others need the memory more: close, and give back all of it soon.
    virtual void evict() = 0;
    // Since when the peer keeps this from getting on; nothing when it does not.
    virtual std::optional<io::time_point> stalled_since() const = 0;
    // Ends a wait for memory that is under way.
    void stop_waiting();

  private:
    friend class memory_budget;
    memory_budget& of_;
    std::size_t held_ = 0;
    std::size_t large_ = 0;  // of it for large requests
    bool evicted_ = false;
    io::condition* wait_ = nullptr;
};

struct memory_limits {
    std::size_t size = 0;
    std::size_t small_max = 64UL * 1024;              // a request up to this size is a small one
    io::duration patience = std::chrono::seconds(1);  // then others are closed
    // The same when it is answers that take too much: they are there already, and will not wait.
    io::duration answer_patience = std::chrono::milliseconds(200);
    io::duration wait_max = std::chrono::seconds(10);  // then who waits is closed
};

class memory_budget {
  public:
    memory_budget(io::shard& on, const memory_limits& limits) : shard_(on), limits_(limits) {}
    memory_budget(const memory_budget&) = delete;
    memory_budget& operator=(const memory_budget&) = delete;

    // More bytes for a request of `whole` bytes; false when they are not there now.
    struct wish {
        std::size_t count = 0;
        std::size_t whole = 0;
    };
    bool try_take(memory_holder& by, const wish& what);
    // The same, but waits for them; false when the holder has to go.
    io::task<bool> take(memory_holder& by, wish what);
    // Takes what is there already, an answer, whatever is left.
    void add_answer(memory_holder& by, std::size_t count);
    void give_back(memory_holder& by, const wish& what);
    // Whether one more answer may be made for this holder. Who has read all answers before is not
    // held up by those who do not, as long as that can be.
    bool has_room_for_answer(bool all_read) const {
        return taken_ <= limits_.size + (all_read ? limits_.size / 2 : 0);
    }
    // Waits for it; false when the holder has to go.
    io::task<bool> room_for_answer(memory_holder& by);

    std::size_t taken() const { return taken_; }
    // Blocks of earlier requests; they are kept beside the budget, within a bound of their own.
    frame_pool& blocks() { return blocks_; }
    std::uint64_t evictions() const { return evictions_; }

  private:
    friend class memory_holder;
    struct waiter {
        memory_holder& by;
        wish what;
        bool granted = false;
        io::condition changed;
    };
    // What those who were closed will give back.
    struct leaving {
        std::size_t all = 0;
        std::size_t large = 0;
    };

    bool is_small(const wish& what) const { return what.whole <= limits_.small_max; }
    bool fits(const memory_holder& by, const wish& what, const leaving& leaving) const;
    void charge(memory_holder& by, const wish& what);
    io::task<bool> wait_for(memory_holder& by, wish what, io::duration patience);
    void grant();
    // Closes others until the wish will fit, or nobody is left who holds more for longer than `by`.
    void make_room(const memory_holder& by, const wish& what, io::duration patience);
    static double weight(const memory_holder& of, io::time_point now, io::duration patience);

    io::shard& shard_;
    memory_limits limits_;
    std::size_t taken_ = 0;
    std::size_t large_taken_ = 0;
    std::uint64_t evictions_ = 0;
    std::multimap<std::size_t, waiter*> waiting_;  // by the size of the request
    std::set<memory_holder*> holders_;
    frame_pool blocks_;
};

}  // namespace weir::broker::network
