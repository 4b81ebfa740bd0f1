#include "connectors/file/source/match.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace weir::connectors::file {
namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

constexpr std::int64_t second = 1'000'000'000;

// Copies keep the time of the original, some to the second only, or have a later one.
bool may_be_later(std::int64_t copy_ns, std::int64_t original_ns) {
    if (copy_ns % second == 0) return copy_ns / second >= original_ns / second;
    return copy_ns >= original_ns;
}

// A compressor gave the copy the time of the file that the position was the end of.
bool has_time_of(const seen_file& copy, const position& at) {
    return copy.as != encoding::plain && at.modified_ns % second != 0 &&
           copy.modified_ns == at.modified_ns;
}

// Whether `copy` may have come into being after `original`; the clock of births is a coarse one.
bool born_after(const identity& copy, const identity& original) {
    return copy.born_ns == 0 || original.born_ns == 0 || copy.born_ns >= original.born_ns;
}

std::uint64_t place_of(const identity& file) {
    return file.inode * 0x9e3779b97f4a7c15ULL ^ file.device;
}

// The digits by which a rotated name says its age: "20260101" of app.log-2026-01-01.gz, "3" of
// app.log.3.
std::string digits_of(const std::string& path, const std::string& log) {
    const auto [in_path, in_log] = std::ranges::mismatch(path, log);
    std::string_view rest(in_path, path.end());
    for (const std::string_view end : {".gz", ".zst"}) {
        if (rest.ends_with(end)) rest.remove_suffix(end.size());
    }
    std::string out;
    for (const char each : rest) {
        if (each >= '0' && each <= '9') out += each;
    }
    return out;
}

constexpr std::size_t date_digits_min = 6;

// Whether the first of two rotated files is the older one by its name; nothing: names do not tell.
std::optional<bool> is_older(const std::string& left, const std::string& right,
                             const std::string& log) {
    const auto one = digits_of(left, log);
    const auto two = digits_of(right, log);
    if (one.empty() || two.empty() || one == two) return std::nullopt;
    if (one.size() < date_digits_min && two.size() < date_digits_min)
        return std::stoul(one) > std::stoul(two);
    if (one.size() >= date_digits_min && one.size() == two.size()) return one < two;
    return std::nullopt;
}

// Whether a file last seen at `before` may be, or have its copy, at `now`: a counter only grows, a
// date stays, and what was rotated is never current again.
bool may_be_renamed(const std::string& log, const std::string& before, const seen_file& now) {
    if (before == log) return true;
    if (now.current) return false;
    const auto one = digits_of(before, log);
    const auto two = digits_of(now.path, log);
    const bool dates = one.size() >= date_digits_min && two.size() >= date_digits_min;
    if (dates) return one == two;
    const bool counters = !one.empty() && !two.empty() && one.size() < date_digits_min &&
                          two.size() < date_digits_min;
    return !counters || std::stoul(two) >= std::stoul(one);
}

// Oldest first. Counters are higher the older a file is, dates lower; where a log has both, or
// neither, the times of the files decide.
void sort_by_age(std::vector<const seen_file*>& files) {
    std::vector<std::pair<std::string, const seen_file*>> keyed;
    bool counted = true;
    bool dated = true;
    for (const auto* each : files) {
        auto digits = digits_of(each->path, each->log);
        counted = counted && !digits.empty() && digits.size() < date_digits_min;
        dated = dated && digits.size() >= date_digits_min &&
                (keyed.empty() || digits.size() == keyed.front().first.size());
        keyed.emplace_back(std::move(digits), each);
    }
    std::ranges::sort(keyed, [&](const auto& left, const auto& right) {
        const auto& [one, one_file] = left;
        const auto& [two, two_file] = right;
        if (counted && std::stoul(one) != std::stoul(two)) return std::stoul(one) > std::stoul(two);
        if (dated && one != two) return one < two;
        if (one_file->modified_ns != two_file->modified_ns)
            return one_file->modified_ns < two_file->modified_ns;
        return one_file->path < two_file->path;
    });
    for (std::size_t at = 0; at < files.size(); ++at)
        files[at] = keyed[at].second;
}

class matching {
  public:
    matching(std::span<const known_position> known, std::span<const seen_file> files,
             content& bytes)
        : known_(known), files_(files), bytes_(bytes), owner_(files.size(), nobody) {}

    decision run() {
        index();
        keep_same_files();
        for (const auto each : orphans_in_order())
            find_content(each);
        give_back_regrown();
        // Current files first: the others may be copies of them in the making.
        for (const bool current : {true, false}) {
            for (std::size_t at = 0; at < files_.size(); ++at) {
                if (owner_[at] == nobody && files_[at].wanted && files_[at].current == current)
                    decide_unknown(at);
            }
        }
        sort_begun();
        return std::move(out_);
    }

