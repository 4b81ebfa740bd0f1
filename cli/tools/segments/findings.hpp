// findings: what kafka-dump-log.sh gathers on its way and reports at the end, file by file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace weir::cli::tools::segments {

// Pairs of numbers by file, in the order of finding.
class pairs_by_file {
  public:
    using pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;
    struct of_file {
        std::string path;
        pairs found;
    };

    void add(const std::string& path, std::int64_t one, std::int64_t other);
    // In the order in which Kafka's tool prints them.
    std::vector<of_file> in_order() const;

  private:
    std::vector<of_file> files_;
};

struct findings {
    pairs_by_file index_mismatches;     // index offset, log offset
    pairs_by_file time_mismatches;      // index timestamp, log timestamp
    pairs_by_file times_out_of_order;   // index timestamp, the one before
    pairs_by_file times_without_batch;  // index offset, offset found
    pairs_by_file non_consecutive;      // offset, the one that follows

    void report(std::FILE* to) const;
};

}  // namespace weir::cli::tools::segments
