// posix_disk: the disk of the machine. Directories are synced after a file was made or renamed in
// them, so that a name is as durable as what it names.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "connectors/file/sink/disk.hpp"

namespace weir::connectors::file::sink {
namespace {

bool heals(int code) {
    return code == ENOSPC || code == EDQUOT || code == EFBIG || code == EMFILE || code == ENFILE ||
           code == ENOMEM || code == EWOULDBLOCK;
}

std::unexpected<failure> failed(std::string_view what, const std::string& path, int code) {
    return std::unexpected(
        failure{std::string(what) + " " + path + ": " + std::strerror(code), heals(code)});
}

// Calls again what a signal has interrupted.
template <class Call>
auto uninterrupted(const Call& call) {
    auto got = call();
    while (got < 0 && errno == EINTR)
        got = call();
    return got;
}

class descriptor {
  public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    descriptor(descriptor&& from) noexcept : number_(std::exchange(from.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

descriptor open_file(const std::string& path, int flags) {
    return descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); }));
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == path.npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

result<> sync_directory(const std::string& path) {
    const auto at = open_file(path, O_RDONLY | O_DIRECTORY);
    if (at.number() < 0) return failed("cannot open directory", path, errno);
    if (::fsync(at.number()) != 0 && errno != EINVAL)
        return failed("cannot sync directory", path, errno);
    return {};
}

result<> make_directories(const std::string& path) {
    std::vector<std::string> missing;
    for (auto at = path; !std::filesystem::exists(at); at = parent_of(at))
        missing.push_back(at);
    for (auto each = missing.rbegin(); each != missing.rend(); ++each) {
        if (::mkdir(each->c_str(), 0755) != 0 && errno != EEXIST)
            return failed("cannot make directory", *each, errno);
        if (const auto synced = sync_directory(parent_of(*each)); !synced) return synced;
    }
    return {};
}

class posix_file final : public writable {
  public:
    posix_file(descriptor at, std::string path, std::uint64_t size, bool sync)
        : at_(std::move(at)), path_(std::move(path)), size_(size), sync_(sync) {}

    result<> append(std::string_view data) override {
        std::uint64_t done = 0;
        while (done < data.size()) {
            const auto rest = data.substr(done);
            const auto wrote = uninterrupted([&] {
                return ::pwrite(at_.number(), rest.data(), rest.size(),
                                static_cast<off_t>(size_ + done));
            });
            if (wrote <= 0) {
                const int code = wrote < 0 ? errno : ENOSPC;
                if (const auto back = cut(size_); !back) return back;
                return failed("cannot write", path_, code);
            }
            done += static_cast<std::uint64_t>(wrote);
        }
        size_ += done;
        return {};
    }
    // After a sync that failed nobody knows what is on the medium: that does not heal.
    result<> sync() override {
        if (!sync_) return {};
        if (uninterrupted([&] { return ::fdatasync(at_.number()); }) == 0) return {};
        return std::unexpected(failure{"cannot sync " + path_ + ": " + std::strerror(errno)});
    }
    std::uint64_t size_bytes() const override { return size_; }
    result<> cut(std::uint64_t size_bytes) override {
        const auto size = static_cast<off_t>(size_bytes);
        if (uninterrupted([&] { return ::ftruncate(at_.number(), size); }) != 0)
            return std::unexpected(failure{"cannot cut " + path_ + ": " + std::strerror(errno)});
        size_ = size_bytes;
        return {};
    }

  private:
    descriptor at_;
    std::string path_;
    std::uint64_t size_;
    bool sync_;
};

class posix_disk final : public disk {
  public:
    explicit posix_disk(bool sync) : sync_(sync) {}
    result<std::unique_ptr<writable>> open(const std::string& path, open_mode mode) override {
        const auto parent = parent_of(path);
        if (const auto made = make_directories(parent); !made) return std::unexpected(made.error());
        const bool was_there = exists(path);
        auto at = open_file(path, O_WRONLY | O_CREAT);
        if (at.number() < 0) return failed("cannot open", path, errno);
        if (mode.exclusive && ::flock(at.number(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return std::unexpected(failure{path + " is held by another task", true});
            return failed("cannot lock", path, errno);
        }
        // Whoever makes an empty one says when its name has to be durable.
        if (!was_there && !mode.empty) {
            if (const auto synced = sync_name(path); !synced)
                return std::unexpected(synced.error());
        }
        struct stat facts = {};
        if (::fstat(at.number(), &facts) != 0) return failed("cannot look at", path, errno);
        if (!S_ISREG(facts.st_mode))
            return std::unexpected(failure{path + " is not a regular file"});
        auto made = std::make_unique<posix_file>(std::move(at), path,
                                                 static_cast<std::uint64_t>(facts.st_size), sync_);
        if (mode.empty && facts.st_size > 0) {
            if (const auto cut = made->cut(0); !cut) return std::unexpected(cut.error());
        }
        return made;
    }
    result<> sync_name(const std::string& path) override {
        return sync_ ? sync_directory(parent_of(path)) : result<>{};
    }
    result<> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return failed("cannot rename", from, errno);
        return sync_name(to);
    }
    result<> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
            return failed("cannot remove", path, errno);
        return {};
    }
    bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }
    result<std::string> read(const std::string& path, std::uint64_t at,
                             std::size_t size_max) override {
        const auto from = open_file(path, O_RDONLY);
        if (from.number() < 0) {
            if (errno == ENOENT) return std::string();
            return failed("cannot open", path, errno);
        }
        std::string out(size_max, '\0');
        const auto got = uninterrupted(
            [&] { return ::pread(from.number(), out.data(), out.size(), static_cast<off_t>(at)); });
        if (got < 0) return failed("cannot read", path, errno);
        out.resize(static_cast<std::size_t>(got));
        return out;
    }

  private:
    bool sync_;
};

}  // namespace

std::unique_ptr<disk> make_posix_disk(bool sync) {
    return std::make_unique<posix_disk>(sync);
}

}  // namespace weir::connectors::file::sink
