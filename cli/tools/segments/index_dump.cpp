// .index, .timeindex and .txnindex: their entries, held against the log beside them.
#include <fmt/format.h>

#include <algorithm>

#include "base/endian.hpp"
#include "cli/tools/java/text.hpp"
#include "cli/tools/segments/batch_records.hpp"
#include "cli/tools/segments/dumps.hpp"
#include "cli/tools/segments/log_file.hpp"

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::batch_view;

struct offset_entry {
    std::int64_t offset = 0;
    std::int32_t position = 0;
};

struct time_entry {
    std::int64_t timestamp = 0;
    std::int64_t offset = 0;
};

// An index as it stands: no order is expected, bytes behind the last whole entry are ignored.
template <class Entry>
struct index_content {
    std::int64_t base_offset = 0;
    std::size_t bytes = 0;
    std::vector<Entry> entries;
};

constexpr std::size_t offset_entry_size = 8;
constexpr std::size_t time_entry_size = 12;

offset_entry load_entry(const std::byte* from, std::int64_t base, offset_entry) {
    return {.offset = base + base::load_be<std::int32_t>(from),
            .position = base::load_be<std::int32_t>(from + 4)};
}

time_entry load_entry(const std::byte* from, std::int64_t base, time_entry) {
    return {.timestamp = base::load_be<std::int64_t>(from),
            .offset = base + base::load_be<std::int32_t>(from + 8)};
}

// A missing index is an exception of its own: Kafka's tool tries to make it.
template <class Entry>
tool_result<index_content<Entry>> read_index(const std::string& path, std::int64_t base,
                                             std::size_t entry_size) {
    const auto bytes = read_whole(path);
    if (!bytes && bytes.error().exception.ends_with("NoSuchFileException")) {
        return std::unexpected(tool_error{.exception = "java.lang.IllegalArgumentException",
                                          .message = "Invalid max index size: -1"});
    }
    if (!bytes) return std::unexpected(bytes.error());
    index_content<Entry> out{.base_offset = base, .bytes = bytes->size(), .entries = {}};
    for (std::size_t at = 0; at + entry_size <= bytes->size(); at += entry_size) {
        out.entries.push_back(load_entry(bytes->data() + at, base, Entry{}));
    }
    return out;
}

tool_error corrupt(std::string message) {
    return {.exception = "org.apache.kafka.storage.internals.log.CorruptIndexException",
            .message = std::move(message)};
}

std::string sibling(const std::string& path, std::string_view extension) {
    const auto name = file_name(path);
    const auto front = name.substr(0, name.find('.'));
    const auto absolute = java::absolute_path(path);
    return fmt::format("{}/{}{}", absolute.substr(0, absolute.rfind('/')), front, extension);
}

tool_result<void> check_offsets(const std::string& path, const index_content<offset_entry>& index) {
    const auto absolute = java::absolute_path(path);
    const auto last = index.entries.back().offset;
    if (last < index.base_offset) {
        return std::unexpected(
            corrupt(fmt::format("Corrupt index found, index file {} has non-zero size but the "
                                "last offset is {} which is less than the base offset {}",
                                absolute, last, index.base_offset)));
    }
    if (index.bytes % offset_entry_size != 0) {
        return std::unexpected(
            corrupt(fmt::format("Index file {} is corrupt, found {} bytes which is neither "
                                "positive nor a multiple of 8",
                                absolute, index.bytes)));
    }
    return {};
}

tool_result<void> check_times(const std::string& path, const index_content<time_entry>& index) {
    const auto absolute = java::absolute_path(path);
    if (!index.entries.empty()) {
        const auto& first = index.entries.front();
        const auto& last = index.entries.back();
        if (last.timestamp < first.timestamp) {
            return std::unexpected(corrupt(
                fmt::format("Corrupt time index found, time index file ({}) has non-zero size but "
                            "the last timestamp is {} which is less than the first timestamp {}",
                            absolute, last.timestamp, first.timestamp)));
        }
        if (last.offset < index.base_offset) {
            return std::unexpected(corrupt(
                fmt::format("Corrupt time index found, time index file ({}) has non-zero size but "
                            "the last offset is {} which is less than the first offset {}",
                            absolute, last.offset, index.base_offset)));
        }
    }
    if (index.bytes % time_entry_size != 0) {
        return std::unexpected(
            corrupt(fmt::format("Time index file {} is corrupt, found {} bytes which is neither "
                                "positive nor a multiple of 12",
                                absolute, index.bytes)));
    }
    return {};
}

