// cow_map: a hash map that is cheap to copy. Values sit in a fixed number of buckets behind shared
// pointers; a copy shares all of them, and a change copies one. That is what lets every change
// of the metadata publish a new immutable image, with ten thousand topics, in microseconds.
// Pure. Copies may be read from several threads; one copy is changed by one thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace weir::broker::controller {

template <class Key, class Value, std::size_t bucket_count = 256>
class cow_map {
    using bucket = std::unordered_map<Key, Value>;

  public:
    const Value* find(const Key& key) const {
        const auto& holder = buckets_[index_of(key)];
        if (!holder) return nullptr;
        const auto found = holder->find(key);
        return found == holder->end() ? nullptr : &found->second;
    }
    bool contains(const Key& key) const { return find(key) != nullptr; }
    std::size_t size() const { return size_; }

    void put(const Key& key, Value value) {
        auto& holder = own(key);
        size_ += holder->insert_or_assign(key, std::move(value)).second ? 1 : 0;
    }
    void erase(const Key& key) {
        if (contains(key)) size_ -= own(key)->erase(key);
    }

    // The value to change in place, in a bucket that no copy shares; null when there is none.
    Value* edit(const Key& key) { return contains(key) ? &own(key)->find(key)->second : nullptr; }

    // Calls visit(key, value) for each entry, in no order that may be relied on.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& holder : buckets_) {
            if (!holder) continue;
            for (const auto& [key, value] : *holder)
                visit(key, value);
        }
    }

  private:
    static std::size_t index_of(const Key& key) {
        return std::hash<Key>()(key) * 0x9e3779b97f4a7c15ULL >> 32 & (bucket_count - 1);
    }
    std::shared_ptr<bucket>& own(const Key& key) {
        auto& holder = buckets_[index_of(key)];
        if (!holder) {
            holder = std::make_shared<bucket>();
        } else if (holder.use_count() > 1) {
            holder = std::make_shared<bucket>(*holder);
        }
        return holder;
    }

    static_assert((bucket_count & (bucket_count - 1)) == 0);
    std::array<std::shared_ptr<bucket>, bucket_count> buckets_;
    std::size_t size_ = 0;
};

}  // namespace weir::broker::controller
