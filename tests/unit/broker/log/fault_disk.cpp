#include "tests/unit/broker/log/fault_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::test {

using broker::io::directory_entry;
using broker::io::disk_error;
using broker::io::disk_result;

struct fault_disk::content {
    base::bytes now;
    base::bytes synced;
    std::vector<bool> dirty;  // by byte of `now`: will be written by the next sync

    void set_size(std::size_t size) {
        now.resize(size);
        dirty.resize(size, true);
    }
    void write_back() {
        synced.resize(now.size());
        for (std::size_t at = 0; at < now.size(); ++at) {
            if (dirty[at]) synced[at] = now[at];
        }
        forget_dirty();
    }
    void forget_dirty() { dirty.assign(now.size(), false); }
    std::byte on_disk(std::size_t at) const {
        return at < synced.size() ? synced[at] : std::byte{0};
    }
};

namespace {

std::unexpected<disk_error> failure(int code, const std::string& path) {
    return std::unexpected(disk_error{.code = code, .message = path + ": " + std::strerror(code)});
}

}  // namespace

class fault_disk::open_file : public broker::io::file {
  public:
    open_file(fault_disk& on, std::shared_ptr<content> data, std::string path)
        : disk_(on), data_(std::move(data)), path_(std::move(path)) {}

    disk_result<std::size_t> read_at(std::uint64_t position,
                                     base::mutable_bytes into) const override {
        const std::lock_guard held(disk_.mutex_);
        if (const int code = disk_.fault_of("read", path_)) return failure(code, path_);
        const auto size = data_->now.size();
        if (position >= size) return std::size_t{0};
        const auto count = std::min<std::size_t>(into.size(), size - position);
        std::memcpy(into.data(), data_->now.data() + position, count);
        return count;
    }
    disk_result<void> write_at(std::uint64_t position,
                               std::span<const base::bytes_view> pieces) override {
        const std::lock_guard held(disk_.mutex_);
        if (const int code = disk_.fault_of("write", path_)) return failure(code, path_);
        for (const auto& piece : pieces) {
            if (data_->now.size() < position + piece.size()) {
                data_->set_size(position + piece.size());
            }
            const auto at = static_cast<std::ptrdiff_t>(position);
            std::ranges::copy(piece, data_->now.begin() + at);
            std::fill_n(data_->dirty.begin() + at, piece.size(), true);
            position += piece.size();
        }
        return {};
    }
    disk_result<void> sync() override {
        disk_.tell_sync(path_);
        const std::lock_guard held(disk_.mutex_);
        if (const int code = disk_.fault_of("sync", path_)) {
            data_->forget_dirty();
            return failure(code, path_);
        }
        data_->write_back();
        return {};
    }
    disk_result<void> truncate(std::uint64_t size) override {
        const std::lock_guard held(disk_.mutex_);
        if (const int code = disk_.fault_of("truncate", path_)) return failure(code, path_);
        data_->set_size(size);
        return {};
    }
    void drop_cached(std::uint64_t position) override {
        const std::lock_guard held(disk_.mutex_);
        for (auto at = position; at < data_->now.size(); ++at) {
            if (!data_->dirty[at]) data_->now[at] = data_->on_disk(at);
        }
    }
    disk_result<std::uint64_t> size() const override {
        const std::lock_guard held(disk_.mutex_);
        return data_->now.size();
    }
    int descriptor() const override { return -1; }
    const std::string& path() const override { return path_; }

  private:
    fault_disk& disk_;
    std::shared_ptr<content> data_;
    std::string path_;
};

fault_disk::fault_disk() = default;
fault_disk::~fault_disk() = default;

int fault_disk::fault_of(const std::string& call, const std::string& path) {
    if (call != "read" && call != "list") {
        ++changes_;
        if (changes_left_ == 0) return EIO;
        if (changes_left_ > 0) --changes_left_;
    }
    const auto found = faults_.find(call);
    const bool hit = found != faults_.end() && path.find(found->second.part) != std::string::npos;
    return hit ? found->second.code : 0;
}

void fault_disk::on_sync(std::function<void(const std::string&)> call) {
    const std::lock_guard held(mutex_);
    on_sync_ = std::move(call);
}

void fault_disk::tell_sync(const std::string& path) {
    std::unique_lock held(mutex_);
    const auto call = on_sync_;
    held.unlock();  // the test may hold the sync there
    if (call) call(path);
}

void fault_disk::fail(const std::string& call, int code, const std::string& part) {
    const std::lock_guard held(mutex_);
    faults_.erase(call);
    if (code != 0) faults_[call] = {.code = code, .part = part};
}

void fault_disk::crash(base::prng& random) {
    const std::lock_guard held(mutex_);
    for (auto& [path, each] : files_) {
        // Up to some point the new bytes are there; behind it, the old ones or zeros.
        const auto size = random.below(each->now.size() + 1);
        base::bytes left = each->synced;
        if (left.size() < size) left.resize(size);
        const auto kept = std::min<std::size_t>(random.below(size + 1), each->now.size());
        for (std::size_t at = 0; at < kept; ++at) {
            if (each->dirty[at]) left[at] = each->now[at];
        }
        each->now = each->synced = left;
        each->forget_dirty();
    }
}

