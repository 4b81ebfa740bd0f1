#include "broker/network/memory_budget.hpp"

#include <algorithm>

namespace weir::broker::network {
namespace {

constexpr std::size_t small_share = 8;  // one part in so many is only for small requests

}  // namespace

memory_holder::memory_holder(memory_budget& of) : of_(of) {
    of_.holders_.insert(this);
}

memory_holder::~memory_holder() {
    of_.holders_.erase(this);
}

void memory_holder::stop_waiting() {
    if (wait_ != nullptr) wait_->notify_all();
}

bool memory_budget::fits(const memory_holder& by, const wish& what, const leaving& leaving) const {
    const auto taken = taken_ - std::min(taken_, leaving.all);
    if (taken == 0) return true;
    if (is_small(what)) return taken + what.count <= limits_.size;
    const auto large = large_taken_ - std::min(large_taken_, leaving.large);
    const bool is_only_one = large <= by.large_;
    return is_only_one || taken + what.count <= limits_.size - limits_.size / small_share;
}

void memory_budget::charge(memory_holder& by, const wish& what) {
    taken_ += what.count;
    by.held_ += what.count;
    if (is_small(what)) return;
    large_taken_ += what.count;
    by.large_ += what.count;
}

bool memory_budget::try_take(memory_holder& by, const wish& what) {
    if (!fits(by, what, {})) return false;
    charge(by, what);
    return true;
}

io::task<bool> memory_budget::take(memory_holder& by, wish what) {
    if (try_take(by, what)) co_return true;
    auto waiting = wait_for(by, what, limits_.patience);
    co_return co_await std::move(waiting);
}

void memory_budget::add_answer(memory_holder& by, std::size_t count) {
    charge(by, {.count = count});
}

io::task<bool> memory_budget::room_for_answer(memory_holder& by) {
    auto waiting = wait_for(by, {}, limits_.answer_patience);
    co_return co_await std::move(waiting);
}

io::task<bool> memory_budget::wait_for(memory_holder& by, wish what, io::duration patience) {
    waiter mine{.by = by, .what = what, .granted = false, .changed = io::condition(shard_)};
    by.wait_ = &mine.changed;
    const auto place = waiting_.emplace(what.whole, &mine);
    const auto deadline = shard_.now() + limits_.wait_max;
    auto eviction = shard_.now() + patience;
    while (!mine.granted) {
        const bool notified = co_await mine.changed.wait_until(std::min(eviction, deadline));
        if (mine.granted) break;
        const auto now = shard_.now();
        if (notified || by.evicted_ || now >= deadline) break;
        make_room(by, what, patience);
        if (by.evicted_) break;
        eviction = now + patience;
    }
    by.wait_ = nullptr;
    if (!mine.granted) waiting_.erase(place);
    co_return mine.granted;
}

void memory_budget::give_back(memory_holder& by, const wish& what) {
    taken_ -= what.count;
    by.held_ -= what.count;
    if (!is_small(what)) {
        large_taken_ -= what.count;
        by.large_ -= what.count;
    }
    grant();
}

void memory_budget::grant() {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        auto& each = *at->second;
        if (!fits(each.by, each.what, {})) {
            ++at;
            continue;
        }
        charge(each.by, each.what);
        each.granted = true;
        each.changed.notify_all();
        at = waiting_.erase(at);
    }
}

// Byte-seconds: a slow small request is no burden, nor is a fast large one.
double memory_budget::weight(const memory_holder& of, io::time_point now, io::duration patience) {
    const auto since = of.stalled_since();
    if (of.evicted_ || !since || now - *since < patience) return 0;
    return static_cast<double>(of.held_) * std::chrono::duration<double>(now - *since).count();
}

void memory_budget::make_room(const memory_holder& by, const wish& what, io::duration patience) {
    const auto now = shard_.now();
    leaving leaving;
    for (const auto* each : holders_) {
        if (!each->evicted_) continue;
        leaving.all += each->held_;
        leaving.large += each->large_;
    }
    const auto mine = weight(by, now, patience);
    while (!fits(by, what, leaving)) {
        const auto worst = std::ranges::max_element(
            holders_, {}, [&](const memory_holder* each) { return weight(*each, now, patience); });
        if (worst == holders_.end()) return;
        const auto load = weight(**worst, now, patience);
        if (load <= 0 || (load <= mine && *worst != &by)) return;
        auto& evicted = **worst;
        evicted.evicted_ = true;
        leaving.all += evicted.held_;
        leaving.large += evicted.large_;
        ++evictions_;
        evicted.evict();
        if (&evicted == &by) return;
    }
}

}  // namespace weir::broker::network
