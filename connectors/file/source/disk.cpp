#include "connectors/file/source/disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

namespace weir::connectors::file {
namespace {

constexpr unsigned wanted_facts =
    STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MTIME | STATX_NLINK | STATX_BTIME;

std::int64_t nanoseconds_of(const statx_timestamp& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

file_facts facts_of(const struct statx& from) {
    file_facts out;
    out.file.device = makedev(from.stx_dev_major, from.stx_dev_minor);
    out.file.inode = from.stx_ino;
    if ((from.stx_mask & STATX_BTIME) != 0) out.file.born_ns = nanoseconds_of(from.stx_btime);
    out.size = from.stx_size;
    out.modified_ns = nanoseconds_of(from.stx_mtime);
    out.regular = S_ISREG(from.stx_mode);
    out.directory = S_ISDIR(from.stx_mode);
    out.link = S_ISLNK(from.stx_mode);
    out.linked = from.stx_nlink > 0;
    return out;
}

std::string reason_of(std::string_view what, const std::string& path) {
    return std::string(what) + " " + path + ": " + std::strerror(errno);
}

}  // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

descriptor::~descriptor() {
    close();
}

void descriptor::close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
}

std::optional<file_facts> facts_of(const std::string& path) {
    struct statx raw = {};
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, wanted_facts, &raw) != 0)
        return std::nullopt;
    auto out = facts_of(raw);
    if (!out.link) return out;
    if (::statx(AT_FDCWD, path.c_str(), 0, wanted_facts, &raw) != 0) return std::nullopt;
    out = facts_of(raw);
    out.link = true;
    return out;
}

std::optional<file_facts> facts_of(const descriptor& open) {
    struct statx raw = {};
    if (::statx(open.number(), "", AT_EMPTY_PATH, wanted_facts, &raw) != 0) return std::nullopt;
    return facts_of(raw);
}

std::optional<std::vector<std::string>> list_directory(const std::string& path, std::string& why) {
    const std::unique_ptr<DIR, int (*)(DIR*)> from(::opendir(path.c_str()), ::closedir);
    if (!from) {
        why = reason_of("cannot list", path);
        return std::nullopt;
    }
    std::vector<std::string> out;
    while (const auto* entry = ::readdir(from.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") out.emplace_back(name);
    }
    return out;
}

descriptor open_file(const std::string& path, std::string& why) {
    // O_NONBLOCK: a named pipe of that name must not stop the task.
    descriptor out(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!out.is_open()) why = reason_of("cannot open", path);
    return out;
}

std::int64_t read_at(const descriptor& from, std::uint64_t offset, char* into, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const auto got =
            ::pread(from.number(), into + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        done += static_cast<std::size_t>(got);
        // A regular file gives less only at its end.
        break;
    }
    return static_cast<std::int64_t>(done);
}

std::string path_of(const descriptor& open) {
    return "/proc/self/fd/" + std::to_string(open.number());
}

std::string host_name() {
    std::array<char, 256> name = {};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

std::int64_t file_clock_ns() {
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

std::uint64_t draw_number() {
    std::uint64_t out = 0;
    if (::getrandom(&out, sizeof out, 0) != static_cast<ssize_t>(sizeof out)) {
        timespec now = {};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        out = static_cast<std::uint64_t>(now.tv_nsec) * 0x9e3779b97f4a7c15ULL ^
              static_cast<std::uint64_t>(::getpid());
    }
    return out;
}

watcher::watcher()
    : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      buffer_(64 * 1024) {}

int watcher::watch(const std::string& path, bool directory) {
    if (!works()) return -1;
    const std::uint32_t names = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                IN_DELETE_SELF | IN_MOVE_SELF | IN_MODIFY | IN_ONLYDIR;
    return ::inotify_add_watch(events_.number(), path.c_str(), directory ? names : IN_MODIFY);
}

void watcher::unwatch(int number) {
    if (works()) ::inotify_rm_watch(events_.number(), number);
}

void watcher::drain(const std::function<void(const notice&)>& use) {
    if (!works()) return;
    while (true) {
        const auto got = ::read(events_.number(), buffer_.data(), buffer_.size());
        if (got <= 0) return;
        std::size_t at = 0;
        while (at < static_cast<std::size_t>(got)) {
            inotify_event event = {};
            std::memcpy(&event, buffer_.data() + at, sizeof event);
            const char* name = buffer_.data() + at + sizeof event;
            notice out;
            out.watch = event.wd;
            if (event.len > 0) out.name = std::string_view(name, ::strnlen(name, event.len));
            out.modified = (event.mask & IN_ALL_EVENTS) == IN_MODIFY;
            out.directory =
                (event.mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0;
            out.overflow = (event.mask & IN_Q_OVERFLOW) != 0;
            if ((event.mask & IN_IGNORED) == 0) use(out);
            at += sizeof event + event.len;
        }
        // Less than a full buffer: there was no more.
        if (static_cast<std::size_t>(got) < buffer_.size() / 2) return;
    }
}

void watcher::wait(std::chrono::nanoseconds longest) {
    std::array<pollfd, 2> on = {pollfd{wake_.number(), POLLIN, 0},
                                pollfd{events_.number(), POLLIN, 0}};
    const auto count = std::max<std::int64_t>(longest.count(), 0);
    const timespec until = {count / 1'000'000'000, count % 1'000'000'000};
    ::ppoll(on.data(), works() ? 2 : 1, &until, nullptr);
}

void watcher::wake() {
    const std::uint64_t one = 1;
    // It can only fail when it is signalled already.
    [[maybe_unused]] const auto written = ::write(wake_.number(), &one, sizeof one);
}

bool watcher::is_woken() const {
    pollfd on = {wake_.number(), POLLIN, 0};
    return ::poll(&on, 1, 0) > 0;
}

}  // namespace weir::connectors::file
