// log_file: a segment as Kafka's own tool reads it (FileRecords, FileLogInputStream): batch behind
// batch by the lengths they claim, whatever else is wrong with them. The broker's batch_walker
// stops at damage; a tool for damaged files has to show it and go on as far as Kafka's does.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "broker/protocol/record_batch.hpp"
#include "cli/tools/errors.hpp"

namespace weir::cli::tools::segments {

// A file that is only read. Its name is as it was given, for messages.
class raw_file {
  public:
    static tool_result<std::shared_ptr<const raw_file>> open(const std::string& path);
    const std::string& path() const { return path_; }
    std::uint64_t size() const { return size_; }
    // Fewer bytes than asked for only at the end of the file.
    tool_result<std::size_t> read_at(std::uint64_t position, base::mutable_bytes into) const;

  private:
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    using handle = std::unique_ptr<std::FILE, closer>;
    raw_file(std::string path, handle opened, std::uint64_t size)
        : path_(std::move(path)), handle_(std::move(opened)), size_(size) {}

    std::string path_;
    handle handle_;
    std::uint64_t size_;
};

// The whole of a file.
tool_result<base::bytes> read_whole(const std::string& path);

// Where a batch stands, and the few fields that say how to go on.
struct batch_place {
    std::int64_t position = 0;
    std::int64_t offset = 0;  // the first field: base offset, in old formats the last offset
    std::int32_t length = 0;  // as it claims, from behind the length on
    std::int8_t magic = 0;
    std::int64_t size() const { return length + 12LL; }
};

// Bytes [start, end) of a segment.
class log_slice {
  public:
    static tool_result<log_slice> open(const std::string& path);
    // A part of this one, as FileRecords.slice: `size` is cut at the end.
    tool_result<log_slice> slice(std::int64_t position, std::int64_t size) const;

    std::int64_t size() const { return end_ - start_; }

    // The batch at `position` of the file; nothing where whole batches end.
    tool_result<std::optional<batch_place>> batch_at(std::int64_t position) const;
    std::int64_t start() const { return start_; }
    // The header of format 2, and the whole batch. Views are valid until the next call.
    tool_result<broker::protocol::batch_view> header_of(const batch_place& batch) const;
    tool_result<base::bytes_view> bytes_of(const batch_place& batch) const;

  private:
    log_slice(std::shared_ptr<const raw_file> file, std::int64_t start, std::int64_t end,
              bool whole)
        : file_(std::move(file)), start_(start), end_(end), whole_(whole) {}
    std::string text() const;
    tool_result<base::bytes_view> read(std::int64_t position, std::size_t size,
                                       std::string_view what) const;

    std::shared_ptr<const raw_file> file_;
    std::int64_t start_;
    std::int64_t end_;
    bool whole_;
    mutable base::bytes window_;
    mutable std::int64_t window_at_ = 0;
};

}  // namespace weir::cli::tools::segments
