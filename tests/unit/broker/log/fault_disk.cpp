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
        const auto size = data_->now.size();
        if (position >= size) return std::size_t{0};
        const auto count = std::min<std::size_t>(into.size(), size - position);
        std::memcpy(into.data(), data_->now.data() + position, count);
        return count;
    }
    disk_result<void> write_at(std::uint64_t position,
                               std::span<const base::bytes_view> pieces) override {
        if (disk_.write_error_ != 0) return failure(disk_.write_error_, path_);
        for (const auto& piece : pieces) {
            if (data_->now.size() < position + piece.size()) {
                data_->now.resize(position + piece.size());
            }
            std::ranges::copy(piece, data_->now.begin() + static_cast<std::ptrdiff_t>(position));
            position += piece.size();
        }
        return {};
    }
    disk_result<void> sync() override {
        if (disk_.sync_error_ != 0) return failure(disk_.sync_error_, path_);
        data_->synced = data_->now;
        return {};
    }
    disk_result<void> truncate(std::uint64_t size) override {
        data_->now.resize(size);
        return {};
    }
    disk_result<std::uint64_t> size() const override { return data_->now.size(); }
    int descriptor() const override { return -1; }
    const std::string& path() const override { return path_; }

  private:
    fault_disk& disk_;
    std::shared_ptr<content> data_;
    std::string path_;
};

fault_disk::fault_disk() = default;
fault_disk::~fault_disk() = default;

void fault_disk::crash(base::prng& random) {
    for (auto& [path, each] : files_) {
        if (each->now == each->synced) continue;
        // Up to some point the new bytes are there; behind it, the old ones or zeros.
        const auto size = random.below(each->now.size() + 1);
        base::bytes left = each->synced;
        if (left.size() < size) left.resize(size);
        const auto kept = random.below(size + 1);
        std::copy_n(each->now.begin(), std::min<std::size_t>(kept, each->now.size()), left.begin());
        each->now = each->synced = left;
    }
}

void fault_disk::rot(const std::string& path, std::uint64_t position) {
    auto& data = *files_.at(path);
    data.now.at(position) ^= std::byte{0x01};
    data.synced = data.now;
}

std::uint64_t fault_disk::size_of(const std::string& path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? 0 : found->second->now.size();
}

disk_result<std::shared_ptr<broker::io::file>> fault_disk::open(const std::string& path,
                                                                broker::io::open_mode mode) {
    auto found = files_.find(path);
    if (found == files_.end()) {
        if (mode != broker::io::open_mode::create) return failure(ENOENT, path);
        found = files_.emplace(path, std::make_shared<content>()).first;
    }
    return std::make_shared<open_file>(*this, found->second, path);
}

disk_result<std::vector<directory_entry>> fault_disk::list(const std::string& directory) {
    std::vector<directory_entry> entries;
    for (const auto& [path, each] : files_) {
        if (!path.starts_with(directory + "/")) continue;
        entries.push_back({.name = path.substr(directory.size() + 1)});
    }
    return entries;
}

disk_result<bool> fault_disk::exists(const std::string& path) {
    return files_.contains(path);
}
disk_result<void> fault_disk::make_directory(const std::string&) {
    return {};
}

disk_result<void> fault_disk::rename(const std::string& from, const std::string& to) {
    const auto found = files_.find(from);
    if (found == files_.end()) return failure(ENOENT, from);
    files_[to] = found->second;
    files_.erase(from);
    return {};
}

disk_result<void> fault_disk::remove(const std::string& path) {
    files_.erase(path);
    return {};
}

disk_result<void> fault_disk::remove_tree(const std::string& path) {
    std::erase_if(files_, [&](const auto& each) { return each.first.starts_with(path + "/"); });
    return {};
}

disk_result<void> fault_disk::sync_directory(const std::string&) {
    return {};
}

disk_result<void> fault_disk::sync_all() {
    if (sync_error_ != 0) return failure(sync_error_, root_);
    for (auto& [path, each] : files_)
        each->synced = each->now;
    return {};
}

disk_result<broker::io::disk_space> fault_disk::space() {
    return broker::io::disk_space{};
}

}  // namespace weir::test
