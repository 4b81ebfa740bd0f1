// request_meter: how many requests of each API a shard has served, and how long they took. Plain
// counters of one shard; the metrics page adds them up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "broker/io/shard.hpp"

namespace weir::broker::api {

// Upper bounds of the latency buckets, in microseconds; one more bucket has all above.
inline constexpr std::array<std::uint64_t, 14> latency_bounds_us = {
    50,     100,    250,    500,     1'000,   2'500,     5'000,
    10'000, 25'000, 50'000, 100'000, 500'000, 1'000'000, 10'000'000};
inline constexpr std::size_t api_keys_max = 96;

struct api_counts {
    std::uint64_t count = 0;
    std::uint64_t microseconds = 0;
    std::array<std::uint64_t, latency_bounds_us.size() + 1> buckets{};
};

class request_meter {
  public:
    void record(std::size_t key, io::duration took) {
        if (key >= api_keys_max) return;
        const auto us = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(took).count());
        auto& counts = counts_[key];
        ++counts.count;
        counts.microseconds += us;
        std::size_t bucket = 0;
        while (bucket < latency_bounds_us.size() && us > latency_bounds_us[bucket])
            ++bucket;
        ++counts.buckets[bucket];
    }
    const std::array<api_counts, api_keys_max>& counts() const { return counts_; }

  private:
    std::array<api_counts, api_keys_max> counts_{};
};

}  // namespace weir::broker::api