  private:
    void index() {
        for (std::size_t at = 0; at < files_.size(); ++at) {
            by_place_.emplace(place_of(files_[at].file), at);
            by_log_[files_[at].log].push_back(at);
            paths_.insert(files_[at].path);
        }
        for (std::size_t each = 0; each < known_.size(); ++each)
            known_by_place_.emplace(place_of(known_[each].at.file), each);
        for (auto& [log, all] : by_log_)
            sort_log(log, all);
    }
    // What has no name first, then the rotated files oldest first, then the current one.
    void sort_log(const std::string& log, std::vector<std::size_t>& all) {
        std::vector<std::size_t> sorted;
        std::vector<const seen_file*> rotated;
        std::vector<std::size_t> current;
        for (const auto each : all) {
            const auto& file = files_[each];
            if (file.unnamed) {
                sorted.push_back(each);
            } else if (file.current) {
                current.push_back(each);
            } else {
                rotated.push_back(&file);
            }
        }
        sort_by_age(rotated);
        for (const auto* each : rotated)
            sorted.push_back(static_cast<std::size_t>(each - files_.data()));
        if (!rotated.empty()) youngest_[log] = sorted.back();
        sorted.insert(sorted.end(), current.begin(), current.end());
        all = std::move(sorted);
    }
    // Only the youngest of the rotated files may still be made.
    bool may_be_partial(std::size_t file) const {
        const auto youngest = youngest_.find(files_[file].log);
        return youngest != youngest_.end() && youngest->second == file;
    }

    std::optional<std::size_t> file_of(const identity& wanted) const {
        const auto [begin, end] = by_place_.equal_range(place_of(wanted));
        for (auto at = begin; at != end; ++at) {
            if (files_[at->second].file.same_as(wanted)) return at->second;
        }
        return std::nullopt;
    }

    // It became shorter: it was truncated. (Of a file with a name that is being read the size may
    // be one of before the last read.)
    static bool is_cut(const known_position& from, const seen_file& file) {
        if (from.at.as != encoding::plain) return false;
        if (file.unnamed) return file.size < from.at.offset;
        return !from.trusted && file.size < from.at.size;
    }
    // A younger position was begun in the same file.
    bool was_begun_again(const position& at) const {
        const auto [begin, end] = known_by_place_.equal_range(place_of(at.file));
        return std::any_of(begin, end, [&](const auto& each) {
            const auto& other = known_[each.second].at;
            return (at.gone || !other.gone) && other.log == at.log &&
                   other.generation > at.generation && other.file.same_as(at.file);
        });
    }
    // Rules 1 and 2.
    void keep_same_files() {
        owned_.assign(known_.size(), nobody);
        for (std::size_t each = 0; each < known_.size(); ++each) {
            const auto& from = known_[each];
            if (from.cut_off) continue;
            const auto at = file_of(from.at.file);
            if (!at || is_cut(from, files_[*at]) || was_begun_again(from.at)) continue;
            if (!from.trusted && bytes_.compare(from.at, files_[*at]) != likeness::continues)
                continue;
            // Of two positions in one file the older one was cut off before the younger one began.
            if (owner_[*at] != nobody) {
                if (known_[owner_[*at]].at.generation > from.at.generation) continue;
                owned_[owner_[*at]] = nobody;
            }
            owner_[*at] = each;
            owned_[each] = *at;
        }
    }

    // Rule 4. The oldest copy was made first.
    void give_back_regrown() {
        for (std::size_t original = 0; original < files_.size(); ++original) {
            const auto owner = owner_[original];
            if (owner == nobody || !files_[original].current || moved_.contains(owner)) continue;
            for (const auto copy : by_log_[files_[original].log]) {
                if (owner_[copy] != nobody || files_[copy].current || !files_[copy].wanted)
                    continue;
                if (!is_regrown(known_[owner].at, copy, files_[original])) continue;
                owner_[original] = nobody;
                owner_[copy] = owner;
                owned_[owner] = copy;
                out_.moved.push_back({owner, copy, false});
                moved_.insert(owner);
                break;
            }
        }
    }
    bool is_regrown(const position& at, std::size_t candidate, const seen_file& original) {
        const auto& copy = files_[candidate];
        if (at.offset == 0 || !born_after(copy.file, original.file)) return false;
        if (!may_be_later(copy.modified_ns, at.modified_ns) || is_in_the_making(copy)) return false;
        if (!fits_order(at, copy) || is_copy_of_open(copy)) return false;
        if (may_be_partial(candidate) && bytes_.begins(copy, original)) return false;
        return bytes_.compare(at, copy) == likeness::continues;
    }

