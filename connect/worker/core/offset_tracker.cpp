#include "connect/worker/core/offset_tracker.hpp"

#include <algorithm>
#include <utility>

namespace weir::connect::worker::core {

std::uint64_t offset_tracker::add(std::uint64_t records, std::vector<position> positions,
                                  bool open) {
    const bool content = records > 0 || !positions.empty();
    if (content) ++content_;
    batches_.push_back({.unacknowledged = records,
                        .open = open,
                        .content = content,
                        .positions = std::move(positions)});
    return last();
}

void offset_tracker::acknowledge(std::uint64_t batch, std::uint64_t records) {
    if (batch < first_ || batch > last()) return;
    auto& of = batches_[static_cast<std::size_t>(batch - first_)];
    of.unacknowledged -= std::min(of.unacknowledged, records);
}

void offset_tracker::acknowledge_all() {
    for (auto& each : batches_)
        each.unacknowledged = 0;
}

std::optional<progress> offset_tracker::take() {
    std::size_t done = 0;
    for (std::size_t index = 0; index < batches_.size(); ++index) {
        if (batches_[index].unacknowledged > 0) break;
        if (!batches_[index].open) done = index + 1;
    }
    if (done == 0) return std::nullopt;
    progress out;
    std::map<std::string, std::string> latest;
    for (std::size_t index = 0; index < done; ++index) {
        auto& front = batches_.front();
        for (auto& each : front.positions)
            latest.insert_or_assign(std::move(each.partition), std::move(each.offset));
        if (front.content) --content_;
        batches_.pop_front();
        ++first_;
    }
    out.batches = first_ - 1;
    for (auto& [partition, offset] : latest)
        out.positions.push_back({.partition = partition, .offset = std::move(offset)});
    return out;
}

}  // namespace weir::connect::worker::core
