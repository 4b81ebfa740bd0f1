// fault_disk: a disk in memory that can lose and spoil what a real one can: bytes that were not
// synced are gone (or torn) after a crash, writes and syncs fail on request, bits rot.
#pragma once

#include <map>
#include <memory>
#include <mutex>
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
    // From now on every write (sync) fails with this errno; 0 ends it.
    void fail_writes(int code) { write_error_ = code; }
    void fail_syncs(int code) { sync_error_ = code; }
    // Flips a bit of a file that is there.
    void rot(const std::string& path, std::uint64_t position);
    std::uint64_t size_of(const std::string& path) const;

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

    std::string root_ = "fault-disk";
    std::map<std::string, std::shared_ptr<content>> files_;
    int write_error_ = 0;
    int sync_error_ = 0;
};

}  // namespace weir::test
