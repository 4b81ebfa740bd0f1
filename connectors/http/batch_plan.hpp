// batch_plan: the records of one put() as requests in lanes. A lane sends one request after the
// other, so that order within it holds by construction; records with the same order key are in one
// lane. Pure; keeps its memory from plan to plan.
//
// - Every record is in exactly one request, and requests of a lane have its records in the order
//   given, but for those of another destination.
// - A request has at most records_max records and bytes_max bytes, or one record.
// - A key is given to a lane when it is first seen, lanes are filled one after the other: full
//   requests, whatever the keys are, as long as no key has more than a lane's share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::connectors::http {

struct record_facts {
    std::uint64_t order = 0;        // of records that must not overtake each other; 0: free
    std::uint64_t destination = 0;  // of records that may share a request
    std::uint32_t bytes = 0;        // in the body
    bool left_out = false;          // is in no request
};

struct plan_limits {
    std::uint32_t records_max = 500;
    std::uint64_t bytes_max = 1 << 20;
    std::uint32_t lanes_max = 4;
    // Records of one destination stay together even when others come between them: only where the
    // destination follows from the key, or order would be lost.
    bool gathers = false;
};

struct planned_request {
    std::uint32_t lane = 0;
    std::uint32_t first = 0;  // in batch_plan::order()
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;
};

class batch_plan {
  public:
    void make(std::span<const record_facts> records, const plan_limits& limits);

    std::uint32_t lanes() const { return lanes_; }
    // Those of a lane are sent in this order.
    std::span<const planned_request> requests() const { return requests_; }
    // The numbers of the request's records, ascending.
    std::span<std::uint32_t> records_of(std::uint32_t request) {
        const auto& of = requests_[request];
        return std::span(order_).subspan(of.first, of.count);
    }
    // Only these are left of it, ascending; they were all among records_of().
    void keep(std::uint32_t request, std::span<const std::uint32_t> records);

  private:
    struct key_slot {
        std::uint64_t hash = 0;  // 0: free
        std::uint32_t count = 0;
        std::uint32_t lane = 0;
    };
    struct open_request {
        std::uint64_t destination = 0;
        std::uint32_t request = 0;
        bool is_open = false;
    };

    key_slot& slot_of(std::uint64_t hash);
    void count_keys(std::span<const record_facts> records);
    void choose_lanes(std::span<const record_facts> records, const plan_limits& limits);
    std::uint32_t lanes_for(std::span<const record_facts> records, const plan_limits& limits);
    void fill_requests(std::span<const record_facts> records, const plan_limits& limits);
    open_request& open_of(std::uint32_t lane, const record_facts& record, bool gathers);

    std::uint32_t lanes_ = 0;
    std::vector<key_slot> keys_;             // open addressing; a power of two
    std::vector<std::uint32_t> lane_of_;     // by record
    std::vector<std::uint32_t> request_of_;  // by record
    std::vector<open_request> last_open_;    // by lane
    std::vector<open_request> open_;         // by lane and destination; a power of two
    std::vector<planned_request> requests_;
    std::vector<std::uint32_t> order_;
};

}  // namespace weir::connectors::http
