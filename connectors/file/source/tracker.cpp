#include "connectors/file/source/tracker.hpp"

#include <algorithm>

#include "connectors/file/source/content_hash.hpp"

namespace weir::connectors::file {
namespace {

using namespace std::chrono_literals;

// Without inotify.
constexpr auto poll_interval = 500ms;
constexpr std::size_t gone_max = 10'000;

std::string hex_of(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(16, '0');
    for (std::size_t at = 16; at-- > 0; number >>= 4)
        out[at] = digits[number & 15];
    return out;
}

template <class Item>
void remove(std::vector<Item*>& from, const Item* what) {
    std::erase(from, what);
}

}  // namespace

tracker::tracker(const settings_of_source& settings, sdk::host host, batch& into)
    : settings_(settings),
      host_(host),
      catalog_(settings, host),
      reader_(settings, into),
      drawn_(draw_number()) {}

void tracker::adopt(const std::vector<position>& positions, const std::vector<watch_mark>& marks) {
    very_first_ = positions.empty() && marks.empty();
    for (const auto& each : marks)
        catalog_.set_mark(each.pattern, each.since_ns);
    for (const auto& each : positions) {
        auto made = std::make_unique<tracked>();
        made->at = each;
        made->stored = true;
        made->waiting = true;
        // Told already.
        if (each.gone) made->gone_since = std::chrono::steady_clock::now();
        catalog_.add_log(each.log);
        sort_into_log(*made);
        files_[each.id] = std::move(made);
    }
    const auto now = file_clock_ns();
    for (const auto& pattern : settings_.paths) {
        if (catalog_.has_mark(pattern)) continue;
        marks_.push_back({tidy_path(pattern), now});
        catalog_.set_mark(pattern, now);
        marks_due_ = true;
    }
}

void tracker::sort_into_log(tracked& file) {
    auto& all = logs_[file.at.log];
    const auto place = std::ranges::upper_bound(
        all, file.at.generation, {}, [](const tracked* each) { return each->at.generation; });
    all.insert(place, &file);
}

void tracker::look(steady_time now) {
    const auto grown = [&](catalog_entry& entry) {
        auto& file = *entry.owner;
        // A compressed file that is shorter than what was read of it was made anew.
        if (file.inflated && entry.facts.size < file.inflated->raw_offset()) {
            made_anew_.push_back(&file);
            return;
        }
        queue(file);
    };
    catalog_.drain(grown);
    if (catalog_.is_scan_wanted() || now >= next_scan_) {
        catalog_.scan(grown);
        next_scan_ = now + (catalog_.notices_work() ? settings_.rescan
                                                    : std::min<std::chrono::milliseconds>(
                                                          settings_.rescan, poll_interval));
        forget_gone(now);
    }
    for (auto* each : std::exchange(made_anew_, {}))
        truncated(*each);
    if (catalog_.take_changed() || first_round_) decide(now);
    check_unlisted(now);
    check_resting(now);
    check_waiting();
}

// One for each file that is there, whatever names it has; open ones without a name, too.
std::vector<seen_file> tracker::list_files(std::vector<catalog_entry*>& entries) {
    std::vector<seen_file> out;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> places;
    for (auto& [path, entry] : catalog_.entries()) {
        seen_file seen{.path = path,
                       .log = entry.log,
                       .file = entry.facts.file,
                       .size = entry.facts.size,
                       .modified_ns = entry.facts.modified_ns,
                       .as = entry.as,
                       .current = path == entry.log,
                       .wanted = entry.wanted};
        entry.owner = nullptr;
        const auto [at, fresh] =
            places.try_emplace({seen.file.device, seen.file.inode}, out.size());
        if (fresh) {
            entries.push_back(&entry);
            out.push_back(std::move(seen));
        } else if (std::pair(seen.wanted, seen.current) >
                   std::pair(out[at->second].wanted, out[at->second].current)) {
            entries[at->second] = &entry;
            out[at->second] = std::move(seen);
        }
    }
    for (auto* each : open_) {
        if (places.contains({each->at.file.device, each->at.file.inode})) continue;
        const auto facts = facts_of(each->open);
        if (!facts) continue;
        entries.push_back(nullptr);
        out.push_back({.path = path_of(each->open),
                       .log = each->at.log,
                       .file = facts->file,
                       .size = facts->size,
                       .modified_ns = facts->modified_ns,
                       .as = each->at.as,
                       .unnamed = true});
    }
    return out;
}

void tracker::decide(steady_time now) {
    std::vector<catalog_entry*> entries;
    const auto files = list_files(entries);
    std::vector<tracked*> all;
    std::vector<known_position> known;
    for (const auto& [id, each] : files_) {
        all.push_back(each.get());
        known.push_back({each->at, each->trusted, each->cut_off});
        before_[{each->at.file.device, each->at.file.inode}] = {each->at, each->cut_off};
    }
    const auto decided = match(known, files, content_);
    unlisted_.clear();
    for (const auto& each : decided.moved)
        move(*all[each.known], files[each.file], entries[each.file], each.spent, now);
    for (const auto& each : decided.kept)
        keep(*all[each.known], files[each.file], entries[each.file], now);
    for (const auto each : decided.gone)
        lose(*all[each], now);
    for (std::size_t each = 0; each < decided.begun.size(); ++each) {
        const auto file = decided.begun[each];
        const auto before = decided.begun_before[each];
        begin(files[file], entries[file], before < all.size() ? all[before] : nullptr, now);
    }
    first_round_ = false;
    before_.clear();
}

// A writer that does not append goes on where it was when its file is truncated under it.
std::size_t tracker::hole_of(const seen_file& seen) const {
    constexpr std::uint64_t enough = 64 * 1024;
    const auto at = before_.find({seen.file.device, seen.file.inode});
    if (at == before_.end() || !at->second.first.file.same_as(seen.file)) return 0;
    return static_cast<std::size_t>(std::min(at->second.first.offset, enough));
}

void tracker::keep(tracked& file, const seen_file& seen, catalog_entry* entry, steady_time now) {
    const bool first = !file.trusted;
    file.here = file.trusted = true;
    file.gone_since = {};
    file.at.gone = false;
    file.listed = entry != nullptr;
    file.through_link = entry != nullptr && entry->facts.link;
    if (!file.listed) {
        file.current = false;
        unlisted_.push_back(&file);
        queue(file);
        return;
    }
    entry->owner = &file;
    const bool was_current = file.current;
    file.current = seen.path == file.at.log;
    if (file.at.path != seen.path) {
        if (was_current || first) ++counts_.rotations;
        host_.debug(file.at.path + " is now " + seen.path);
        file.at.path = seen.path;
        touch(file);
        queue(file);
    }
    file.at.file = seen.file;
    file.at.size = seen.size;
    // The current file may have been truncated since it was read: its time is taken when it is
    // read.
    if (!file.current || file.at.modified_ns == 0) file.at.modified_ns = seen.modified_ns;
    if (first) {
        const auto age =
            std::chrono::nanoseconds(std::max<std::int64_t>(file_clock_ns() - seen.modified_ns, 0));
        file.grown_at = now - std::min<std::chrono::nanoseconds>(age, 24h);
        file.at_end = file.at.as == encoding::plain && seen.size == file.at.offset;
    }
    if (!file.at_end) queue(file);
}

void tracker::move(tracked& file, const seen_file& seen, catalog_entry* entry, bool spent,
                   steady_time now) {
    if (spent) {
        auto ended = content_.at_end_of(file.at, seen);
        if (ended) file.at = std::move(*ended);
    }
    close(file);
    file.head.clear();
    file.inflated.reset();
    file.at.file = seen.file;
    file.at.as = seen.as;
    file.cut_off = file.trusted = file.at_end = file.current = false;
    file.read_to = file.rest = 0;
    host_.info(file.at.path + " goes on in " + seen.path + " at " + std::to_string(file.at.offset) +
               (spent ? ", all of which was read" : ""));
    keep(file, seen, entry, now);
    touch(file);
    queue(file);
}

// Those of a log from `generation` on become younger by one; they wait for the one between.
void tracker::make_room(generations& all, std::uint64_t generation) {
    for (auto* each : all) {
        if (each->at.generation < generation) continue;
        ++each->at.generation;
        each->waiting = true;
        touch(*each);
    }
}

void tracker::begin(const seen_file& seen, catalog_entry* entry, const tracked* before,
                    steady_time now) {
    auto made = std::make_unique<tracked>();
    auto& file = *made;
    file.at.id = hex_of(drawn_) + hex_of(files_drawn_++);
    file.at.path = seen.path;
    file.at.log = seen.log;
    file.at.file = seen.file;
    file.at.as = seen.as;
    auto& all = logs_[seen.log];
    file.hole_bytes_min = hole_of(seen);
    // The same file with other content, and nobody saw it being truncated.
    if (file.hole_bytes_min > 0 && !before_[{seen.file.device, seen.file.inode}].second)
        ++counts_.truncations;
    file.at.generation = all.empty() ? 1 : all.back()->at.generation + 1;
    if (!all.empty()) {
        file.waiting = true;
        // The older ones are looked at once more: their last lines come before the first of this.
        for (auto* each : all) {
            if (each->here) queue(*each);
        }
    }
    if (before != nullptr) {
        file.at.generation = before->at.generation;
        make_room(all, file.at.generation);
    }
    sort_into_log(file);
    auto& kept = *(files_[file.at.id] = std::move(made));
    keep(kept, seen, entry, now);
    kept.at_end = false;
    queue(kept);
    host_.debug(seen.path + " begins: generation " + std::to_string(file.at.generation) + " of " +
                seen.log);
    if (very_first_ && first_round_ && settings_.from_end && open(kept)) begin_at_end(kept, seen);
}

// Compressed files are left alone as they are; of others a last line without an end is read.
void tracker::begin_at_end(tracked& file, const seen_file& seen) {
    std::string end(64 * 1024, '\0');
    const auto from = seen.size - std::min<std::uint64_t>(seen.size, end.size());
    const auto got = read_at(file.open, from, end.data(), end.size());
    end.resize(static_cast<std::size_t>(std::max<std::int64_t>(got, 0)));
    const auto line = end.rfind('\n');
    const bool found = seen.as == encoding::plain && line != end.npos;
    file.at.offset = found ? from + line + 1 : seen.size;
    file.at.as = encoding::plain;
    file.inflated.reset();
    load_head(file);
    const auto length = std::min<std::uint64_t>(tail_bytes, file.at.offset);
    std::string tail(static_cast<std::size_t>(length), '\0');
    read_at(file.open, file.at.offset - length, tail.data(), tail.size());
    file.at.tail_length = static_cast<std::uint32_t>(length);
    file.at.tail_hash = content_hash(tail);
    touch(file);
}

// Its content is nowhere.
void tracker::lose(tracked& file, steady_time now) {
    if (file.here || file.gone_since == steady_time{}) {
        file.gone_since = now;
        const auto seen = std::max(file.read_to, file.at.as == encoding::plain ? file.at.size : 0);
        if (seen > file.at.offset) {
            counts_.lost_bytes += seen - file.at.offset;
            host_.warn(file.at.path + " is gone with at least " +
                       std::to_string(seen - file.at.offset) + " bytes that were not read, after " +
                       std::to_string(file.at.offset));
        } else {
            host_.info(file.at.path + " is gone, or truncated; it was read up to " +
                       std::to_string(file.at.offset));
        }
    }
    file.here = file.listed = file.current = file.waiting = false;
    file.rest = 0;
    file.trusted = false;
    file.at_end = true;
    close(file);
    if (file.at.offset == 0 && !file.stored) {
        forget(file);
    } else if (!file.at.gone) {
        file.at.gone = true;
        touch(file);
    }
}

void tracker::forget_gone(steady_time now) {
    std::vector<tracked*> gone;
    for (const auto& [id, each] : files_) {
        if (!each->here && each->gone_since != steady_time{}) gone.push_back(each.get());
    }
    std::ranges::sort(gone, {}, &tracked::gone_since);
    std::size_t left = gone.size();
    for (auto* each : gone) {
        if (left <= gone_max && now - each->gone_since < settings_.forget_after) break;
        forget(*each);
        --left;
    }
}

void tracker::forget(tracked& file) {
    close(file);
    if (file.stored) forgotten_.push_back(file.at);
    auto& all = logs_[file.at.log];
    remove(all, &file);
    if (all.empty()) logs_.erase(file.at.log);
    std::erase(ready_, &file);
    remove(waiting_, &file);
    remove(resting_, &file);
    remove(unlisted_, &file);
    remove(touched_, &file);
    files_.erase(std::string(file.at.id));
}

std::uint64_t tracker::lag_bytes() const {
    std::uint64_t out = 0;
    for (const auto& [id, each] : files_) {
        const auto seen =
            std::max(each->read_to, each->at.as == encoding::plain ? each->at.size : 0);
        if (each->here && seen > each->at.offset) out += seen - each->at.offset;
    }
    return out;
}

std::span<const weir_position> tracker::take_positions() {
    texts_.clear();
    positions_.clear();
    for (auto* each : touched_) {
        add_mark(each->at);
        texts_.push_back(partition_of(each->at));
        texts_.push_back(offset_of(each->at));
        each->touched = false;
        each->stored = true;
    }
    for (const auto& each : forgotten_) {
        texts_.push_back(partition_of(each));
        texts_.emplace_back();
    }
    if (marks_due_) {
        for (const auto& each : marks_) {
            texts_.push_back(partition_of(each));
            texts_.push_back(offset_of(each));
        }
    }
    touched_.clear();
    forgotten_.clear();
    marks_due_ = false;
    for (std::size_t at = 0; at < texts_.size(); at += 2)
        positions_.push_back({sdk::text(texts_[at]), sdk::text(texts_[at + 1])});
    return positions_;
}

steady_time tracker::next_due(steady_time now) const {
    auto out = next_scan_;
    if (!unlisted_.empty()) out = std::min(out, next_look_at_unlisted_);
    for (const auto* each : resting_) {
        const auto wait = each->rest_is_lines ? settings_.join_timeout : settings_.rotate_wait;
        out = std::min(out, std::max(each->grown_at + wait, now + 1ms));
    }
    return out;
}

}  // namespace weir::connectors::file
