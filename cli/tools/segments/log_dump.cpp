// .log and .checkpoint: the batches of a file, and the records in them.
#include <fmt/format.h>

#include "base/crc32c.hpp"
#include "base/utf8.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/segments/batch_records.hpp"
#include "cli/tools/segments/dumps.hpp"
#include "cli/tools/segments/log_file.hpp"
#include "cli/tools/segments/metadata_text.hpp"

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::batch_header_size;
using broker::protocol::batch_view;
using broker::protocol::record_view;

// Batches of older formats are shown by their headers only.
constexpr std::int8_t oldest_magic = 2;
// In a batch the checksum covers what follows it.
constexpr std::size_t at_attributes = 21;

std::string_view time_name(const batch_view& batch) {
    return batch.is_log_append_time() ? "LogAppendTime" : "CreateTime";
}

class log_dump {
  public:
    log_dump(const target& of, const log_options& options, const record_parser& parser)
        : of_(of), options_(options), parser_(parser) {}

    tool_result<void> run();

  private:
    tool_result<void> title();
    tool_result<void> one_batch(const log_slice& log, const batch_place& place);
    tool_result<void> legacy_batch(const log_slice& log, const batch_place& place);
    tool_result<void> one_record(const batch_view& batch, const record_view& record);
    void metadata_of(const batch_view& batch, const record_view& record, std::int64_t offset);

    const target& of_;
    const log_options& options_;
    const record_parser& parser_;
    std::int64_t last_offset_ = -1;
};

// "00000000000000000042-0000000003.checkpoint": the end offset and epoch of a snapshot.
tool_result<std::string> snapshot_title(const std::string& name) {
    if (name == "bootstrap.checkpoint") return "KRaft bootstrap snapshot\n";
    if (name.size() < 31) {
        return std::unexpected(
            tool_error{.exception = "java.lang.StringIndexOutOfBoundsException",
                       .message = fmt::format("begin 0, end 20, length {}", name.size())});
    }
    const auto offset = java::parse_long(name.substr(0, 20));
    if (!offset) return std::unexpected(java::number_format(name.substr(0, 20)));
    const auto epoch = java::parse_int(name.substr(21, 10));
    if (!epoch) return std::unexpected(java::number_format(name.substr(21, 10)));
    return fmt::format("Snapshot end offset: {}, epoch: {}\n", *offset, *epoch);
}

tool_result<void> log_dump::title() {
    const auto name = file_name(of_.path);
    if (name.ends_with(".checkpoint")) {
        const auto text = snapshot_title(name);
        if (!text) return std::unexpected(text.error());
        of_.to.put(*text);
        return {};
    }
    const auto offset = offset_of_name(of_.path);
    if (!offset) return std::unexpected(offset.error());
    of_.to.print("Log starting offset: {}\n", *offset);
    return {};
}

tool_result<void> log_dump::run() {
    if (auto titled = title(); !titled) return titled;
    auto whole = log_slice::open(of_.path);
    if (!whole) return std::unexpected(whole.error());
    const auto log = whole->slice(0, options_.bytes_max);
    if (!log) return std::unexpected(log.error());
    std::int64_t position = 0;
    while (true) {
        const auto place = log->batch_at(position);
        if (!place) return std::unexpected(place.error());
        if (!*place) break;
        auto dumped =
            (*place)->magic < oldest_magic ? legacy_batch(*log, **place) : one_batch(*log, **place);
        if (!dumped) return dumped;
        position += (*place)->size();
    }
    const auto trailing = log->size() - position;
    if (trailing > 0 && options_.bytes_max == everything) {
        of_.to.print("Found {} invalid bytes at the end of {}\n", trailing, file_name(of_.path));
    }
    return {};
}

tool_result<void> log_dump::one_batch(const log_slice& log, const batch_place& place) {
    auto header = log.header_of(place);
    if (!header) return std::unexpected(header.error());
    const auto& batch = *header;
    of_.to.print(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} "
        "producerId: {} producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} "
        "isControl: {} deleteHorizonMs: ",
        place.offset, batch.last_offset(), batch.count(), batch.base_sequence(),
        batch.base_sequence() == -1
            ? -1
            : sequence_after(batch.base_sequence(), batch.last_offset_delta()),
        batch.producer_id(), batch.producer_epoch(), batch.partition_leader_epoch(),
        batch.is_transactional(), batch.is_control());
    if (batch.has_delete_horizon()) {
        of_.to.print("OptionalLong[{}]", batch.base_timestamp());
    } else {
        of_.to.put("OptionalLong.empty");
    }
    if (batch.codec_number() >= broker::protocol::compression::codec_count) {
        return std::unexpected(tool_error{
            .exception = "java.lang.IllegalArgumentException",
            .message = fmt::format("Unknown compression type id: {}", batch.codec_number())});
    }
    of_.to.print(" position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: ",
                 place.position, time_name(batch), batch.max_timestamp(), place.size(), place.magic,
                 codec_name(batch.codec()), batch.crc());
    const auto bytes = log.bytes_of(place);
    if (!bytes) return std::unexpected(bytes.error());
    // What the header showed is gone with the next read: only `full` is looked at from here on.
    if (bytes->size() < batch_header_size) {
        of_.to.put("false\n");
        if (!options_.deep) return {};
        return std::unexpected(
            tool_error{.exception = "java.lang.IndexOutOfBoundsException", .message = ""});
    }
    const auto full = batch_view::unchecked(*bytes);
    of_.to.print("{}\n", base::crc32c(bytes->subspan(at_attributes)) == full.crc());
    if (!options_.deep) return {};
    return visit_records(full, [&](const record_view& record) { return one_record(full, record); });
}

