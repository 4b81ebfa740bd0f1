#include "cli/tools/segments/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "cli/tools/java/hash_order.hpp"

namespace weir::cli::tools::segments {
namespace {

// Kafka keeps these two in sorted maps: one entry a key, the last one found wins.
pairs_by_file::pairs as_map(const pairs_by_file::pairs& found) {
    std::map<std::int64_t, std::int64_t> sorted;
    for (const auto& [key, value] : found)
        sorted.insert_or_assign(key, value);
    return {sorted.begin(), sorted.end()};
}

}  // namespace

void pairs_by_file::add(const std::string& path, std::int64_t one, std::int64_t other) {
    if (files_.empty() || files_.back().path != path) {
        const auto known = std::ranges::find(files_, path, &of_file::path);
        if (known != files_.end()) {
            known->found.emplace_back(one, other);
            return;
        }
        files_.push_back({.path = path, .found = {}});
    }
    files_.back().found.emplace_back(one, other);
}

std::vector<pairs_by_file::of_file> pairs_by_file::in_order() const {
    auto files = files_;
    // Kafka fills these maps with computeIfAbsent, which puts an entry in front of its bucket.
    std::ranges::reverse(files);
    java::sort_as_hash_map(files, [](const of_file& each) { return java::hash_of(each.path); });
    return files;
}

void findings::report(std::FILE* to) const {
    for (const auto& file : index_mismatches.in_order()) {
        fmt::print(to, "Mismatches in :{}\n", file.path);
        for (const auto& [index, log] : std::views::reverse(as_map(file.found)))
            fmt::print(to, "  Index offset: {}, log offset: {}\n", index, log);
    }
    for (const auto& file : time_mismatches.in_order()) {
        fmt::print(to, "Found timestamp mismatch in :{}\n", file.path);
        for (const auto& [index, log] : file.found)
            fmt::print(to, "  Index timestamp: {}, log timestamp: {}\n", index, log);
    }
    for (const auto& file : times_out_of_order.in_order()) {
        fmt::print(to, "Found out of order timestamp in :{}\n", file.path);
        for (const auto& [index, before] : file.found)
            fmt::print(to, "  Index timestamp: {}, Previously indexed timestamp: {}\n", index,
                       before);
    }
    for (const auto& file : times_without_batch.in_order()) {
        fmt::print(to, "The following indexed offsets are not found in :{}\n", file.path);
        for (const auto& [index, log] : file.found)
            fmt::print(to, "Indexed offset: {}, found log offset: {}\n", index, log);
    }
    for (const auto& file : non_consecutive.in_order()) {
        fmt::print(to, "Non-consecutive offsets in {}\n", file.path);
        for (const auto& [before, after] : as_map(file.found))
            fmt::print(to, "  {} is followed by {}\n", before, after);
    }
}

}  // namespace weir::cli::tools::segments
