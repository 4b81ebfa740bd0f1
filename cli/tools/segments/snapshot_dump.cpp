// .snapshot: what a partition remembers of idempotent and transactional producers.
#include <fmt/format.h>

#include <limits>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "broker/protocol/records/producer_snapshot.hpp"
#include "cli/tools/segments/dumps.hpp"
#include "cli/tools/segments/log_file.hpp"

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::producer_snapshot;

constexpr std::int16_t snapshot_version = 1;
// A version and a checksum; the checksum covers the rest.
constexpr std::size_t snapshot_prefix = 6;

// Why Kafka's reader stops in a file that ends too early: a count that cannot be is named.
std::string java_reason(base::bytes_view file) {
    constexpr std::size_t at_entries = snapshot_prefix + sizeof(std::int32_t);
    if (file.size() < at_entries) return "null";
    const auto count = base::load_be<std::int32_t>(file.data() + snapshot_prefix);
    const auto left = static_cast<std::int64_t>(file.size() - at_entries);
    if (count < 0) return "non-nullable field producerEntries was serialized as null";
    if (count <= left) return "null";
    return fmt::format(
        "Tried to allocate a collection of size {}, but there are only {} bytes "
        "remaining.",
        count, left);
}

// The content, or what Kafka's CorruptSnapshotException says.
std::expected<producer_snapshot, std::string> read_snapshot(base::bytes& file) {
    if (file.size() < sizeof(std::int16_t)) {
        return std::unexpected("Snapshot failed schema validation: null");
    }
    const auto version = base::load_be<std::int16_t>(file.data());
    if (version != snapshot_version) {
        return std::unexpected(
            fmt::format("Snapshot failed schema validation: Snapshot contained "
                        "an unknown file version {}",
                        version));
    }
    broker::protocol::reader in(base::mutable_bytes(file).subspan(sizeof(std::int16_t)));
    auto snapshot = producer_snapshot::decode(in, version);
    const bool trailing = !snapshot && snapshot.error() == broker::protocol::decode_errc::trailing;
    if (!snapshot && !trailing) {
        return std::unexpected("Snapshot failed schema validation: " + java_reason(file));
    }
    const auto stored = base::load_be<std::uint32_t>(file.data() + sizeof(std::int16_t));
    const auto computed = base::crc32c(base::bytes_view(file).subspan(snapshot_prefix));
    if (trailing || stored != computed) {
        return std::unexpected(
            fmt::format("Snapshot is corrupt (CRC is no longer valid). Stored crc: {}. Computed "
                        "crc: {}",
                        stored, computed));
    }
    return std::move(*snapshot);
}

// DefaultRecordBatch.decrementSequence.
std::int32_t first_sequence(std::int32_t last, std::int32_t distance) {
    if (last >= distance) return last - distance;
    return std::numeric_limits<std::int32_t>::max() - (distance - last) + 1;
}

}  // namespace

tool_result<void> dump_producer_snapshot(const target& of) {
    auto file = read_whole(of.path);
    if (!file) return std::unexpected(file.error());
    const auto snapshot = read_snapshot(*file);
    if (!snapshot) {
        of.to.flush();
        fmt::print(stderr, "{}\n", snapshot.error());
        return {};
    }
    for (const auto& each : snapshot->producer_entries) {
        of.to.print(
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} "
            "currentTxnFirstOffset: ",
            each.producer_id, each.epoch, each.coordinator_epoch);
        if (each.current_txn_first_offset.value() >= 0) {
            of.to.print("OptionalLong[{}]", each.current_txn_first_offset);
        } else {
            of.to.put("OptionalLong.empty");
        }
        of.to.print(" lastTimestamp: {}", each.timestamp);
        if (each.last_offset.value() >= 0) {
            of.to.print(
                " firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} "
                "timestamp: {}",
                first_sequence(each.last_sequence, each.offset_delta), each.last_sequence,
                each.last_offset, each.offset_delta, each.timestamp);
        }
        of.to.put("\n");
    }
    return {};
}

}  // namespace weir::cli::tools::segments
