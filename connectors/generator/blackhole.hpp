// blackhole: a sink that counts records and drops them. Its options make trouble on purpose: for
// tests of what is around a sink.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "connect/sdk/plugin.hpp"

namespace weir::connectors::generator {

inline constexpr std::array<sdk::option, 3> blackhole_options = {{
    {.name = "delay",
     .type = WEIR_OPTION_DURATION,
     .initial = "0ms",
     .text = "Each batch takes so long."},
    {.name = "fail_every",
     .type = WEIR_OPTION_INTEGER,
     .initial = "0",
     .valid = "0..",
     .text = "Every n-th call fails, as if a server were away, and is made again; 0: none."},
    {.name = "bad_every",
     .type = WEIR_OPTION_INTEGER,
     .initial = "0",
     .valid = "0..",
     .text = "Records whose offset is a multiple of n are refused for good; 0: none."},
}};

class blackhole final : public sdk::sink {
  public:
    static sdk::outcome create(const sdk::host& host, const sdk::settings& settings,
                               weir_sink_wish& wish, std::unique_ptr<sdk::sink>& task);

    sdk::outcome put(std::span<const weir_record> records, std::span<weir_result> results) override;
    sdk::outcome flush() override;
    void request_stop() override;

  private:
    blackhole(const sdk::host& host, const sdk::settings& settings);
    void report();

    sdk::host host_;
    std::chrono::milliseconds delay_;
    std::uint64_t fail_every_;
    std::int64_t bad_every_;
    std::uint64_t batches_ = 0;
    std::uint64_t records_ = 0;
    std::uint64_t bytes_ = 0;
    std::chrono::steady_clock::time_point reported_;

    std::mutex stopping_;
    std::condition_variable stopped_;
    bool stop_ = false;
};

}  // namespace weir::connectors::generator