    // Longest first: the one with the most evidence has the first choice.
    std::vector<std::size_t> orphans_in_order() const {
        std::vector<std::size_t> out;
        for (std::size_t each = 0; each < known_.size(); ++each) {
            if (owned_[each] == nobody) out.push_back(each);
        }
        std::ranges::sort(out, [&](std::size_t left, std::size_t right) {
            const auto one = known_[left].at.offset;
            const auto two = known_[right].at.offset;
            if (one != two) return one > two;
            return known_[left].at.generation < known_[right].at.generation;
        });
        return out;
    }

    // Rule 3.
    void find_content(std::size_t orphan) {
        const auto& at = known_[orphan].at;
        std::optional<pairing> best;
        {
            for (const auto candidate : by_log_[at.log]) {
                const auto& file = files_[candidate];
                if (owner_[candidate] != nobody || !is_evidence_enough(at, file)) continue;
                // They are tried oldest first.
                const bool better =
                    best && has_time_of(file, at) && !has_time_of(files_[best->file], at);
                if (best && !best->spent && !better) continue;
                const auto like = bytes_.compare(at, file);
                if (like == likeness::continues ||
                    (like == likeness::spent && !best && is_really_spent(at, file)))
                    best = pairing{orphan, candidate, like == likeness::spent};
            }
        }
        if (!best) {
            out_.gone.push_back(orphan);
            return;
        }
        owner_[best->file] = orphan;
        owned_[orphan] = best->file;
        moved_.insert(orphan);
        out_.moved.push_back(*best);
    }
    bool is_evidence_enough(const position& at, const seen_file& file) {
        if (!may_be_later(file.modified_ns, at.modified_ns)) return false;
        if (file.file.same_as(at.file) || is_in_the_making(file)) return false;
        if (!may_be_renamed(at.log, at.path, file) || is_copy_of_open(file)) return false;
        if (at.offset == 0) return has_time_of(file, at);
        // It had its chance: what comes later is another generation, unless it is unlike all
        // others.
        if (has_time_of(file, at) || is_told_apart(at, file)) return true;
        if (is_copy_of_current(at, file)) return false;
        const bool doubtful = at.gone || file.current || !fits_order(at, file);
        if (doubtful && !is_distinct(at)) return false;
        if (file.as != encoding::plain || at.offset > head_bytes) return true;
        // A short one, but all of it was delivered.
        return !file.current && (file_of(at.file) || bytes_.length(file) == at.offset);
    }
    // Whether what the file has of the position is more than the head that others have, too.
    bool is_really_spent(const position& at, const seen_file& file) {
        if (at.gone || file.current) return false;
        const auto length = bytes_.length(file);
        position part = at;
        std::erase_if(part.marks, [&](const content_mark& each) { return each.offset > length; });
        if (part.marks.empty()) return false;
        part.offset = part.marks.back().offset;
        part.tail_hash = part.marks.back().hash;
        part.tail_length =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(tail_bytes, part.offset));
        if (part.head_length > part.offset) part.head_length = 0;
        // A mark that is far from the end says nothing of the lines after it.
        return is_alone(part, file) && (is_told_apart(part, file) || 2 * part.offset >= length);
    }
    // Whether the file's name is between those of the generations before and after the position.
    bool fits_order(const position& at, const seen_file& file) {
        return std::ranges::none_of(by_log_[at.log], [&](std::size_t other) {
            if (owner_[other] == nobody || files_[other].current || file.current) return false;
            if (files_[other].unnamed) return false;
            const auto generation = known_[owner_[other]].at.generation;
            if (generation == at.generation) return false;
            const auto older = is_older(files_[other].path, file.path, at.log);
            return older && *older != (generation < at.generation);
        });
    }
    // It has the content of a file that was deleted and is still being read.
    bool is_copy_of_open(const seen_file& file) {
        return std::ranges::any_of(by_log_[file.log], [&](std::size_t other) {
            return files_[other].unnamed && owner_[other] != nobody &&
                   bytes_.begins(file, files_[other]);
        });
    }
    // Whether no other file begins with what the position delivered.
    bool is_alone(const position& at, const seen_file& file) {
        return std::ranges::none_of(by_log_[at.log], [&](std::size_t other) {
            return &files_[other] != &file &&
                   bytes_.compare(at, files_[other]) == likeness::continues;
        });
    }
    // Whether no other generation that is followed begins with what the position delivered.
    bool is_distinct(const position& at) {
        return std::ranges::none_of(by_log_[at.log], [&](std::size_t other) {
            return owner_[other] != nobody &&
                   bytes_.compare(at, files_[other]) == likeness::continues;
        });
    }
    // It has what the current file has and the position does not.
    bool is_copy_of_current(const position& at, const seen_file& file) {
        if (!may_be_partial(static_cast<std::size_t>(&file - files_.data()))) return false;
        return std::ranges::any_of(by_log_[file.log], [&](std::size_t other) {
            return files_[other].current && owner_[other] != nobody &&
                   born_after(file.file, files_[other].file) && bytes_.length(file) > at.offset &&
                   bytes_.begins(file, files_[other]);
        });
    }
    // Whether the content is of this file alone, and other generations show that it is no head of
    // all of them.
    bool is_told_apart(const position& at, const seen_file& file) {
        bool told = false;
        for (const auto other : by_log_[at.log]) {
            const auto& seen = files_[other];
            if (&seen == &file || seen.unnamed || is_in_the_making(seen)) continue;
            if (bytes_.compare(at, seen) == likeness::continues) return false;
            told = told || differs(at, file, other);
        }
        return told;
    }
    // Whether the other file does not have what the position, and so `file`, begins with; one that
    // is short may be going to have it.
    bool differs(const position& at, const seen_file& file, std::size_t other) {
        const auto length = bytes_.length(files_[other]);
        if (length >= at.offset) return true;
        if (length > 0 && !bytes_.begins(files_[other], file)) return true;
        return !files_[other].current && !may_be_partial(other);
    }
    // Compressed, and the original is still there.
    bool is_in_the_making(const seen_file& file) const {
        const auto dot = file.path.rfind('.');
        return file.as != encoding::plain && dot != file.path.npos &&
               paths_.contains(file.path.substr(0, dot));
    }

    // Rules 5 and 6.
    void decide_unknown(std::size_t at) { (is_copy(at) ? out_.held : out_.begun).push_back(at); }
    bool is_copy(std::size_t at) {
        const auto& file = files_[at];
        if (file.current) return false;
        if (is_in_the_making(file)) return true;
        for (const auto other : by_log_[file.log]) {
            const auto& whole = files_[other];
            const bool followed = owner_[other] != nobody || (whole.current && whole.wanted);
            if (!followed || !born_after(file.file, whole.file)) continue;
            // Copies are made of the current file, and of rotated ones when they are compressed;
            // else a few bytes in common are the header that all generations have.
            if (!whole.unnamed && !(whole.current && may_be_partial(at))) continue;
            if (bytes_.begins(file, whole)) return whole.unnamed || !is_finished_head(at, whole);
        }
        return false;
    }

    // A generation that has only what others begin with, too, and is not being written now.
    bool is_finished_head(std::size_t at, const seen_file& whole) {
        const auto& file = files_[at];
        const bool finished = file.modified_ns + second <= whole.modified_ns ||
                              file.file.born_ns == whole.file.born_ns;
        if (file.as == encoding::plain && !finished) return false;
        return std::ranges::any_of(by_log_[file.log], [&](std::size_t other) {
            const auto& seen = files_[other];
            if (other == at || seen.current || seen.unnamed) return false;
            return bytes_.begins(file, seen);
        });
    }

    void sort_begun() {
        std::map<std::string_view, std::vector<const seen_file*>> rotated;
        std::vector<std::size_t> current;
        for (const auto each : out_.begun) {
            if (files_[each].current) {
                current.push_back(each);
            } else {
                rotated[files_[each].log].push_back(&files_[each]);
            }
        }
        out_.begun.clear();
        for (auto& [log, files] : rotated) {
            sort_by_age(files);
            for (const auto* each : files)
                out_.begun.push_back(static_cast<std::size_t>(each - files_.data()));
        }
        out_.begun.insert(out_.begun.end(), current.begin(), current.end());
        for (const auto each : out_.begun)
            out_.begun_before.push_back(oldest_after(each));
        for (std::size_t each = 0; each < known_.size(); ++each) {
            if (owned_[each] != nobody && !moved_.contains(each))
                out_.kept.push_back({each, owned_[each], false});
        }
    }

    std::size_t oldest_after(std::size_t file) const {
        const auto& all = by_log_.at(files_[file].log);
        auto out = known_.size();
        for (auto each = std::ranges::find(all, file); each != all.end(); ++each) {
            const auto owner = owner_[*each];
            if (owner == nobody) continue;
            if (out == known_.size() || known_[owner].at.generation < known_[out].at.generation)
                out = owner;
        }
        return out;
    }

    std::span<const known_position> known_;
    std::span<const seen_file> files_;
    content& bytes_;
    std::vector<std::size_t> owner_;  // of each file
    std::vector<std::size_t> owned_;  // by each position
    std::unordered_multimap<std::uint64_t, std::size_t> by_place_;
    std::unordered_multimap<std::uint64_t, std::size_t> known_by_place_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_log_;
    std::unordered_map<std::string, std::size_t> youngest_;  // of the rotated files of each log
    std::unordered_set<std::string> paths_;
    std::unordered_set<std::size_t> moved_;
    decision out_;
};

}  // namespace

decision match(std::span<const known_position> known, std::span<const seen_file> files,
               content& bytes) {
    return matching(known, files, bytes).run();
}

}  // namespace weir::connectors::file
