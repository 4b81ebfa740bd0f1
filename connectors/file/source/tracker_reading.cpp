// tracker_reading: the tracker's other half: opening, reading in order, and what has no end yet.
#include <algorithm>

#include "connectors/file/source/content_hash.hpp"
#include "connectors/file/source/tracker.hpp"

namespace weir::connectors::file {
namespace {

using namespace std::chrono_literals;

constexpr auto unlisted_interval = 50ms;
// A file that was moved out of sight is followed so long after its last line.
constexpr auto moved_away_wait = 30s;

}  // namespace

void tracker::queue(tracked& file) {
    file.at_end = false;
    if (file.queued || !file.here) return;
    file.queued = true;
    ready_.push_back(&file);
}

void tracker::touch(tracked& file) {
    if (!file.touched) touched_.push_back(&file);
    file.touched = true;
}

void tracker::close(tracked& file) {
    if (!file.open.is_open()) return;
    open_.erase(file.in_use);
    file.open.close();
}

bool tracker::open(tracked& file) {
    if (file.open.is_open()) {
        open_.splice(open_.begin(), open_, file.in_use);
        return true;
    }
    std::string why;
    auto opened = open_file(file.at.path, why);
    if (!opened.is_open()) {
        if (facts_of(file.at.path)) {
            failed(file, why);
        } else {
            catalog_.refresh(file.at.path, [](catalog_entry&) {});
            catalog_.set_changed();
        }
        return false;
    }
    const auto facts = facts_of(opened);
    if (!facts || !facts->file.same_as(file.at.file)) {
        catalog_.refresh(file.at.path, [](catalog_entry&) {});
        catalog_.set_changed();
        return false;
    }
    while (open_.size() >= settings_.open_files_max) {
        // What has no name could not be opened again.
        const auto victim = std::find_if(open_.rbegin(), open_.rend(),
                                         [](const tracked* each) { return each->listed; });
        if (victim == open_.rend()) break;
        close(**victim);
    }
    file.open = std::move(opened);
    file.refused = false;
    open_.push_front(&file);
    file.in_use = open_.begin();
    if (file.at.offset == 0) file.at.as = encoding_of_file(file.open, file.at.path);
    if (file.at.as != encoding::plain && !file.inflated)
        file.inflated = std::make_unique<inflated_file>(file.at.as);
    const auto wanted = std::min<std::uint64_t>(head_bytes, file.at.offset);
    const bool has_head = file.at.head_length == head_bytes ||
                          (file.at.head_length == wanted && file.head.size() == wanted);
    if (has_head) return true;
    const auto length = file.at.head_length;
    const auto hash = file.at.head_hash;
    load_head(file);
    if (length != wanted || (file.at.head_length == length && file.at.head_hash == hash))
        return true;
    // Truncated while it was closed: what it is known by stays that of before.
    file.at.head_length = length;
    file.at.head_hash = hash;
    truncated(file);
    return false;
}

void tracker::load_head(tracked& file) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(head_bytes, file.at.offset));
    file.head.resize(wanted);
    const auto got = file.inflated ? file.inflated->read(file.open, 0, file.head.data(), wanted)
                                   : read_at(file.open, 0, file.head.data(), wanted);
    file.head.resize(static_cast<std::size_t>(std::max<std::int64_t>(got, 0)));
    file.at.head_length = static_cast<std::uint32_t>(file.head.size());
    file.at.head_hash = content_hash(file.head);
}

void tracker::read(steady_time now) {
    for (std::size_t turns = ready_.size(); turns > 0 && !ready_.empty(); --turns) {
        auto& file = *ready_.front();
        ready_.pop_front();
        file.queued = false;
        read_one(file, now);
        if (file.queued && ready_.front() == &file) break;  // the batch is full
    }
    check_waiting();
}

void tracker::read_one(tracked& file, steady_time now) {
    if (!file.here || file.cut_off) return;
    if (file.waiting && must_wait(file)) {
        if (std::ranges::find(waiting_, &file) == waiting_.end()) waiting_.push_back(&file);
        return;
    }
    file.waiting = false;
    if (!open(file)) return;
    const auto before = file.read_to;
    const auto delivered = file.at.offset;
    // Of before: copies that have what is read now are not older.
    const auto facts = file.inflated ? std::nullopt : facts_of(file.open);
    if (facts && facts->size < file.at.size) {
        truncated(file);
        return;
    }
    const auto result = reader_.read(file, how_unfinished(file, now));
    if (file.at.offset != delivered) touch(file);
    if (facts && file.at.offset != delivered) {
        file.at.size = facts->size;
        file.at.modified_ns = facts->modified_ns;
    }
    file.read_to = std::max(file.read_to, file.at.offset + file.rest);
    switch (result) {
        case read_result::full:
            file.queued = true;
            ready_.push_front(&file);
            break;
        case read_result::slice:
            queue(file);
            break;
        case read_result::at_end:
            at_end(file, before, now);
            break;
        case read_result::truncated:
            truncated(file);
            break;
        case read_result::failed:
            failed(file, "cannot read " + file.at.path);
            break;
    }
}

