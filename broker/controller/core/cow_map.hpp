// cow_map: a hash map that is cheap to copy. Values sit in a fixed number of buckets behind shared
// pointers; a copy shares all of them, and a change copies one. That is what lets every change
// of the metadata publish a new immutable image, with ten thousand topics, in microseconds.
// Pure. Copies may be read and dropped by several threads; the original is changed and copied by
// one.
//
// Whether a bucket is shared is not asked of the shared pointer's count: that it fell to one says
// nothing of what another thread has read before. Instead a bucket knows when it was made: each
// copying of a map ends an age of the original, and a map changes in place only the buckets of its
// present age, which no copy can have.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace weir::broker::controller {

template <class Key, class Value, std::size_t bucket_count = 256>
class cow_map {
    struct bucket {
        std::unordered_map<Key, Value> entries;
        std::uint64_t age = 0;
    };

  public:
    cow_map() = default;
    cow_map(const cow_map& other)
        : buckets_(other.buckets_), size_(other.size_), age_(++other.age_) {}
    cow_map& operator=(const cow_map& other) {
        buckets_ = other.buckets_;
        size_ = other.size_;
        age_ = std::max(age_, other.age_) + 1;
        other.age_ = age_;
        return *this;
    }
    cow_map(cow_map&&) noexcept = default;
    cow_map& operator=(cow_map&&) noexcept = default;
    ~cow_map() = default;

    // What was made in it no copy of this map has; values that are pointers may keep it to know
    // whether they can be changed in place.
    std::uint64_t age() const { return age_; }

    const Value* find(const Key& key) const {
        const auto& holder = buckets_[index_of(key)];
        if (!holder) return nullptr;
        const auto found = holder->entries.find(key);
        return found == holder->entries.end() ? nullptr : &found->second;
    }
    bool contains(const Key& key) const { return find(key) != nullptr; }
    std::size_t size() const { return size_; }

    void put(const Key& key, Value value) {
        size_ += own(key).insert_or_assign(key, std::move(value)).second ? 1 : 0;
    }
    void erase(const Key& key) {
        if (contains(key)) size_ -= own(key).erase(key);
    }

    // The value to change in place, in a bucket that no copy shares; null when there is none.
    Value* edit(const Key& key) { return contains(key) ? &own(key).find(key)->second : nullptr; }

    // Calls visit(key, value) for each entry, in no order that may be relied on.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& holder : buckets_) {
            if (!holder) continue;
            for (const auto& [key, value] : holder->entries)
                visit(key, value);
        }
    }

  private:
    static std::size_t index_of(const Key& key) {
        return std::hash<Key>()(key) * 0x9e3779b97f4a7c15ULL >> 32 & (bucket_count - 1);
    }
    // The bucket of a key, to be changed.
    std::unordered_map<Key, Value>& own(const Key& key) {
        auto& holder = buckets_[index_of(key)];
        if (!holder) {
            holder = std::make_shared<bucket>();
            holder->age = age_;
        } else if (holder->age != age_) {
            holder = std::make_shared<bucket>(*holder);
            holder->age = age_;
        }
        return holder->entries;
    }

    static_assert((bucket_count & (bucket_count - 1)) == 0);
    std::array<std::shared_ptr<bucket>, bucket_count> buckets_;
    std::size_t size_ = 0;
    mutable std::uint64_t age_ = 0;
};

}  // namespace weir::broker::controller
