// tracker: the files that are followed: which file goes on from which position, in which order they
// are read, which of them are open. Owned by the task.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "connect/sdk/host.hpp"
#include "connectors/file/source/catalog.hpp"
#include "connectors/file/source/content.hpp"
#include "connectors/file/source/reader.hpp"
#include "connectors/file/source/tracked.hpp"

namespace weir::connectors::file {

struct tracker_counts {
    std::uint64_t rotations = 0;
    std::uint64_t truncations = 0;
    std::uint64_t lost_bytes = 0;
    std::uint64_t failures = 0;
};

class tracker {
  public:
    tracker(const settings_of_source& settings, sdk::host host, batch& into);

    // Positions that were committed, before the first round.
    void adopt(const std::vector<position>& positions, const std::vector<watch_mark>& marks);
    // Takes notices, lists again when it is time, decides anew when files came or went, and queues
    // what has grown.
    void look(steady_time now);
    // Reads what is queued until the batch is full.
    void read(steady_time now);

    bool has_work() const { return !ready_.empty(); }
    // When something is due without a notice.
    steady_time next_due(steady_time now) const;
    watcher& watch() { return catalog_.watch(); }

    // Positions for the host since the last call; the texts live until the next one.
    std::span<const weir_position> take_positions();
    bool has_positions() const { return !touched_.empty() || !forgotten_.empty() || marks_due_; }

    const tracker_counts& counts() const { return counts_; }
    const read_counts& lines() const { return reader_.counts(); }
    std::size_t open_files() const { return open_.size(); }
    std::size_t files() const { return files_.size(); }
    std::size_t waiting() const { return waiting_.size(); }
    std::uint64_t lag_bytes() const;

  private:
    using generations = std::vector<tracked*>;

    void decide(steady_time now);
    std::vector<seen_file> list_files(std::vector<catalog_entry*>& entries);
    void keep(tracked& file, const seen_file& seen, catalog_entry* entry, steady_time now);
    void move(tracked& file, const seen_file& seen, catalog_entry* entry, bool spent,
              steady_time now);
    void begin(const seen_file& seen, catalog_entry* entry, const tracked* before, steady_time now);
    void make_room(generations& all, std::uint64_t generation);
    void lose(tracked& file, steady_time now);
    void forget_gone(steady_time now);
    void forget(tracked& file);
    void sort_into_log(tracked& file);

    void read_one(tracked& file, steady_time now);
    void at_end(tracked& file, std::uint64_t before, steady_time now);
    void truncated(tracked& file);
    void begin_at_end(tracked& file, const seen_file& seen);
    std::size_t hole_of(const seen_file& seen) const;
    void failed(tracked& file, const std::string& why);
    unfinished how_unfinished(const tracked& file, steady_time now) const;
    bool is_silent(const tracked& file, steady_time now) const;
    void check_resting(steady_time now);
    void check_waiting();
    bool must_wait(const tracked& file) const;
    void check_unlisted(steady_time now);

    bool open(tracked& file);
    void load_head(tracked& file);
    void close(tracked& file);
    void queue(tracked& file);
    void touch(tracked& file);

    const settings_of_source& settings_;
    sdk::host host_;
    catalog catalog_;
    disk_content content_;
    reader reader_;
    std::map<std::string, std::unique_ptr<tracked>> files_;  // by id
    std::unordered_map<std::string, generations> logs_;      // oldest first
    std::deque<tracked*> ready_;
    std::vector<tracked*> waiting_;
    std::vector<tracked*> resting_;
    std::vector<tracked*> unlisted_;
    std::list<tracked*> open_;  // the one used last in front
    std::vector<tracked*> touched_;
    std::vector<tracked*> made_anew_;  // compressed files that are shorter than what was read
    // Of the files that positions had before the decision that is under way: how far they were
    // read, and whether they were seen truncated.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<position, bool>> before_;
    std::vector<position> forgotten_;
    std::vector<std::string> texts_;
    std::vector<weir_position> positions_;
    std::vector<watch_mark> marks_;
    bool marks_due_ = false;
    bool very_first_ = true;  // there were no positions at all
    bool first_round_ = true;
    std::uint64_t drawn_ = 0;
    std::uint64_t files_drawn_ = 0;
    steady_time next_scan_ = {};
    steady_time next_look_at_unlisted_ = {};
    tracker_counts counts_;
};

}  // namespace weir::connectors::file
