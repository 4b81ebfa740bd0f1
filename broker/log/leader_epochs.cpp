#include "broker/log/leader_epochs.hpp"

#include <algorithm>

#include "broker/log/checkpoint_file.hpp"

namespace weir::broker::log {
namespace {

constexpr std::string_view file_name = "/leader-epoch-checkpoint";

}  // namespace

bool leader_epochs::assign(leader_epoch epoch, offset start) {
    if (!starts_.empty() && starts_.back().epoch >= epoch) return false;
    // An epoch without records is replaced by the one that has them.
    while (!starts_.empty() && starts_.back().start >= start)
        starts_.pop_back();
    starts_.push_back({.epoch = epoch, .start = start});
    return true;
}

leader_epoch leader_epochs::latest() const {
    return starts_.empty() ? no_leader_epoch : starts_.back().epoch;
}

leader_epoch leader_epochs::epoch_of(offset at) const {
    const auto above = std::ranges::upper_bound(starts_, at, {}, &epoch_start::start);
    return above == starts_.begin() ? no_leader_epoch : std::prev(above)->epoch;
}

epoch_end leader_epochs::end_of(leader_epoch asked, offset log_end) const {
    if (asked == no_leader_epoch || starts_.empty() || asked > starts_.back().epoch) return {};
    const auto above = std::ranges::upper_bound(starts_, asked, {}, &epoch_start::epoch);
    const auto end = above == starts_.end() ? log_end : above->start;
    // Before the first epoch that is known, its start is where all earlier ones ended.
    if (above == starts_.begin()) return {.epoch = asked, .end = end};
    return {.epoch = std::prev(above)->epoch, .end = end};
}

void leader_epochs::truncate_from_end(offset end) {
    std::erase_if(starts_, [end](const epoch_start& each) { return each.start >= end; });
}

void leader_epochs::truncate_from_start(offset start) {
    const auto current = epoch_of(start);
    std::erase_if(starts_, [&](const epoch_start& each) { return each.epoch < current; });
    if (!starts_.empty()) starts_.front().start = std::max(starts_.front().start, start);
}

io::disk_result<void> leader_epochs::save(io::disk& disk, const std::string& directory) const {
    std::vector<std::vector<std::string>> rows;
    for (const auto& each : starts_) {
        rows.push_back({std::to_string(each.epoch.value()), std::to_string(each.start.value())});
    }
    const auto path = directory + std::string(file_name);
    const auto text = format_checkpoint(rows);
    if (auto saved = io::overwrite_file(disk, path + ".tmp", base::as_bytes(text)); !saved) {
        return saved;
    }
    return disk.rename(path + ".tmp", path);
}

bool leader_epochs::load(io::disk& disk, const std::string& directory) {
    starts_.clear();
    const auto rows = read_checkpoint(disk, directory + std::string(file_name), 2);
    if (!rows) return false;
    for (const auto& row : *rows) {
        const auto epoch = parse_number(row[0]);
        const auto start = parse_number(row[1]);
        bool good = epoch && start && *epoch >= 0 && *epoch <= INT32_MAX && *start >= 0;
        if (good && !starts_.empty()) {
            good = *epoch > starts_.back().epoch.value() && *start > starts_.back().start.value();
        }
        if (!good) {
            starts_.clear();
            return false;
        }
        starts_.push_back(
            {.epoch = leader_epoch(static_cast<std::int32_t>(*epoch)), .start = offset(*start)});
    }
    return true;
}

}  // namespace weir::broker::log
