#include "cli/tools/segments/log_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/endian.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::batch_header_size;
using broker::protocol::batch_view;

constexpr std::int64_t header_up_to_magic = 17;
// The smallest record of the oldest format: no batch is shorter.
constexpr std::int32_t length_min = 14;
constexpr std::size_t window_size = 1024 * 1024;

tool_error failure(const std::string& path) {
    if (errno == ENOENT || errno == ENOTDIR) {
        return {.exception = "java.nio.file.NoSuchFileException", .message = path};
    }
    if (errno == EACCES)
        return {.exception = "java.nio.file.AccessDeniedException", .message = path};
    return {.exception = "java.io.IOException", .message = std::strerror(errno)};
}

}  // namespace

tool_result<std::shared_ptr<const raw_file>> raw_file::open(const std::string& path) {
    handle opened(std::fopen(path.c_str(), "rb"));
    if (!opened) return std::unexpected(failure(path));
    if (std::fseek(opened.get(), 0, SEEK_END) != 0) return std::unexpected(failure(path));
    const auto size = std::ftell(opened.get());
    if (size < 0) return std::unexpected(failure(path));
    return std::shared_ptr<const raw_file>(
        new raw_file(path, std::move(opened), static_cast<std::uint64_t>(size)));
}

tool_result<std::size_t> raw_file::read_at(std::uint64_t position, base::mutable_bytes into) const {
    if (std::fseek(handle_.get(), static_cast<long>(position), SEEK_SET) != 0) {
        return std::unexpected(failure(path_));
    }
    const auto done = std::fread(into.data(), 1, into.size(), handle_.get());
    if (done < into.size() && std::ferror(handle_.get()) != 0) {
        return std::unexpected(failure(path_));
    }
    return done;
}

tool_result<base::bytes> read_whole(const std::string& path) {
    const auto file = raw_file::open(path);
    if (!file) return std::unexpected(file.error());
    base::bytes content((*file)->size());
    const auto read = (*file)->read_at(0, content);
    if (!read) return std::unexpected(read.error());
    content.resize(*read);
    return content;
}

tool_result<log_slice> log_slice::open(const std::string& path) {
    auto file = raw_file::open(path);
    if (!file) return std::unexpected(file.error());
    const auto size = (*file)->size();
    if (size > std::numeric_limits<std::int32_t>::max()) {
        return std::unexpected(tool_error{
            .exception = "org.apache.kafka.common.KafkaException",
            .message = fmt::format("The size of segment {} ({}) is larger than the maximum allowed "
                                   "segment size of 2147483647",
                                   path, size)});
    }
    return log_slice(std::move(*file), 0, static_cast<std::int64_t>(size), true);
}

std::string log_slice::text() const {
    return fmt::format("FileRecords(size={}, file={}, start={}, end={})", size(), file_->path(),
                       start_, whole_ ? std::numeric_limits<std::int32_t>::max() : end_);
}

tool_result<log_slice> log_slice::slice(std::int64_t position, std::int64_t size) const {
    if (position < 0) {
        return std::unexpected(illegal_argument(
            fmt::format("Invalid position: {} in read from {}", position, text())));
    }
    if (position > this->size()) {
        return std::unexpected(illegal_argument(
            fmt::format("Slice from position {} exceeds end position of {}", position, text())));
    }
    if (size < 0) {
        return std::unexpected(
            illegal_argument(fmt::format("Invalid size: {} in read from {}", size, text())));
    }
    const auto start = start_ + position;
    return log_slice(file_, start, std::min(end_, start + size), false);
}

tool_result<base::bytes_view> log_slice::read(std::int64_t position, std::size_t size,
                                              std::string_view what) const {
    const bool inside =
        position >= window_at_ && position + static_cast<std::int64_t>(size) <=
                                      window_at_ + static_cast<std::int64_t>(window_.size());
    if (!inside) {
        window_.resize(std::max(size, window_size));
        window_at_ = position;
        const auto done = file_->read_at(static_cast<std::uint64_t>(position), window_);
        if (!done) return std::unexpected(done.error());
        window_.resize(*done);
    }
    if (window_.size() < size) {
        return std::unexpected(tool_error{
            .exception = "org.apache.kafka.common.KafkaException",
            .message =
                fmt::format("Failed to load {} at position {} from {}", what, position, text())});
    }
    return base::bytes_view(window_).subspan(static_cast<std::size_t>(position - window_at_), size);
}

// FileLogInputStream.nextBatch.
tool_result<std::optional<batch_place>> log_slice::batch_at(std::int64_t position) const {
    if (position >= end_ - header_up_to_magic) return std::nullopt;
    const auto header = read(position, header_up_to_magic, "log header");
    if (!header) return std::unexpected(header.error());
    const batch_place found{.position = position,
                            .offset = base::load_be<std::int64_t>(header->data()),
                            .length = base::load_be<std::int32_t>(header->data() + 8),
                            .magic = base::load_be<std::int8_t>(header->data() + 16)};
    if (found.length < length_min) {
        return std::unexpected(tool_error{
            .exception = "org.apache.kafka.common.errors.CorruptRecordException",
            .message = fmt::format(
                "Found record size {} smaller than minimum record overhead ({}) in file {}.",
                found.length, length_min, file_->path())});
    }
    if (position + found.size() > end_) return std::nullopt;
    return found;
}

tool_result<batch_view> log_slice::header_of(const batch_place& batch) const {
    const auto header = read(batch.position, batch_header_size, "record batch header");
    if (!header) return std::unexpected(header.error());
    return batch_view::unchecked(*header);
}

tool_result<base::bytes_view> log_slice::bytes_of(const batch_place& batch) const {
    return read(batch.position, static_cast<std::size_t>(batch.size()), "full record batch");
}

}  // namespace weir::cli::tools::segments
