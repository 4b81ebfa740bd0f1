// Gateway to the file calls of POSIX and Linux.
#include "broker/io/posix_disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace weir::broker::io {
namespace {

std::unexpected<disk_error> failure(const char* operation, const std::string& path, int code) {
    return std::unexpected(disk_error{
        .code = code, .message = fmt::format("{} {}: {}", operation, path, std::strerror(code))});
}

class posix_file : public file {
  public:
    posix_file(int descriptor, std::string path)
        : descriptor_(descriptor), path_(std::move(path)) {}
    ~posix_file() override { ::close(descriptor_); }
    posix_file(const posix_file&) = delete;
    posix_file& operator=(const posix_file&) = delete;

    disk_result<std::size_t> read_at(std::uint64_t position,
                                     base::mutable_bytes into) const override {
        std::size_t done = 0;
        while (done < into.size()) {
            const auto read = ::pread(descriptor_, into.data() + done, into.size() - done,
                                      static_cast<off_t>(position + done));
            if (read == 0) break;
            if (read < 0 && errno == EINTR) continue;
            if (read < 0) return failure("read", path_, errno);
            done += static_cast<std::size_t>(read);
        }
        return done;
    }

    disk_result<void> write_at(std::uint64_t position,
                               std::span<const base::bytes_view> pieces) override {
        for (const auto& piece : pieces) {
            std::size_t done = 0;
            while (done < piece.size()) {
                const auto wrote = ::pwrite(descriptor_, piece.data() + done, piece.size() - done,
                                            static_cast<off_t>(position + done));
                if (wrote < 0 && errno == EINTR) continue;
                if (wrote < 0) return failure("write", path_, errno);
                done += static_cast<std::size_t>(wrote);
            }
            position += piece.size();
        }
        return {};
    }

    disk_result<void> sync() override {
        if (::fdatasync(descriptor_) != 0) return failure("fdatasync", path_, errno);
        return {};
    }
    disk_result<void> truncate(std::uint64_t size) override {
        if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
            return failure("truncate", path_, errno);
        }
        return {};
    }
    void drop_cached(std::uint64_t position) override {
        constexpr std::uint64_t page = 4096;  // only whole pages are dropped
        (void)::posix_fadvise(descriptor_, static_cast<off_t>(position / page * page), 0,
                              POSIX_FADV_DONTNEED);
    }
    disk_result<std::uint64_t> size() const override {
        struct stat status{};
        if (::fstat(descriptor_, &status) != 0) return failure("stat", path_, errno);
        return static_cast<std::uint64_t>(status.st_size);
    }
    int descriptor() const override { return descriptor_; }
    const std::string& path() const override { return path_; }

  private:
    int descriptor_;
    std::string path_;
};

class posix_disk : public disk {
  public:
    posix_disk(int descriptor, std::string root)
        : descriptor_(descriptor), root_(std::move(root)) {}
    ~posix_disk() override { ::close(descriptor_); }
    posix_disk(const posix_disk&) = delete;
    posix_disk& operator=(const posix_disk&) = delete;

    disk_result<std::shared_ptr<file>> open(const std::string& path, open_mode mode) override {
        int flags = O_CLOEXEC | (mode == open_mode::read ? O_RDONLY : O_RDWR);
        if (mode == open_mode::create) flags |= O_CREAT;
        const int opened = ::openat(descriptor_, path.c_str(), flags, 0644);
        if (opened < 0) return failure("open", full(path), errno);
        return std::make_shared<posix_file>(opened, full(path));
    }

    disk_result<std::vector<directory_entry>> list(const std::string& directory) override {
        const int opened =
            ::openat(descriptor_, directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (opened < 0) return failure("list", full(directory), errno);
        DIR* stream = ::fdopendir(opened);
        if (stream == nullptr) {
            const int code = errno;
            ::close(opened);
            return failure("list", full(directory), code);
        }
        std::vector<directory_entry> entries;
        while (const dirent* each = ::readdir(stream)) {
            const std::string name = static_cast<const char*>(each->d_name);
            if (name != "." && name != "..") {
                entries.push_back({.name = name, .is_directory = each->d_type == DT_DIR});
            }
        }
        ::closedir(stream);
        std::ranges::sort(entries, {}, &directory_entry::name);
        return entries;
    }

    disk_result<bool> exists(const std::string& path) override {
        if (::faccessat(descriptor_, path.c_str(), F_OK, 0) == 0) return true;
        if (errno == ENOENT) return false;
        return failure("stat", full(path), errno);
    }

    disk_result<void> make_directory(const std::string& path) override {
        if (::mkdirat(descriptor_, path.c_str(), 0755) == 0 || errno == EEXIST) return {};
        return failure("mkdir", full(path), errno);
    }

    disk_result<void> rename(const std::string& from, const std::string& to) override {
        if (::renameat(descriptor_, from.c_str(), descriptor_, to.c_str()) == 0) return {};
        return failure("rename", full(from), errno);
    }

    disk_result<void> remove(const std::string& path) override {
        if (::unlinkat(descriptor_, path.c_str(), 0) == 0 || errno == ENOENT) return {};
        return failure("remove", full(path), errno);
    }

    disk_result<void> remove_tree(const std::string& path) override {
        std::error_code error;
        std::filesystem::remove_all(full(path), error);
        if (error) return failure("remove", full(path), error.value());
        return {};
    }

    disk_result<void> sync_directory(const std::string& path) override {
        const int opened = ::openat(descriptor_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (opened < 0) return failure("open", full(path), errno);
        const int status = ::fsync(opened);
        const int code = errno;
        ::close(opened);
        if (status != 0) return failure("fsync", full(path), code);
        return {};
    }

    disk_result<void> sync_all() override {
        if (::syncfs(descriptor_) != 0) return failure("syncfs", root_, errno);
        return {};
    }

    disk_result<disk_space> space() override {
        struct statvfs status{};
        if (::fstatvfs(descriptor_, &status) != 0) return failure("statvfs", root_, errno);
        return disk_space{.total_bytes = status.f_blocks * status.f_frsize,
                          .usable_bytes = status.f_bavail * status.f_frsize};
    }

    const std::string& root() const override { return root_; }

  private:
    std::string full(const std::string& path) const { return root_ + "/" + path; }

    int descriptor_;
    std::string root_;
};

}  // namespace

disk_result<std::unique_ptr<disk>> open_posix_disk(const std::string& root) {
    std::error_code error;
    std::filesystem::create_directories(root, error);
    if (error) return failure("mkdir", root, error.value());
    const int opened = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return failure("open", root, errno);
    return std::make_unique<posix_disk>(opened, root);
}

}  // namespace weir::broker::io
