#include "cli/tools/segments/batch_records.hpp"

#include <fmt/format.h>

#include <limits>

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::batch_view;
using broker::protocol::record_view;
using broker::protocol::compression::codec;

// A batch of ours inflates to 128 MiB at most; a tool may look at what others wrote.
constexpr std::size_t inflated_max = std::size_t{2} * 1024 * 1024 * 1024;

tool_error invalid_record(std::string message) {
    return {.exception = "org.apache.kafka.common.InvalidRecordException",
            .message = std::move(message)};
}

tool_error bad_structure() {
    return invalid_record("Found invalid record structure");
}

// ByteUtils.readVarint shows what it has read of the number.
tool_error varint_too_long(base::bytes_view data) {
    std::uint32_t value = 0;
    for (unsigned index = 0; index < 5; ++index)
        value |= (std::to_integer<std::uint32_t>(data[index]) & 0x7f) << (7 * index);
    return {.exception = "java.lang.IllegalArgumentException",
            .message = fmt::format("Varint is too long, the most significant bit in the 5th byte "
                                   "is set, converted value: {:x}",
                                   value)};
}

// Takes a nullable run of bytes; false when it does not fit.
bool skip_bytes(base::bytes_view& data, std::int32_t size) {
    if (size < 0) return true;
    if (static_cast<std::size_t>(size) > data.size()) return false;
    data = data.subspan(static_cast<std::size_t>(size));
    return true;
}

// What DefaultRecord.readFrom says of the headers; nothing when they can be read.
std::optional<tool_error> describe_headers(base::bytes_view& data) {
    std::int32_t count = 0;
    if (!broker::protocol::take_varint32(data, count)) return bad_structure();
    if (count < 0) {
        return invalid_record(fmt::format("Found invalid number of record headers {}", count));
    }
    if (static_cast<std::size_t>(count) > data.size()) {
        return invalid_record(
            fmt::format("Found invalid number of record headers. {} is larger than the remaining "
                        "size of the buffer",
                        count));
    }
    for (std::int32_t index = 0; index < count; ++index) {
        std::int32_t size = 0;
        if (!broker::protocol::take_varint32(data, size)) return bad_structure();
        if (size < 0) {
            return invalid_record(fmt::format("Invalid negative header key size {}", size));
        }
        if (!skip_bytes(data, size)) return bad_structure();
        if (!broker::protocol::take_varint32(data, size)) return bad_structure();
        if (!skip_bytes(data, size)) return bad_structure();
    }
    return std::nullopt;
}

// Why the record at the front of `data` cannot be read. `apart`: the record is a buffer of its own
// (a compressed batch); else what follows it can be read past its end.
tool_error describe(base::bytes_view data, bool apart) {
    const auto premature = [] {
        return invalid_record("Incorrect declared batch size, premature EOF reached");
    };
    std::int32_t size = 0;
    if (!broker::protocol::take_varint32(data, size)) {
        return data.size() < 5 || apart ? premature() : varint_too_long(data);
    }
    if (size > 0 && static_cast<std::size_t>(size) > data.size()) {
        if (apart) {
            return invalid_record(
                fmt::format("Invalid record size: expected {} bytes in record payload, but the "
                            "record payload reached EOF.",
                            size));
        }
        return invalid_record(
            fmt::format("Invalid record size: expected {} bytes in record payload, but instead "
                        "the buffer has only {} remaining bytes.",
                        size, data.size()));
    }
    if (apart && size < 0) return premature();
    if (apart) data = data.first(static_cast<std::size_t>(size));
    const auto at_start = data.size();
    std::int64_t timestamp = 0;
    std::int32_t number = 0;
    if (data.empty()) return bad_structure();
    data = data.subspan(1);
    const bool begins = broker::protocol::take_varint(data, timestamp) &&
                        broker::protocol::take_varint32(data, number);
    if (!begins) return bad_structure();
    for (int part = 0; part < 2; ++part) {
        if (!broker::protocol::take_varint32(data, number) || !skip_bytes(data, number)) {
            return bad_structure();
        }
    }
    if (auto bad = describe_headers(data)) return *bad;
    return invalid_record(
        fmt::format("Invalid record size: expected to read {} bytes in record payload, but "
                    "instead read {}",
                    size, at_start - data.size()));
}

// One pass over the records, in the order of RecordIterator: the check that nothing is left comes
// before the last record is given out.
tool_result<void> walk(const batch_view& batch, base::bytes_view records,
                       const record_visitor& visit) {
    broker::protocol::record_reader reader(records, batch.count());
    for (std::int32_t index = 0; index < batch.count(); ++index) {
        const auto before = reader.rest();
        const auto record = reader.next();
        if (!record) {
            return std::unexpected(describe(before, batch.codec() != codec::none));
        }
        if (index + 1 == batch.count() && !reader.rest().empty()) {
            return std::unexpected(
                invalid_record("Incorrect declared batch size, records still remaining in file"));
        }
        if (auto visited = visit(*record); !visited) return visited;
    }
    return {};
}

}  // namespace

std::int32_t sequence_after(std::int32_t sequence, std::int32_t distance) {
    constexpr auto last = std::numeric_limits<std::int32_t>::max();
    if (sequence > base::wrapping_subtract(last, distance)) {
        return base::wrapping_subtract(
            base::wrapping_subtract(distance, base::wrapping_subtract(last, sequence)), 1);
    }
    return base::wrapping_add(sequence, distance);
}

tool_result<void> visit_records(const batch_view& batch, const record_visitor& visit) {
    if (batch.count() == 0) return {};
    if (batch.count() < 0) {
        return std::unexpected(invalid_record(fmt::format(
            "Found invalid record count {} in magic v{} batch", batch.count(), batch.magic())));
    }
    base::bytes scratch;
    const auto records = inflated_payload(batch, inflated_max, scratch);
    if (!records) {
        return std::unexpected(tool_error{.exception = "org.apache.kafka.common.KafkaException",
                                          .message = "Failed to decompress record stream"});
    }
    if (batch.codec() != codec::none) {
        const record_visitor nothing = [](const record_view&) { return tool_result<void>(); };
        if (auto sound = walk(batch, *records, nothing); !sound) return sound;
    }
    return walk(batch, *records, visit);
}

}  // namespace weir::cli::tools::segments
