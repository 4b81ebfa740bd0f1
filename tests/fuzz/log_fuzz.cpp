// Recovery over arbitrary files: a partition whose segments, indexes, snapshot and checkpoint hold
// anything opens or is refused; what it then serves is whole batches in order, appends go on where
// it ends, and opening it again gives the same.
// Input: flags, recovery point, start, then the files, each with its length before it.
#include <array>

#include "base/log.hpp"
#include "broker/log/batch_walker.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/log/topic_directory.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "tests/fuzz/batch_repair.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/unit/broker/log/fault_disk.hpp"

namespace weir::fuzz {
namespace {

using namespace broker;

constexpr std::array files = {"t-0/00000000000000000000.log",
                              "t-0/00000000000000000004.log",
                              "t-0/00000000000000000000.index",
                              "t-0/00000000000000000000.timeindex",
                              "t-0/00000000000000000004.index",
                              "t-0/00000000000000000004.timeindex",
                              "t-0/00000000000000000004.snapshot",
                              "t-0/leader-epoch-checkpoint",
                              "t-0/partition.metadata"};
constexpr std::uint8_t clean_flag = 1;
constexpr std::uint8_t repair_flag = 2;
constexpr topic_id id{.high = 1, .low = 2};
constexpr std::int64_t now_ms = 1'000'000;

void write(test::fault_disk& disk, const std::string& path, base::bytes_view content) {
    const auto file = disk.open(path, io::open_mode::create);
    const base::bytes_view pieces[] = {content};
    require(file.has_value() && (*file)->write_at(0, pieces).has_value());
}

using opened = io::disk_result<std::unique_ptr<log::partition_log>>;

opened open(test::fault_disk& disk, log::batch_memory& memory, log::open_options options) {
    options.directory = "t-0";
    options.config.segment_bytes = 4096;
    options.config.index_interval_bytes = 64;
    const auto removed = [](const topic_id& other) { return other.low % 2 == 0; };
    return log::open_for_topic(disk, memory, std::move(options), id, removed);
}

// Reads everything; gives the number of batches. Without a scan at the start (a clean stop) damage
// may be met, but then it must be told.
std::size_t read_all(log::partition_log& from, bool trusted) {
    std::size_t batches = 0;
    offset at = from.start_offset();
    while (at < from.end_offset()) {
        const auto slice = from.read(at, 300, from.end_offset(), true);
        if (!slice) {
            require(!trusted);
            break;
        }
        if (slice->length == 0) break;
        log::batch_walker walker(*slice->from, slice->position, slice->position + slice->length);
        const auto before = at;
        while (const auto batch = walker.next_verified()) {
            require(!trusted || batch->header.next_offset() > at);
            at = std::max(at, batch->header.next_offset());
            ++batches;
        }
        require(!trusted || !walker.damage());
        if (at == before) break;
    }
    return batches;
}

void use(log::partition_log& log, bool trusted) {
    require(log.start_offset() >= offset(0) && log.start_offset() <= log.end_offset());
    read_all(log, trusted);
    (void)log.offset_for_time(1'000'000, log.end_offset());
    (void)log.offset_of_max_time(log.end_offset());
    (void)log.epochs().end_of(leader_epoch(3), log.end_offset());
    const auto end = log.end_offset();
    protocol::batch_builder builder;
    builder.add(now_ms, std::nullopt, base::as_bytes("one"));
    builder.add(now_ms, std::nullopt, base::as_bytes("two"));
    auto batch = builder.finish({});
    const log::append_context context{.epoch = leader_epoch(9), .wall_ms = now_ms};
    const auto appended = log.append_as_leader(batch, context);
    if (appended) {
        require(appended->base_offset == end && log.end_offset() == end + 2);
        const auto slice = log.read(end, 1 << 20, log.end_offset(), true);
        require(!trusted || (slice.has_value() && slice->length == batch.size()));
    }
    (void)log.delete_records(offset(1), log.end_offset());
    log.housekeep(now_ms, log.end_offset());
}

void try_files(input& in) {
    const auto flags = in.take_uint8();
    log::open_options options;
    options.recovery_point = offset(in.take_uint8() % 16);
    options.start_offset = offset(in.take_uint8() % 16);
    options.clean = (flags & clean_flag) != 0;
    test::fault_disk disk;
    for (const auto* path : files) {
        auto content = in.take_piece();
        const bool is_log = std::string_view(path).ends_with(".log");
        if (is_log && (flags & repair_flag) != 0) repair_log(content);
        if (!content.empty()) write(disk, path, content);
    }
    log::batch_memory memory;
    // What lies below the recovery point is not scanned either.
    const bool trusted = !options.clean && options.recovery_point == offset(0);
    offset end;
    {
        auto log = open(disk, memory, options);
        if (!log) return;
        use(**log, trusted);
        end = (*log)->end_offset();
        const auto work = (*log)->take_flush_work();
        for (const auto& each : work.files)
            require(each->sync().has_value());
        (*log)->flushed(work.up_to);
        if ((flags & 4) != 0) (void)(*log)->close();
    }
    if (!trusted) return;
    for (const bool clean : {false, true}) {
        log::open_options again;
        again.clean = clean && (flags & 4) != 0;
        auto log = open(disk, memory, again);
        require(log.has_value());
        require((*log)->end_offset() == end);
        read_all(**log, true);
    }
}

}  // namespace

std::vector<base::bytes> seeds() {
    test::fault_disk disk;
    log::batch_memory memory;
    auto log = open(disk, memory, {});
    int number = 0;
    for (const auto codec : {0, 1, 2, 3, 4, 0}) {
        protocol::batch_builder builder;
        builder.add(999'000 + number, base::as_bytes("key"), base::as_bytes("value"));
        if (codec > 0) builder.add(998'000, std::nullopt, std::nullopt);
        const auto count = builder.count();
        auto batch = builder.finish({.codec = static_cast<protocol::compression::codec>(codec),
                                     .producer_id = producer_id(7),
                                     .producer_epoch = producer_epoch(0),
                                     .base_sequence = number});
        number += count;
        const log::append_context context{.epoch = leader_epoch(number / 3), .wall_ms = now_ms};
        require((*log)->append_as_leader(batch, context).has_value());
    }
    require((*log)->close().has_value());
    std::vector<base::bytes> made;
    for (const std::uint8_t flags : {0, 1, 2, 3, 6, 7}) {
        output out;
        out.put(flags).put(std::uint8_t{0}).put(std::uint8_t{0});
        for (const auto* path : files) {
            const auto content = io::read_file(disk, path, 1 << 20);
            out.put_piece(content ? base::bytes_view(*content) : base::bytes_view{});
        }
        made.push_back(out.take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = [] {
        weir::base::configure_log({.level = weir::base::log_level::off});
        return true;
    }();
    (void)quiet;
    weir::fuzz::input in(data, size);
    weir::fuzz::try_files(in);
    return 0;
}
