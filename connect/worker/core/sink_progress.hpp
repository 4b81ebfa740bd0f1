// sink_progress: up to where a sink has got in each of its partitions: behind the last record that
// is settled, but never past one that waits to be given again. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::connect::worker::core {

using partition_name = std::pair<std::string, std::int32_t>;

struct next_offset {
    partition_name partition;
    std::int64_t offset = 0;
};

class sink_progress {
  public:
    void assign(const partition_name& partition);
    void revoke(const partition_name& partition);
    bool is_assigned(const partition_name& partition) const { return parts_.contains(partition); }
    // Whether a record is to be given to the sink: its partition is assigned, and it is not one
    // that was settled or waits.
    bool is_wanted(const partition_name& partition, std::int64_t offset) const;

    // Records up to `last` came in.
    void give(const partition_name& partition, std::int64_t last);
    // The lowest that is not settled; nothing: all that came in is.
    void wait_for(const partition_name& partition, std::optional<std::int64_t> offset);

    // What may be committed and is not: the next offset to read in each partition.
    std::vector<next_offset> committable() const;
    void committed(const partition_name& partition, std::int64_t offset);
    std::optional<std::int64_t> committed_offset(const partition_name& partition) const;
    std::vector<partition_name> assigned() const;

  private:
    struct part {
        std::optional<std::int64_t> end;      // behind what came in
        std::optional<std::int64_t> waiting;  // the lowest that is not settled
        std::optional<std::int64_t> committed;
    };
    std::map<partition_name, part> parts_;
};

}  // namespace weir::connect::worker::core