void fault_disk::crash_hard() {
    const std::lock_guard held(mutex_);
    for (auto& [path, each] : files_) {
        each->now = each->synced;
        each->forget_dirty();
    }
}

void fault_disk::rot(const std::string& path, std::uint64_t position, std::byte mask) {
    const std::lock_guard held(mutex_);
    auto& data = *files_.at(path);
    data.now.at(position) ^= mask;
    data.dirty[position] = true;
    data.write_back();
}

void fault_disk::put(const std::string& path, base::bytes content) {
    const std::lock_guard held(mutex_);
    auto& data = *files_.emplace(path, std::make_shared<fault_disk::content>()).first->second;
    data.now = data.synced = std::move(content);
    data.forget_dirty();
}

base::bytes fault_disk::content_of(const std::string& path) const {
    const std::lock_guard held(mutex_);
    return files_.at(path)->now;
}

std::uint64_t fault_disk::size_of(const std::string& path) const {
    const std::lock_guard held(mutex_);
    const auto found = files_.find(path);
    return found == files_.end() ? 0 : found->second->now.size();
}

std::vector<std::string> fault_disk::paths() const {
    const std::lock_guard held(mutex_);
    std::vector<std::string> all;
    for (const auto& [path, each] : files_)
        all.push_back(path);
    return all;
}

disk_result<std::shared_ptr<broker::io::file>> fault_disk::open(const std::string& path,
                                                                broker::io::open_mode mode) {
    const std::lock_guard held(mutex_);
    auto found = files_.find(path);
    const bool makes = found == files_.end() && mode == broker::io::open_mode::create;
    if (makes || faults_.contains("open")) {
        if (const int code = fault_of("open", path)) return failure(code, path);
    }
    if (found == files_.end()) {
        if (!makes) return failure(ENOENT, path);
        found = files_.emplace(path, std::make_shared<content>()).first;
    }
    return std::make_shared<open_file>(*this, found->second, path);
}

disk_result<std::vector<directory_entry>> fault_disk::list(const std::string& directory) {
    const std::lock_guard held(mutex_);
    if (const int code = fault_of("list", directory)) return failure(code, directory);
    const auto prefix = directory == "." ? std::string() : directory + "/";
    std::map<std::string, bool> found;
    const auto add = [&](const std::string& path, bool is_directory) {
        if (!path.starts_with(prefix) || path.size() == prefix.size()) return;
        const auto rest = path.substr(prefix.size());
        const auto slash = rest.find('/');
        const bool inside = slash != std::string::npos;
        found[rest.substr(0, slash)] |= inside || is_directory;
    };
    for (const auto& [path, each] : files_)
        add(path, false);
    for (const auto& path : directories_)
        add(path, true);
    std::vector<directory_entry> entries;
    for (const auto& [name, is_directory] : found) {
        entries.push_back({.name = name, .is_directory = is_directory});
    }
    return entries;
}

disk_result<bool> fault_disk::exists(const std::string& path) {
    const std::lock_guard held(mutex_);
    return files_.contains(path) || directories_.contains(path);
}

disk_result<void> fault_disk::make_directory(const std::string& path) {
    const std::lock_guard held(mutex_);
    directories_.insert(path);
    return {};
}

disk_result<void> fault_disk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard held(mutex_);
    if (const int code = fault_of("rename", from)) return failure(code, from);
    std::map<std::string, std::shared_ptr<content>> moved;
    for (auto at = files_.begin(); at != files_.end();) {
        const bool inside = at->first == from || at->first.starts_with(from + "/");
        if (!inside) {
            ++at;
            continue;
        }
        moved[to + at->first.substr(from.size())] = at->second;
        at = files_.erase(at);
    }
    const bool was_directory = directories_.erase(from) > 0;
    if (moved.empty() && !was_directory) return failure(ENOENT, from);
    if (was_directory) directories_.insert(to);
    for (auto& [path, each] : moved)
        files_[path] = std::move(each);
    return {};
}

disk_result<void> fault_disk::remove(const std::string& path) {
    const std::lock_guard held(mutex_);
    if (const int code = fault_of("remove", path)) return failure(code, path);
    files_.erase(path);
    return {};
}

disk_result<void> fault_disk::remove_tree(const std::string& path) {
    const std::lock_guard held(mutex_);
    if (const int code = fault_of("remove", path)) return failure(code, path);
    std::erase_if(files_, [&](const auto& each) { return each.first.starts_with(path + "/"); });
    directories_.erase(path);
    return {};
}

disk_result<void> fault_disk::sync_directory(const std::string& path) {
    const std::lock_guard held(mutex_);
    if (const int code = fault_of("sync", path)) return failure(code, path);
    return {};
}

disk_result<void> fault_disk::sync_all() {
    tell_sync(root_);
    const std::lock_guard held(mutex_);
    if (const int code = fault_of("sync", root_)) {
        for (auto& [path, each] : files_)
            each->forget_dirty();
        return failure(code, root_);
    }
    for (auto& [path, each] : files_)
        each->write_back();
    return {};
}

disk_result<broker::io::disk_space> fault_disk::space() {
    return broker::io::disk_space{};
}

}  // namespace weir::test
