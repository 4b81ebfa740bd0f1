#include "tests/unit/broker/log/log_fixture.hpp"

#include <gtest/gtest.h>

#include <set>

#include "broker/log/batch_walker.hpp"

namespace weir::test {

base::bytes make_batch(const batch_wish& wish) {
    broker::protocol::batch_builder builder;
    for (int index = 0; index < wish.count; ++index) {
        const auto value = wish.value + std::to_string(index);
        builder.add(wish.timestamp + index, base::as_bytes("key"), base::as_bytes(value));
    }
    return builder.finish({.codec = wish.codec,
                           .producer_id = wish.producer,
                           .producer_epoch = wish.epoch,
                           .base_sequence = wish.sequence,
                           .transactional = wish.transactional});
}

std::unique_ptr<broker::log::partition_log> open_log(fault_disk& disk,
                                                     broker::log::open_options options) {
    static broker::log::batch_memory memory;
    options.directory = "t-0";
    auto opened = broker::log::partition_log::open(disk, memory, options);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
}

std::expected<broker::log::appended, broker::log::append_error> append(
    broker::log::partition_log& log, const batch_wish& wish, std::int32_t epoch) {
    auto batch = make_batch(wish);
    const broker::log::append_context context{.epoch = broker::leader_epoch(epoch),
                                              .wall_ms = test_now_ms,
                                              .transactional = wish.transactional};
    return log.append_as_leader(batch, context);
}

void flush(broker::log::partition_log& log, fault_disk&) {
    const auto work = log.take_flush_work();
    for (const auto& file : work.files) {
        if (auto synced = file->sync(); !synced) return log.failed(synced.error());
    }
    log.flushed(work.up_to);
}

std::vector<read_record> read_all(broker::log::partition_log& log, std::int64_t from,
                                  std::uint32_t max_bytes) {
    std::vector<read_record> records;
    base::bytes scratch;
    broker::offset at(from);
    while (at < log.end_offset()) {
        const auto slice = log.read(at, max_bytes, log.end_offset(), true);
        EXPECT_TRUE(slice.has_value());
        if (!slice || slice->length == 0) break;
        broker::log::batch_walker walker(*slice->from, slice->position,
                                         slice->position + slice->length);
        while (const auto batch = walker.next_verified()) {
            const auto payload =
                broker::protocol::inflated_payload(batch->header, 1 << 24, scratch);
            broker::protocol::record_reader reader(*payload, batch->header.count());
            while (const auto record = reader.next()) {
                const auto offset = batch->header.base_offset() + record->offset_delta;
                if (offset.value() < from) continue;
                records.push_back({.offset = offset.value(),
                                   .value = std::string(base::as_text(*record->value))});
            }
            at = batch->header.next_offset();
        }
        EXPECT_FALSE(walker.damage().has_value());
        if (walker.damage()) break;
    }
    return records;
}

void for_each_committed(broker::log::partition_log& log, broker::offset from,
                        std::uint32_t max_bytes, const record_visitor& visit) {
    base::bytes scratch;
    const auto stable = log.last_stable_offset(log.flushed_offset());
    while (from < stable) {
        const auto slice = log.read(from, max_bytes, stable, true);
        ASSERT_TRUE(slice && slice->length > 0)
            << "at " << from.value() << " below " << stable.value() << ": "
            << static_cast<int>(slice ? broker::error_code::none : slice.error());
        const auto listed = log.aborted_in(*slice, from, stable);
        ASSERT_TRUE(listed.has_value());
        auto next = listed->begin();
        std::set<broker::producer_id> aborting;
        broker::log::batch_walker walker(*slice->from, slice->position,
                                         slice->position + slice->length);
        while (const auto batch = walker.next_verified()) {
            const auto& header = batch->header;
            for (; next != listed->end() && next->first <= header.last_offset(); ++next)
                aborting.insert(next->producer);
            from = header.next_offset();
            if (header.is_control()) {
                aborting.erase(header.producer_id());
                continue;
            }
            if (header.is_transactional() && aborting.contains(header.producer_id())) continue;
            const auto payload = broker::protocol::inflated_payload(header, 1 << 24, scratch);
            broker::protocol::record_reader reader(*payload, header.count());
            while (const auto record = reader.next())
                visit(header.base_offset() + record->offset_delta, *record);
        }
        ASSERT_FALSE(walker.damage().has_value());
    }
}

}  // namespace weir::test
