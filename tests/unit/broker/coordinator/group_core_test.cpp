// Goal: all groups and offsets of a partition: loading, deleting, expiring.
// Method: stored records and requests go into the pure core.
#include "broker/coordinator/group/core/group_core.hpp"

#include <gtest/gtest.h>

#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {
namespace {

constexpr time_ms now = 1'000'000;

void load(group_core& core, const log_record& record) {
    const auto value = record.value ? std::optional<base::bytes_view>(*record.value) : std::nullopt;
    core.load(record.key, value);
}

log_record offset_at(std::int64_t at, time_ms committed) {
    protocol::offset_commit_value value;
    value.offset = at;
    value.commit_timestamp = committed;
    return offset_record("g", "t", partition_index(0), value);
}

TEST(group_core, loads_what_was_stored_last) {
    const fixed_cluster cluster;
    group_core core(core_options{}, cluster);
    load(core, offset_at(1, now));
    load(core, offset_at(2, now));
    load(core, offset_record("gone", "t", partition_index(0), {}));
    load(core, offset_tombstone("gone", "t", partition_index(0)));
    core.finish_load(now);
    EXPECT_EQ(core.offset_of("g", {.topic = "t", .partition = {}})->at, offset(2));
    EXPECT_EQ(core.list().size(), 1U);
}

TEST(group_core, damaged_records_are_left_out) {
    const fixed_cluster cluster;
    group_core core(core_options{}, cluster);
    auto cut = offset_at(1, now);
    cut.value->pop_back();
    load(core, cut);
    cut.key.pop_back();
    load(core, cut);
    core.load({}, std::nullopt);
    core.finish_load(now);
    EXPECT_TRUE(core.list().empty());
}

TEST(group_core, an_offset_with_any_commit_time_expires_or_stays) {
    for (const auto committed : {std::numeric_limits<time_ms>::min(), time_ms{-1}, now,
                                 std::numeric_limits<time_ms>::max()}) {
        const fixed_cluster cluster;
        group_core core({.offsets_retention_ms = 1000}, cluster);
        load(core, offset_at(1, committed));
        core.finish_load(now);
        effects out;
        core.expire_offsets(now, out);
        EXPECT_EQ(core.list().empty(), committed < now) << committed;
    }
}

TEST(group_core, generations_begin_again_after_the_largest) {
    const fixed_cluster cluster;
    group_core core({.initial_rebalance_delay_ms = 0}, cluster);
    protocol::group_metadata_value stored;
    stored.protocol_type = "consumer";
    stored.generation = std::numeric_limits<std::int32_t>::max();
    load(core, group_metadata_record("g", stored));
    core.finish_load(now);
    protocol::join_group_request request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10'000;
    request.protocol_type = "consumer";
    request.protocols.emplace_back().name = "range";
    effects out;
    core.join(1, request, {.client = {}, .version = 3, .fresh_member_id = "m"}, now, out);
    ASSERT_EQ(out.replies.size(), 1U);
    const auto& answer = std::get<protocol::join_group_response>(out.replies[0].what);
    EXPECT_EQ(answer.error_code, error_code::none);
    EXPECT_EQ(answer.generation_id, generation_id(1));
}

}  // namespace
}  // namespace weir::broker::coordinator::group
