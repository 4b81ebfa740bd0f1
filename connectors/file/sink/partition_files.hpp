// partition_files: the files of one partition whose names have {offset}: which of them are
// finished, what that means for records that come again, and how a file is begun and finished so
// that a crash at any moment neither loses nor repeats a record. FORMAT.md tells how.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/file/sink/disk.hpp"
#include "connectors/file/sink/index.hpp"
#include "connectors/file/sink/options.hpp"

namespace weir::connectors::file::sink {

class partition_files {
  public:
    // Both outlive it.
    partition_files(disk& on, const sink_options& options, std::string topic,
                    std::int32_t partition);

    // Takes the partition for this task, clears away what was begun, and learns what is finished.
    // `start`: where reading begins; -1: unknown. The text, if any, is worth a warning.
    [[nodiscard]] result<std::string> open(std::int64_t start);

    // The files of a bucket that were finished before open(), in their order: their records may
    // come again.
    std::vector<finished_file> finished_of(const std::string& bucket) const;
    // What is known is about another topic of the same name.
    [[nodiscard]] result<> forget();

    [[nodiscard]] result<std::unique_ptr<writable>> begin(const begun_file& file);
    // The contents are durable. May be called again when it failed in a way that heals.
    [[nodiscard]] result<> finish(const finished_file& file);
    // Nothing came of it.
    void abandon(const begun_file& file);
    // Removes what was begun, as far as that succeeds.
    void discard();
    // An offset that the host was told it may commit.
    void may_commit(std::int64_t offset);

  private:
    std::string place_of(const std::string& name) const { return directory_ + name; }
    std::string place_of(const finished_file& file) const;
    std::string progress_of(std::string_view bucket, std::int64_t first) const;
    result<> read_index(partition_index& into);
    result<> write_index();
    result<> add_line(const std::string& line, bool sync);
    result<> complete_renames();
    result<> remove_oldest();
    void prune(std::int64_t below);

    disk& disk_;
    const sink_options& options_;
    std::string topic_;
    std::string directory_;
    std::string index_path_;
    std::unique_ptr<writable> lock_;
    std::unique_ptr<writable> index_;
    std::int64_t floor_ = -1;
    std::vector<begun_file> begun_;
    std::vector<finished_file> finished_;
    std::unordered_map<std::string, std::vector<finished_file>> before_;  // of them, at open()
    std::deque<finished_file> kept_;  // finished and there, oldest first; only with `keep`
    std::uint64_t index_bytes_max_ = 0;
    std::int64_t may_commit_ = -1;  // and what was so the time before
    std::int64_t may_commit_before_ = -1;
};

}  // namespace weir::connectors::file::sink
