// error_counts: what went wrong in one task, for /metrics. Written by the task, read by anyone.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::connect::errors {

struct error_counts {
    std::atomic<std::uint64_t> record_failures{0};  // tries that failed
    std::atomic<std::uint64_t> record_errors{0};    // records that were given up
    std::atomic<std::uint64_t> records_skipped{0};
    std::atomic<std::uint64_t> retries{0};
    std::atomic<std::uint64_t> dead_letter_requests{0};
    std::atomic<std::uint64_t> dead_letter_failures{0};
    std::atomic<std::int64_t> last_error_ms{0};  // since 1970; 0: never
};

}  // namespace weir::connect::errors
