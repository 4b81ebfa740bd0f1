// crash_disk: a disk in memory that fills up, breaks in the middle of a call, and after a crash has
// what a disk would have: after a kill all that was handed over, after a power failure what was
// synced and, by chance, some of the rest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "connectors/file/sink/disk.hpp"

namespace weir::connectors::file::sink::test {

struct node {
    std::string data;
    std::string synced;
    bool held = false;
};

// Outlives the disks that write to it.
struct crash_medium {
    explicit crash_medium(std::uint64_t seed) : random(seed) {}

    std::mt19937_64 random;
    std::map<std::string, std::shared_ptr<node>> names;
    std::map<std::string, std::shared_ptr<node>> synced_names;
    std::uint64_t space = UINT64_MAX;       // bytes that may still be written
    std::uint64_t calls_left = UINT64_MAX;  // until it breaks
    std::uint64_t refused_writes = 0;
    std::uint64_t syncs = 0;

    bool is_broken() const { return calls_left == 0; }
    // Everybody who wrote is gone.
    void kill();
    void fail_power();
};

std::unique_ptr<disk> make_crash_disk(crash_medium& on);

}  // namespace weir::connectors::file::sink::test
