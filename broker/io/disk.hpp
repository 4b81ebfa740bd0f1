// disk: the files of a node. Calls block; the log calls reads and writes that the page cache
// serves from its shard, and sync from a named thread of its own (blocking.hpp).
// io/posix_disk.hpp is the real one; io/fault_disk.hpp forgets, tears and fails on request.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace weir::broker::io {

// What failed, as errno says it, with the file: "write orders-0/0.log: No space left on device".
struct disk_error {
    int code = 0;         // errno
    std::string message;  // operation, path and reason, for people
};

template <class T>
using disk_result = std::expected<T, disk_error>;

// An open file. Thread safe: positions are in the calls. Closed when destroyed.
class file {
  public:
    virtual ~file() = default;
    // Reads up to into.size() bytes; fewer only at the end of the file.
    virtual disk_result<std::size_t> read_at(std::uint64_t position,
                                             base::mutable_bytes into) const = 0;
    // Writes all of the pieces one after the other from `position` on, or fails.
    virtual disk_result<void> write_at(std::uint64_t position,
                                       std::span<const base::bytes_view> pieces) = 0;
    // fdatasync. After one failure the same file must never be trusted again (its pages are
    // marked clean): the caller takes the partition offline.
    virtual disk_result<void> sync() = 0;
    virtual disk_result<void> truncate(std::uint64_t size) = 0;
    // Forgets what memory holds of the file from `position` on, as far as it needs no writing: the
    // next read shows what is on the disk. Best effort.
    virtual void drop_cached(std::uint64_t position) = 0;
    virtual disk_result<std::uint64_t> size() const = 0;
    // For sendfile; -1 when the file has no descriptor (fault disk): read_at instead.
    virtual int descriptor() const = 0;
    virtual const std::string& path() const = 0;
};

struct directory_entry {
    std::string name;
    bool is_directory = false;
};

// Of the filesystem below the root.
struct disk_space {
    std::uint64_t total_bytes = 0;
    std::uint64_t usable_bytes = 0;
};

enum class open_mode { read, read_write, create };  // create: read_write, made when missing

// A directory tree; all paths are relative to its root ("orders-0/00000000000000000000.log").
// Thread safe.
class disk {
  public:
    virtual ~disk() = default;
    virtual disk_result<std::shared_ptr<file>> open(const std::string& path, open_mode mode) = 0;
    virtual disk_result<std::vector<directory_entry>> list(const std::string& directory) = 0;
    virtual disk_result<bool> exists(const std::string& path) = 0;
    virtual disk_result<void> make_directory(const std::string& path) = 0;  // ok when it exists
    virtual disk_result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual disk_result<void> remove(const std::string& path) = 0;       // ok when missing
    virtual disk_result<void> remove_tree(const std::string& path) = 0;  // ok when missing
    virtual disk_result<void> sync_directory(const std::string& path) = 0;
    // syncfs of the filesystem below the root: one journal commit for any number of files.
    virtual disk_result<void> sync_all() = 0;
    virtual disk_result<disk_space> space() = 0;
    // The root, for messages.
    virtual const std::string& root() const = 0;
};

// The whole of a small file; fails with EFBIG above `size_max`.
disk_result<base::bytes> read_file(disk& from, const std::string& path, std::uint64_t size_max);
// Makes `content` the whole of a file, neither synced nor atomic: for what can be made again.
disk_result<void> overwrite_file(disk& on, const std::string& path, base::bytes_view content);
// Writes a sibling, syncs it, renames it over `path`, syncs the directory: all or nothing.
disk_result<void> replace_file(disk& on, const std::string& path, base::bytes_view content);

}  // namespace weir::broker::io
