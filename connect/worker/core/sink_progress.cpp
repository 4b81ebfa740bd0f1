#include "connect/worker/core/sink_progress.hpp"

namespace weir::connect::worker::core {

void sink_progress::assign(const partition_name& partition) {
    parts_.insert_or_assign(partition, part{});
}

void sink_progress::revoke(const partition_name& partition) {
    parts_.erase(partition);
}

bool sink_progress::is_wanted(const partition_name& partition, std::int64_t offset) const {
    const auto found = parts_.find(partition);
    if (found == parts_.end()) return false;
    return !found->second.end || offset >= *found->second.end;
}

void sink_progress::give(const partition_name& partition, std::int64_t last) {
    const auto found = parts_.find(partition);
    if (found != parts_.end()) found->second.end = last + 1;
}

void sink_progress::wait_for(const partition_name& partition, std::optional<std::int64_t> offset) {
    const auto found = parts_.find(partition);
    if (found != parts_.end()) found->second.waiting = offset;
}

std::vector<next_offset> sink_progress::committable() const {
    std::vector<next_offset> out;
    for (const auto& [name, of] : parts_) {
        if (!of.end) continue;
        const auto next = of.waiting ? *of.waiting : *of.end;
        if (of.committed && *of.committed >= next) continue;
        out.push_back({.partition = name, .offset = next});
    }
    return out;
}

void sink_progress::committed(const partition_name& partition, std::int64_t offset) {
    const auto found = parts_.find(partition);
    if (found != parts_.end()) found->second.committed = offset;
}

std::optional<std::int64_t> sink_progress::committed_offset(const partition_name& partition) const {
    const auto found = parts_.find(partition);
    return found == parts_.end() ? std::nullopt : found->second.committed;
}

std::vector<partition_name> sink_progress::assigned() const {
    std::vector<partition_name> out;
    for (const auto& [name, of] : parts_)
        out.push_back(name);
    return out;
}

}  // namespace weir::connect::worker::core