// The last offset of the batch that stands at `place`.
tool_result<std::int64_t> last_offset_of(const log_slice& log, const batch_place& place) {
    if (place.magic < 2) return place.offset;
    const auto header = log.header_of(place);
    if (!header) return std::unexpected(header.error());
    return header->last_offset().value();
}

tool_result<std::int64_t> max_timestamp_of(const log_slice& log, const batch_place& place) {
    const auto bytes = log.bytes_of(place);
    if (!bytes) return std::unexpected(bytes.error());
    std::int64_t max = -1;
    if (place.magic < 2 || bytes->size() < broker::protocol::batch_header_size) return max;
    const auto batch = batch_view::unchecked(*bytes);
    const auto visited = visit_records(batch, [&](const auto& record) -> tool_result<void> {
        max = std::max(
            max, batch.is_log_append_time() ? batch.max_timestamp() : record.timestamp_in(batch));
        return {};
    });
    if (!visited) return std::unexpected(visited.error());
    return max;
}

// The position to search from for an offset: of the last entry at or below it. This is the search
// of AbstractIndex.indexSlotRangeFor step by step, so that the same is found in a damaged index.
std::int32_t position_for(const index_content<offset_entry>& index, std::int64_t offset) {
    const auto& entries = index.entries;
    constexpr std::size_t warm_entries = 8192 / offset_entry_size;
    if (entries.empty()) return 0;
    std::size_t low = 0;
    std::size_t high = entries.size() - 1;
    const std::size_t first_hot = high > warm_entries ? high - warm_entries : 0;
    if (entries[first_hot].offset < offset) {
        low = first_hot;
    } else if (entries[0].offset > offset) {
        return 0;
    } else {
        high = first_hot;
    }
    while (low < high) {
        const auto middle = (low + high + 1) / 2;
        if (entries[middle].offset == offset) return entries[middle].position;
        if (entries[middle].offset > offset) {
            high = middle - 1;
        } else {
            low = middle;
        }
    }
    return entries[low].position;
}

class time_index_dump {
  public:
    time_index_dump(const target& of, const log_slice& log,
                    const index_content<offset_entry>& offsets)
        : of_(of), log_(log), offsets_(offsets), path_(java::absolute_path(of.path)) {}

    tool_result<void> check(const time_entry& entry, std::int64_t timestamp_before);

  private:
    const target& of_;
    const log_slice& log_;
    const index_content<offset_entry>& offsets_;
    std::string path_;
};

tool_result<void> time_index_dump::check(const time_entry& entry, std::int64_t timestamp_before) {
    const auto slice = log_.slice(position_for(offsets_, entry.offset), everything);
    if (!slice) return std::unexpected(slice.error());
    auto position = slice->start();
    while (true) {
        const auto place = slice->batch_at(position);
        if (!place) return std::unexpected(place.error());
        if (!*place) {
            of_.found.times_without_batch.add(path_, entry.offset, -1);
            return {};
        }
        const auto last = last_offset_of(*slice, **place);
        if (!last) return std::unexpected(last.error());
        position += (*place)->size();
        if (*last < entry.offset) continue;
        if (*last > entry.offset) {
            of_.found.times_without_batch.add(path_, entry.offset, *last);
            return {};
        }
        const auto max = max_timestamp_of(*slice, **place);
        if (!max) return std::unexpected(max.error());
        if (*max != entry.timestamp) {
            of_.found.time_mismatches.add(path_, entry.timestamp, *max);
        }
        if (timestamp_before >= entry.timestamp) {
            of_.found.times_out_of_order.add(path_, entry.timestamp, timestamp_before);
        }
        return {};
    }
}

}  // namespace