// Formats 0 and 1 are no longer written by anyone; what their header says is shown.
tool_result<void> log_dump::legacy_batch(const log_slice& log, const batch_place& place) {
    const auto bytes = log.bytes_of(place);
    if (!bytes) return std::unexpected(bytes.error());
    constexpr std::size_t at_crc = 12;
    constexpr std::size_t at_old_attributes = 17;
    constexpr std::size_t at_timestamp = 18;
    const auto crc = base::load_be<std::uint32_t>(bytes->data() + at_crc);
    const auto attributes = std::to_integer<unsigned>((*bytes)[at_old_attributes]);
    const auto codec = attributes & 7;
    const bool timed = place.magic == 1 && bytes->size() >= at_timestamp + sizeof(std::int64_t);
    std::string_view kind = (attributes & 8) != 0 ? "LogAppendTime" : "CreateTime";
    if (place.magic == 0) kind = "NoTimestampType";
    of_.to.print("offset: {} position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {}\n",
                 place.offset, place.position, kind,
                 timed ? base::load_be<std::int64_t>(bytes->data() + at_timestamp) : -1,
                 place.size(), place.magic,
                 codec_name(static_cast<broker::protocol::compression::codec>(codec)), crc);
    return {};
}

void log_dump::metadata_of(const batch_view& batch, const record_view& record,
                           std::int64_t offset) {
    const auto size_of = [](const std::optional<base::bytes_view>& part) {
        return part ? static_cast<std::int64_t>(part->size()) : -1;
    };
    const auto timestamp =
        batch.is_log_append_time() ? batch.max_timestamp() : record.timestamp_in(batch);
    const auto sequence =
        batch.base_sequence() < 0 ? -1 : sequence_after(batch.base_sequence(), record.offset_delta);
    of_.to.print("| offset: {} {}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [", offset,
                 time_name(batch), timestamp, size_of(record.key), size_of(record.value), sequence);
    bool first = true;
    const auto headers = record.parse_headers();
    for (const auto& header : *headers) {
        if (!first) of_.to.put(",");
        first = false;
        of_.to.put(base::to_valid_utf8(header.key));
    }
    of_.to.put("]");
}

tool_result<void> log_dump::one_record(const batch_view& batch, const record_view& record) {
    const auto offset = base::wrapping_add(batch.base_offset().value(), record.offset_delta);
    if (offset != base::wrapping_add(last_offset_, 1)) {
        of_.found.non_consecutive.add(java::absolute_path(of_.path), last_offset_, offset);
    }
    last_offset_ = offset;
    if (!options_.skip_metadata) {
        metadata_of(batch, record, offset);
        if (batch.is_control()) {
            const auto text = control_text(record);
            if (!text) return std::unexpected(text.error());
            of_.to.put(*text);
        }
    }
    if (options_.contents && !batch.is_control()) {
        const auto text = parser_.parse(offset, record);
        if (!text) return std::unexpected(text.error());
        std::string_view prefix = options_.skip_metadata ? "| " : " ";
        if (text->key) {
            of_.to.print("{}key: {}", prefix, *text->key);
            prefix = " ";
        }
        if (text->value) of_.to.print("{}payload: {}", prefix, *text->value);
    }
    of_.to.put("\n");
    return {};
}

}  // namespace

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

tool_result<std::int64_t> offset_of_name(const std::string& path) {
    const auto name = file_name(path);
    const auto front = name.substr(0, name.find('.'));
    const auto offset = java::parse_long(front);
    if (!offset) return std::unexpected(java::number_format(front));
    return *offset;
}

tool_result<void> dump_log_file(const target& of, const log_options& options,
                                const record_parser& parser) {
    return log_dump(of, options, parser).run();
}

}  // namespace weir::cli::tools::segments
