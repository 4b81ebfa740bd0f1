#include "connectors/file/source/catalog.hpp"

#include <algorithm>

#include "connectors/file/source/content.hpp"

namespace weir::connectors::file {
namespace {

constexpr int depth_max = 64;

}  // namespace

struct catalog::walk_state {
    const std::function<void(catalog_entry&)>& grown;
    // What was listed in this scan: paths of subdirectories of each directory.
    std::map<std::string, std::vector<std::pair<std::string, bool>>> listed;
    std::map<std::string, file_facts> files;
};

catalog::catalog(const settings_of_source& settings, sdk::host host)
    : settings_(settings), host_(host), rules_(settings.rotated) {
    for (const auto& each : settings.paths)
        globs_.emplace_back(each);
    for (const auto& each : settings.exclude)
        excluded_.emplace_back(each);
    if (!watch_.works()) told_once("there is no inotify: files are looked at every rescan only");
}

void catalog::told_once(const std::string& line) {
    if (told_.size() < 1000 && told_.insert(line).second) host_.warn(line);
}

void catalog::set_mark(const std::string& pattern, std::int64_t since_ns) {
    since_[tidy_path(pattern)] = since_ns;
}

catalog_entry* catalog::find(const std::string& path) {
    const auto at = entries_.find(path);
    return at == entries_.end() ? nullptr : &at->second;
}

bool catalog::is_excluded(const std::string& path) const {
    return std::ranges::any_of(excluded_, [&](const glob& each) {
        const bool by_name = each.pattern().find('/') == std::string::npos;
        return by_name ? name_matches(each.pattern(), name_of(path)) : each.matches(path);
    });
}

bool catalog::is_globbed(const std::string& path) const {
    return std::ranges::any_of(globs_, [&](const glob& each) { return each.matches(path); });
}

bool catalog::is_wanted(const catalog_entry& entry) const {
    if (entry.globbed) {
        if (settings_.ignore_older.count() == 0) return true;
        const auto age = file_clock_ns() - entry.facts.modified_ns;
        return age / 1'000'000 <= settings_.ignore_older.count();
    }
    if (entry.log.empty()) return false;
    // A generation that was not there when the log was first watched.
    for (const auto& each : globs_) {
        const auto mark = since_.find(each.pattern());
        if (mark != since_.end() && each.matches(entry.log) &&
            entry.facts.modified_ns >= mark->second)
            return true;
    }
    return false;
}

void catalog::classify(const std::string& path, catalog_entry& entry) {
    if (is_excluded(path)) {
        entry.log.clear();
        entry.globbed = entry.wanted = false;
        return;
    }
    entry.globbed = is_globbed(path);
    const auto may_be = [&](const std::string& log) {
        return !entry.globbed && is_globbed(log) && !is_excluded(log);
    };
    if (auto log = rules_.log_of(path, logs_, may_be)) {
        entry.log = *log;
    } else {
        entry.log = entry.globbed ? path : std::string();
    }
    entry.wanted = is_wanted(entry);
}

void catalog::drop(const std::string& path, catalog_entry& entry) {
    (void)path;
    if (entry.link_watch >= 0) {
        links_.erase(entry.link_watch);
        watch_.unwatch(entry.link_watch);
    }
    changed_ = true;
}

void catalog::put(const std::string& path, const file_facts& facts,
                  const std::function<void(catalog_entry&)>& grown) {
    const auto [at, fresh] = entries_.try_emplace(path);
    auto& entry = at->second;
    const bool other = !fresh && !(entry.facts.file == facts.file);
    const bool resized =
        entry.facts.size != facts.size || entry.facts.modified_ns != facts.modified_ns;
    const bool small = entry.facts.size < 4;
    entry.facts = facts;
    if (fresh || other) {
        if (entry.link_watch >= 0) {
            links_.erase(entry.link_watch);
            watch_.unwatch(entry.link_watch);
            entry.link_watch = -1;
        }
        if (facts.link) entry.link_watch = watch_.watch(path, false);
        if (entry.link_watch >= 0) links_[entry.link_watch] = path;
        entry.owner = nullptr;
        classify(path, entry);
        changed_ = true;
    } else if (resized) {
        const bool before = entry.wanted;
        entry.wanted = is_wanted(entry);
        if (entry.owner != nullptr) {
            grown(entry);
        } else if (entry.wanted || before) {
            changed_ = true;
        }
    }
    if ((fresh || other || small) && !entry.log.empty() && facts.size > 0) {
        std::string ignored;
        const auto open = open_file(path, ignored);
        if (open.is_open()) entry.as = encoding_of_file(open, path);
    } else if (fresh || other) {
        entry.as = encoding::plain;
    }
}

void catalog::watch_directory(const std::string& directory) {
    if (watch_of_.contains(directory)) return;
    const int number = watch_.watch(directory, true);
    if (number < 0) {
        if (watch_.works()) {
            watch_failed_ = true;
            told_once("cannot watch " + directory +
                      " (fs.inotify.max_user_watches?): it is looked at every rescan only");
        }
        return;
    }
    watch_of_[directory] = number;
    watched_[number] = directory;
}

// So that it is noticed when a missing directory comes.
void catalog::watch_above(const std::string& missing) {
    auto above = missing;
    while (above != "." && above != "/") {
        above = directory_of(above);
        const auto facts = facts_of(above);
        if (facts && facts->directory) break;
    }
    watch_directory(above);
}

// The files of one directory; once in a scan.
void catalog::list(const std::string& directory, walk_state& state) {
    if (state.listed.contains(directory)) return;
    auto& below = state.listed[directory];
    // Watched before it is listed: what comes in between is reported.
    watch_directory(directory);
    std::string why;
    const auto names = list_directory(directory, why);
    if (!names) {
        told_once(why);
        return;
    }
    for (const auto& name : *names) {
        auto path = join_path(directory, name);
        const auto facts = facts_of(path);
        if (!facts) continue;
        if (facts->directory) {
            below.emplace_back(std::move(path), facts->link);
        } else if (facts->regular) {
            state.files.emplace(std::move(path), *facts);
        }
    }
}

void catalog::walk(const std::string& directory, const glob& by, bool through_link, int depth,
                   walk_state& state) {
    list(directory, state);
    if (by.depth() == 0 || depth > depth_max) return;
    const auto below = state.listed[directory];
    for (const auto& [path, link] : below) {
        // A link back up would never end.
        const bool endless = (link || through_link) && by.depth() < 0;
        if (!endless && by.may_match_below(path))
            walk(path, by, through_link || link, depth + 1, state);
    }
}

void catalog::scan(const std::function<void(catalog_entry&)>& grown) {
    scan_wanted_ = false;
    // A directory may have been exchanged for another one of its name: watch it again.
    watch_of_.clear();
    watch_failed_ = false;
    walk_state state{.grown = grown, .listed = {}, .files = {}};
    for (const auto& each : globs_) {
        const auto root = each.root();
        const auto facts = facts_of(root);
        if (facts && facts->directory) {
            walk(root, each, false, 0, state);
        } else {
            watch_above(root);
        }
    }
    // Logs first: they tell of which log the others are.
    for (const auto& [path, facts] : state.files) {
        if (is_globbed(path) && !is_excluded(path)) logs_.add(path);
    }
    for (const auto& log : logs_.all()) {
        for (const auto& directory : rules_.directories_of(log)) {
            const auto facts = facts_of(directory);
            if (facts && facts->directory) list(directory, state);
        }
    }
    for (const auto& [path, facts] : state.files)
        put(path, facts, grown);
    for (auto at = entries_.begin(); at != entries_.end();) {
        if (state.files.contains(at->first)) {
            ++at;
            continue;
        }
        drop(at->first, at->second);
        at = entries_.erase(at);
    }
}

void catalog::refresh(const std::string& path, const std::function<void(catalog_entry&)>& grown) {
    const auto facts = facts_of(path);
    if (facts && facts->directory) {
        scan_wanted_ = true;
        return;
    }
    if (facts && facts->regular) {
        if (is_globbed(path) && !is_excluded(path)) logs_.add(path);
        put(path, *facts, grown);
        return;
    }
    const auto at = entries_.find(path);
    if (at == entries_.end()) return;
    drop(path, at->second);
    entries_.erase(at);
}

void catalog::drain(const std::function<void(catalog_entry&)>& grown) {
    watch_.drain([&](const notice& what) {
        if (what.overflow || what.directory) {
            scan_wanted_ = true;
            return;
        }
        if (const auto link = links_.find(what.watch); link != links_.end()) {
            auto* entry = find(link->second);
            if (entry != nullptr && entry->owner != nullptr) grown(*entry);
            return;
        }
        const auto directory = watched_.find(what.watch);
        if (directory == watched_.end()) return;
        const auto path = join_path(directory->second, what.name);
        auto* entry = find(path);
        if (what.modified && entry != nullptr && entry->owner != nullptr) {
            grown(*entry);
        } else {
            refresh(path, grown);
        }
    });
}

}  // namespace weir::connectors::file
