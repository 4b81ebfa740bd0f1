// fault_disk: a disk in memory that can lose and spoil what a real one can: bytes that were not
// synced are gone (or torn) after a crash, calls fail on request, bits rot.
//
// A sync that fails does what Linux does: the bytes are taken for clean, later syncs succeed and do
// not write them. They can be read until they are dropped from memory or the machine crashes.
// Thread safe: the broker syncs on threads of their own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/prng.hpp"
#include "broker/io/disk.hpp"

namespace weir::test {

class fault_disk : public broker::io::disk {
  public:
    fault_disk();
    ~fault_disk() override;

    // Loses what was not synced since; a random part of unsynced bytes of each file survives, as
    // the kernel may have written it. Open files must be gone.
    void crash(base::prng& random);
    // The same, and nothing that was not synced survives.
    void crash_hard();
    // From now on every write (sync) fails with this errno; 0 ends it.
    void fail_writes(int code) { fail("write", code); }
    void fail_syncs(int code) { fail("sync", code); }
    // A call is "open", "read", "write", "truncate", "sync", "rename", "remove" or "list"; `part`
    // is a part of the path.
    void fail(const std::string& call, int code, const std::string& part = "");
    // Called at the begin of each sync, with its path, on the thread that syncs: a test can hold a
    // sync there.
    void on_sync(std::function<void(const std::string&)> call);
    // Counts calls of these kinds down, and fails the one that comes at zero and all that follow:
    // a crash between two steps. Negative: never.
    void stop_after(int changes) {
        const std::lock_guard held(mutex_);
        changes_left_ = changes;
    }
    int changes() const {
        const std::lock_guard held(mutex_);
        return changes_;
    }

    // Flips a bit of a file that is there.
    void rot(const std::string& path, std::uint64_t position, std::byte mask = std::byte{0x01});
    // Sets the whole of a file, durably.
    void put(const std::string& path, base::bytes content);
    base::bytes content_of(const std::string& path) const;
    std::uint64_t size_of(const std::string& path) const;
    bool has(const std::string& path) const {
        const std::lock_guard held(mutex_);
        return files_.contains(path);
    }
    std::vector<std::string> paths() const;

    broker::io::disk_result<std::shared_ptr<broker::io::file>> open(
        const std::string& path, broker::io::open_mode mode) override;
    broker::io::disk_result<std::vector<broker::io::directory_entry>> list(
        const std::string& directory) override;
    broker::io::disk_result<bool> exists(const std::string& path) override;
    broker::io::disk_result<void> make_directory(const std::string& path) override;
    broker::io::disk_result<void> rename(const std::string& from, const std::string& to) override;
    broker::io::disk_result<void> remove(const std::string& path) override;
    broker::io::disk_result<void> remove_tree(const std::string& path) override;
    broker::io::disk_result<void> sync_directory(const std::string& path) override;
    broker::io::disk_result<void> sync_all() override;
    broker::io::disk_result<broker::io::disk_space> space() override;
    const std::string& root() const override { return root_; }

  private:
    struct content;
    class open_file;
    struct fault {
        int code = 0;
        std::string part;
    };

    void tell_sync(const std::string& path);
    // The errno of a call, or 0. With the mutex held.
    int fault_of(const std::string& call, const std::string& path);

    std::string root_ = "fault-disk";
    mutable std::mutex mutex_;  // of all that follows, and of what is in the files
    std::map<std::string, std::shared_ptr<content>> files_;
    std::set<std::string> directories_;
    std::map<std::string, fault> faults_;
    std::function<void(const std::string&)> on_sync_;
    int changes_left_ = -1;
    int changes_ = 0;
};

}  // namespace weir::test
