// catalog: the files in the directories that the patterns are about, kept up to date by notices of
// the system and by listing again. Owned by the task.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "connect/sdk/host.hpp"
#include "connectors/file/source/disk.hpp"
#include "connectors/file/source/family.hpp"
#include "connectors/file/source/glob.hpp"
#include "connectors/file/source/match.hpp"
#include "connectors/file/source/options.hpp"

namespace weir::connectors::file {

struct tracked;

struct catalog_entry {
    file_facts facts;
    std::string log;
    encoding as = encoding::plain;
    bool globbed = false;  // one of the patterns has it
    bool wanted = false;
    tracked* owner = nullptr;  // who reads it
    int link_watch = -1;       // of what a symbolic link leads to
};

class catalog {
  public:
    catalog(const settings_of_source& settings, sdk::host host);

    // Since when each pattern is watched, as far as it is known from before.
    void set_mark(const std::string& pattern, std::int64_t since_ns);
    bool has_mark(const std::string& pattern) const { return since_.contains(tidy_path(pattern)); }
    // A log that may not be there at the moment.
    void add_log(const std::string& path) { logs_.add(path); }

    // Lists everything again. `grown` is called for entries with an owner whose file changed.
    void scan(const std::function<void(catalog_entry&)>& grown);
    // Takes the notices that have come in.
    void drain(const std::function<void(catalog_entry&)>& grown);
    // Looks at one path again.
    void refresh(const std::string& path, const std::function<void(catalog_entry&)>& grown);

    bool is_scan_wanted() const { return scan_wanted_; }
    // Whether files came, went or were exchanged since the last take.
    bool take_changed() { return std::exchange(changed_, false); }
    void set_changed() { changed_ = true; }
    catalog_entry* find(const std::string& path);
    std::map<std::string, catalog_entry>& entries() { return entries_; }
    bool notices_work() const { return watch_.works() && !watch_failed_; }
    watcher& watch() { return watch_; }

  private:
    struct walk_state;
    void walk(const std::string& directory, const glob& by, bool through_link, int depth,
              walk_state& state);
    void list(const std::string& directory, walk_state& state);
    void watch_directory(const std::string& directory);
    void watch_above(const std::string& missing);
    void put(const std::string& path, const file_facts& facts,
             const std::function<void(catalog_entry&)>& grown);
    void classify(const std::string& path, catalog_entry& entry);
    void drop(const std::string& path, catalog_entry& entry);
    bool is_globbed(const std::string& path) const;
    bool is_excluded(const std::string& path) const;
    bool is_wanted(const catalog_entry& entry) const;
    void told_once(const std::string& line);

    const settings_of_source& settings_;
    sdk::host host_;
    std::vector<glob> globs_;
    std::vector<glob> excluded_;
    rotation_rules rules_;
    log_index logs_;
    std::map<std::string, std::int64_t> since_;
    std::map<std::string, catalog_entry> entries_;  // by path
    watcher watch_;
    std::unordered_map<int, std::string> watched_;  // directories
    std::unordered_map<std::string, int> watch_of_;
    std::unordered_map<int, std::string> links_;  // paths of symbolic links
    std::unordered_set<std::string> told_;
    bool watch_failed_ = false;
    bool changed_ = false;
    bool scan_wanted_ = true;
};

}  // namespace weir::connectors::file
