#include "connectors/file/sink/partition_files.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::connectors::file::sink {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
// An index is written anew, without what is of no use any more, when it has grown to this.
constexpr std::uint64_t index_bytes_usual = std::uint64_t{1} << 20;
// A larger one is not ours.
constexpr std::size_t index_bytes_limit = std::size_t{256} << 20;

}  // namespace

partition_files::partition_files(disk& on, const sink_options& options, std::string topic,
                                 std::int32_t partition)
    : disk_(on), options_(options), topic_(std::move(topic)), directory_(options.path.directory()) {
    index_path_ = directory_ + ".weir/" + options.component + '/';
    if (options.path.has_topic()) index_path_ += harmless(topic_) + '-';
    index_path_ += std::to_string(partition);
}

std::string partition_files::place_of(const finished_file& file) const {
    return place_of(name_of(file.bucket, file.first));
}

std::string partition_files::progress_of(std::string_view bucket, std::int64_t first) const {
    return place_of(in_progress_name(name_of(bucket, first)));
}

result<> partition_files::read_index(partition_index& into) {
    std::string text;
    while (true) {
        const auto piece = disk_.read(index_path_ + ".index", text.size(), piece_bytes);
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) break;
        text += *piece;
        if (text.size() > index_bytes_limit)
            return std::unexpected(failure{index_path_ + ".index is too large to be an index"});
    }
    into = parse_index(text);
    return {};
}

result<> partition_files::write_index() {
    const partition_index all = {topic_, floor_, begun_, finished_};
    const auto lines = to_lines(all);
    const auto path = index_path_ + ".index";
    {
        auto to = disk_.open(path + ".next", {.empty = true});
        if (!to) return std::unexpected(to.error());
        if (const auto done = (*to)->append(lines); !done) return done;
        if (const auto done = (*to)->sync(); !done) return done;
    }
    if (const auto done = disk_.rename(path + ".next", path); !done) return done;
    auto opened = disk_.open(path, {.empty = false});
    if (!opened) return std::unexpected(opened.error());
    index_ = std::move(*opened);
    index_bytes_max_ = std::max<std::uint64_t>(index_bytes_usual, 2 * lines.size());
    return {};
}

result<> partition_files::add_line(const std::string& line, bool sync) {
    if (const auto done = index_->append(line); !done) return done;
    return sync && options_.sync ? index_->sync() : result<>{};
}

// A file that the index has as finished is whole; only its name may not be there, or not be
// durable: the task before may have ended between the two.
result<> partition_files::complete_renames() {
    std::set<std::string> synced;
    for (const auto& each : finished_) {
        const auto from = progress_of(each.bucket, each.first);
        const auto to = place_of(each);
        if (disk_.exists(from)) {
            if (const auto done = disk_.rename(from, to); !done) return done;
        } else if (disk_.exists(to) && synced.insert(to.substr(0, to.rfind('/'))).second) {
            if (const auto done = disk_.sync_name(to); !done) return done;
        }
    }
    return {};
}

result<std::string> partition_files::open(std::int64_t start) {
    auto lock = disk_.open(index_path_ + ".lock", {.empty = true, .exclusive = true});
    if (!lock) return std::unexpected(lock.error());
    lock_ = std::move(*lock);
    partition_index found;
    if (const auto done = read_index(found); !done) return std::unexpected(done.error());
    if (!found.topic.empty() && found.topic != topic_)
        return std::unexpected(failure{"the files of topic " + found.topic + " and of " + topic_ +
                                       " would have the same names: put {topic} into path"});
    std::string warning;
    begun_ = std::move(found.begun);
    finished_ = std::move(found.finished);
    floor_ = std::max(found.floor, start);
    if (start >= 0 && start < found.floor) {
        warning = "reading begins at offset " + std::to_string(start) + ", before offset " +
                  std::to_string(found.floor) + " that was reached: files are written again";
        for (const auto& each : finished_)
            begun_.push_back({each.first, each.bucket});
        finished_.clear();
        floor_ = start;
    }
    discard();
    if (const auto done = complete_renames(); !done) return std::unexpected(done.error());
    // After a power failure the last line may be torn; its file was begun, or is not renamed.
    if (found.damaged_lines > 1 && warning.empty())
        warning = index_path_ + ".index has damaged lines, which were left out";
    if (options_.keep > 0) kept_.assign(finished_.begin(), finished_.end());
    prune(start);
    for (const auto& each : finished_)
        before_[each.bucket].push_back(each);
    for (auto& [bucket, files] : before_)
        std::ranges::sort(files, {}, &finished_file::first);
    if (const auto done = remove_oldest(); !done) return std::unexpected(done.error());
    if (const auto done = write_index(); !done) return std::unexpected(done.error());
    return warning;
}

void partition_files::prune(std::int64_t below) {
    const auto kept = std::min(options_.keep, finished_.size());
    const auto end = finished_.end() - static_cast<std::ptrdiff_t>(kept);
    const auto is_done = [below](const finished_file& file) { return file.last < below; };
    finished_.erase(std::remove_if(finished_.begin(), end, is_done), end);
}

std::vector<finished_file> partition_files::finished_of(const std::string& bucket) const {
    const auto found = before_.find(bucket);
    return found == before_.end() ? std::vector<finished_file>() : found->second;
}

result<std::unique_ptr<writable>> partition_files::begin(const begun_file& file) {
    if (index_->size_bytes() > index_bytes_max_) {
        prune(may_commit_before_);
        if (const auto done = write_index(); !done) return std::unexpected(done.error());
    }
    // The line comes first, so that whoever clears away knows of the file.
    if (std::ranges::find(begun_, file) == begun_.end()) {
        if (const auto done = add_line(begun_line(file), false); !done)
            return std::unexpected(done.error());
        begun_.push_back(file);
    }
    return disk_.open(progress_of(file.bucket, file.first), {.empty = true});
}

result<> partition_files::finish(const finished_file& file) {
    const bool is_known = !finished_.empty() && finished_.back() == file;
    const auto from = progress_of(file.bucket, file.first);
    if (!is_known) {
        // With the line the file counts as whole, so it has to be found, under this name or its
        // own, even after a power failure.
        if (const auto done = options_.sync ? disk_.sync_name(from) : result<>{}; !done)
            return done;
        if (const auto done = add_line(finished_line(file), true); !done) return done;
        finished_.push_back(file);
        if (options_.keep > 0) kept_.push_back(file);
    }
    if (const auto done = disk_.rename(from, place_of(file)); !done) return done;
    std::erase(begun_, begun_file{file.first, file.bucket});
    (void)remove_oldest();  // what stays is tried again after the next file
    return {};
}

result<> partition_files::remove_oldest() {
    while (options_.keep > 0 && kept_.size() > options_.keep) {
        if (const auto done = disk_.remove(place_of(kept_.front())); !done) return done;
        kept_.pop_front();
    }
    return {};
}

result<> partition_files::forget() {
    finished_.clear();
    before_.clear();
    return write_index();
}

void partition_files::abandon(const begun_file& file) {
    (void)disk_.remove(progress_of(file.bucket, file.first));
    std::erase(begun_, file);
}

void partition_files::discard() {
    for (const auto& each : begun_)
        (void)disk_.remove(progress_of(each.bucket, each.first));
    begun_.clear();
}

void partition_files::may_commit(std::int64_t offset) {
    may_commit_before_ = std::exchange(may_commit_, offset);
}

}  // namespace weir::connectors::file::sink