tool_result<void> dump_offset_index(const target& of, const index_options& options) {
    const auto base = offset_of_name(of.path);
    if (!base) return std::unexpected(base.error());
    const auto log = log_slice::open(sibling(of.path, ".log"));
    if (!log) return std::unexpected(log.error());
    const auto index = read_index<offset_entry>(of.path, *base, offset_entry_size);
    if (!index) return std::unexpected(index.error());
    if (index->entries.empty()) {
        of.to.print("{} is empty.\n", of.path);
        return {};
    }
    if (options.sanity_only) {
        if (auto sane = check_offsets(of.path, *index); !sane) return sane;
        of.to.print("{} passed sanity check.\n", of.path);
        return {};
    }
    const auto path = java::absolute_path(of.path);
    bool first = true;
    for (const auto& entry : index->entries) {
        // A node that runs, or crashed, has zeros behind the last entry.
        if (entry.offset == index->base_offset && !first) break;
        first = false;
        const auto slice = log->slice(entry.position, options.message_size_max);
        if (!slice) return std::unexpected(slice.error());
        const auto place = slice->batch_at(slice->start());
        if (!place) return std::unexpected(place.error());
        if (!*place) {
            return std::unexpected(
                tool_error{.exception = "java.util.NoSuchElementException", .message = ""});
        }
        const auto last = last_offset_of(*slice, **place);
        if (!last) return std::unexpected(last.error());
        if (*last != entry.offset) of.found.index_mismatches.add(path, entry.offset, *last);
        if (!options.verify_only) {
            of.to.print("offset: {} position: {}\n", entry.offset, entry.position);
        }
    }
    return {};
}

tool_result<void> dump_time_index(const target& of, const index_options& options) {
    const auto base = offset_of_name(of.path);
    if (!base) return std::unexpected(base.error());
    const auto log = log_slice::open(sibling(of.path, ".log"));
    if (!log) return std::unexpected(log.error());
    const auto offsets =
        read_index<offset_entry>(sibling(of.path, ".index"), *base, offset_entry_size);
    if (!offsets) return std::unexpected(offsets.error());
    const auto index = read_index<time_entry>(of.path, *base, time_entry_size);
    if (!index) return std::unexpected(index.error());
    if (options.sanity_only) {
        if (auto sane = check_times(of.path, *index); !sane) return sane;
        of.to.print("{} passed sanity check.\n", of.path);
        return {};
    }
    time_index_dump dumper(of, *log, *offsets);
    std::int64_t timestamp_before = -1;
    bool first = true;
    for (const auto& entry : index->entries) {
        if (entry.offset == index->base_offset && !first) break;
        first = false;
        if (auto checked = dumper.check(entry, timestamp_before); !checked) return checked;
        if (!options.verify_only) {
            of.to.print("timestamp: {} offset: {}\n", entry.timestamp, entry.offset);
        }
        timestamp_before = entry.timestamp;
    }
    return {};
}

tool_result<void> dump_transaction_index(const target& of) {
    const auto base = offset_of_name(of.path);
    if (!base) return std::unexpected(base.error());
    const auto bytes = read_whole(of.path);
    // Kafka's tool takes a missing one for an empty one.
    if (!bytes && bytes.error().exception.ends_with("NoSuchFileException")) return {};
    if (!bytes) return std::unexpected(bytes.error());
    constexpr std::size_t entry_size = 34;
    for (std::size_t at = 0; at + entry_size <= bytes->size(); at += entry_size) {
        const auto* entry = bytes->data() + at;
        const auto version = base::load_be<std::int8_t>(entry);
        if (version > 0) {
            return std::unexpected(
                tool_error{.exception = "org.apache.kafka.common.KafkaException",
                           .message = fmt::format(
                               "Unexpected aborted transaction version {} in transaction index {}, "
                               "current version is 0",
                               version, java::absolute_path(of.path))});
        }
        of.to.print(
            "version: {} producerId: {} firstOffset: {} lastOffset: {} "
            "lastStableOffset: {}\n",
            version, base::load_be<std::int64_t>(entry + 2),
            base::load_be<std::int64_t>(entry + 10), base::load_be<std::int64_t>(entry + 18),
            base::load_be<std::int64_t>(entry + 26));
    }
    return {};
}

}  // namespace weir::cli::tools::segments