void tracker::at_end(tracked& file, std::uint64_t before, steady_time now) {
    file.at_end = true;
    // What it had when this task began to read it is as old as the file says.
    if (before > 0 && file.read_to > before) file.grown_at = now;
    if (file.inflated) {
        if (const auto facts = facts_of(file.open)) {
            file.at.size = facts->size;
            file.at.modified_ns = facts->modified_ns;
        }
        if (file.inflated->is_damaged()) failed(file, file.at.path + " is damaged");
    }
    const bool completes = file.rest > 0 && (file.rest_is_lines || !file.current);
    if (!completes) return;
    if (!file.resting) resting_.push_back(&file);
    file.resting = true;
    if (how_unfinished(file, now) != unfinished::wait) queue(file);
}

// A whole compressed file has nothing to come; others are complete when they were silent for long.
bool tracker::is_silent(const tracked& file, steady_time now) const {
    if (file.inflated && file.inflated->is_complete()) return true;
    return now - file.grown_at >= settings_.rotate_wait;
}

unfinished tracker::how_unfinished(const tracked& file, steady_time now) const {
    if (file.rest == 0) return unfinished::wait;
    if (!file.current && is_silent(file, now)) return unfinished::give_all;
    if (file.rest_is_lines && now - file.grown_at >= settings_.join_timeout)
        return unfinished::give_events;
    return unfinished::wait;
}

void tracker::check_resting(steady_time now) {
    std::erase_if(resting_, [&](tracked* each) {
        if (each->rest == 0 || !each->here) {
            each->resting = false;
            return true;
        }
        if (each->at_end && how_unfinished(*each, now) != unfinished::wait) queue(*each);
        return false;
    });
}

bool tracker::must_wait(const tracked& file) const {
    const auto all = logs_.find(file.at.log);
    if (all == logs_.end()) return false;
    for (const auto* each : all->second) {
        if (each == &file) return false;
        if (each->here && !each->refused && (!each->at_end || each->rest > 0)) return true;
    }
    return false;
}

void tracker::check_waiting() {
    std::erase_if(waiting_, [&](tracked* each) {
        if (each->here && must_wait(*each)) return false;
        queue(*each);
        return true;
    });
}

// Files without a name in the watched directories: no notice comes of them.
void tracker::check_unlisted(steady_time now) {
    if (unlisted_.empty() || now < next_look_at_unlisted_) return;
    next_look_at_unlisted_ = now + unlisted_interval;
    for (auto* each : unlisted_) {
        const auto facts = each->open.is_open() ? facts_of(each->open) : std::nullopt;
        const bool deleted = !facts || !facts->linked;
        const auto wait =
            deleted ? std::chrono::milliseconds(settings_.rotate_wait)
                    : std::max<std::chrono::milliseconds>(moved_away_wait, settings_.rotate_wait);
        const bool grew =
            facts && facts->size > each->at.offset + each->rest && each->at.as == encoding::plain;
        if (grew || !each->at_end) {
            queue(*each);
        } else if (each->rest == 0 && now - each->grown_at >= wait) {
            // Closed, so that its space is not held; a compressed copy may go on from its position.
            close(*each);
            catalog_.set_changed();
        }
    }
}

void tracker::truncated(tracked& file) {
    ++counts_.truncations;
    close(file);
    file.inflated.reset();
    file.cut_off = true;
    file.trusted = false;
    file.rest = 0;
    file.at_end = true;
    // A copy that was made just before must be seen before it is decided what became of the lines.
    catalog_.scan([&](catalog_entry& entry) { queue(*entry.owner); });
    catalog_.set_changed();
    host_.info(file.at.path + " was truncated after " + std::to_string(file.at.offset) +
               " bytes were read");
}

void tracker::failed(tracked& file, const std::string& why) {
    file.at_end = true;
    if (file.refused) return;
    file.refused = true;
    ++counts_.failures;
    host_.warn(why + " (read up to " + std::to_string(file.at.offset) + ")");
}

}  // namespace weir::connectors::file
