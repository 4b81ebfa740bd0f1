#include "connectors/http/batch_plan.hpp"

#include <algorithm>
#include <bit>

namespace weir::connectors::http {

namespace {

constexpr std::uint32_t none = UINT32_MAX;

std::size_t table_size(std::size_t entries) {
    return std::bit_ceil(std::max<std::size_t>(entries * 2, 16));
}

std::uint64_t mixed(std::uint64_t hash) {
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

}  // namespace

batch_plan::key_slot& batch_plan::slot_of(std::uint64_t hash) {
    const auto mask = keys_.size() - 1;
    auto at = mixed(hash) & mask;
    while (keys_[at].hash != 0 && keys_[at].hash != hash)
        at = (at + 1) & mask;
    return keys_[at];
}

void batch_plan::count_keys(std::span<const record_facts> records) {
    keys_.assign(table_size(records.size()), key_slot{});
    for (const auto& each : records) {
        if (each.order == 0 || each.left_out) continue;
        auto& slot = slot_of(each.order);
        slot.hash = each.order;
        slot.lane = none;
        ++slot.count;
    }
}

// As many as there are requests at least: by records, by bytes, by destinations.
std::uint32_t batch_plan::lanes_for(std::span<const record_facts> records,
                                    const plan_limits& limits) {
    std::uint64_t bytes = 0;
    std::uint32_t runs = 0;
    std::uint64_t before = 0;
    for (const auto& each : records) {
        bytes += each.bytes;
        if (runs == 0 || each.destination != before) ++runs;
        before = each.destination;
    }
    const auto by_count = (records.size() + limits.records_max - 1) / limits.records_max;
    const auto by_bytes = bytes / std::max<std::uint64_t>(limits.bytes_max, 1) + 1;
    const auto wanted = std::max({by_count, by_bytes, std::uint64_t{runs}, std::uint64_t{1}});
    return static_cast<std::uint32_t>(
        std::min(wanted, std::uint64_t{std::max(limits.lanes_max, 1U)}));
}

void batch_plan::choose_lanes(std::span<const record_facts> records, const plan_limits& limits) {
    lanes_ = lanes_for(records, limits);
    lane_of_.resize(records.size());
    const auto requests = (records.size() + limits.records_max - 1) / limits.records_max;
    // A lane's share, in whole requests where there are that many.
    const auto share = requests >= lanes_ ? (requests + lanes_ - 1) / lanes_ * limits.records_max
                                          : (records.size() + lanes_ - 1) / lanes_;
    std::uint32_t lane = 0;
    std::size_t load = 0;
    const auto take = [&](std::size_t count) {
        if (load >= share && lane + 1 < lanes_) {
            ++lane;
            load = 0;
        }
        load += count;
        return lane;
    };
    for (std::size_t index = 0; index < records.size(); ++index) {
        const auto& each = records[index];
        if (each.left_out) continue;
        if (each.order == 0) {
            lane_of_[index] = take(1);
            continue;
        }
        auto& slot = slot_of(each.order);
        if (slot.lane == none) slot.lane = take(slot.count);
        lane_of_[index] = slot.lane;
    }
}

batch_plan::open_request& batch_plan::open_of(std::uint32_t lane, const record_facts& record,
                                              bool gathers) {
    if (!gathers) return last_open_[lane];
    const auto mask = open_.size() - 1;
    auto at = mixed(record.destination + lane * 0x9e3779b97f4a7c15U) & mask;
    while (open_[at].is_open && (open_[at].destination != record.destination ||
                                 requests_[open_[at].request].lane != lane)) {
        at = (at + 1) & mask;
    }
    return open_[at];
}

void batch_plan::fill_requests(std::span<const record_facts> records, const plan_limits& limits) {
    requests_.clear();
    request_of_.resize(records.size());
    last_open_.assign(lanes_, open_request{});
    if (limits.gathers) open_.assign(table_size(records.size()), open_request{});
    for (std::size_t index = 0; index < records.size(); ++index) {
        const auto& each = records[index];
        if (each.left_out) {
            request_of_[index] = none;
            continue;
        }
        const auto lane = lane_of_[index];
        auto& open = open_of(lane, each, limits.gathers);
        bool fits = open.is_open && open.destination == each.destination;
        if (fits) {
            const auto& request = requests_[open.request];
            fits = request.count < limits.records_max &&
                   request.bytes + each.bytes <= limits.bytes_max;
        }
        if (!fits) {
            open = {each.destination, static_cast<std::uint32_t>(requests_.size()), true};
            requests_.push_back({lane, 0, 0, 0});
        }
        auto& request = requests_[open.request];
        ++request.count;
        request.bytes += each.bytes;
        request_of_[index] = open.request;
    }
}

void batch_plan::make(std::span<const record_facts> records, const plan_limits& limits) {
    count_keys(records);
    choose_lanes(records, limits);
    fill_requests(records, limits);
    std::uint32_t first = 0;
    for (auto& each : requests_) {
        each.first = first;
        first += each.count;
        each.count = 0;
    }
    order_.resize(first);
    for (std::size_t index = 0; index < records.size(); ++index) {
        if (request_of_[index] == none) continue;
        auto& request = requests_[request_of_[index]];
        order_[request.first + request.count++] = static_cast<std::uint32_t>(index);
    }
}

void batch_plan::keep(std::uint32_t request, std::span<const std::uint32_t> records) {
    auto& of = requests_[request];
    of.count = static_cast<std::uint32_t>(std::min<std::size_t>(records.size(), of.count));
    std::copy_n(records.begin(), of.count, order_.begin() + of.first);
}

}  // namespace weir::connectors::http
