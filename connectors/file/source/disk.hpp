// disk: all that the file source asks of the machine: facts of files, lists of directories, reads,
// and notices of changes. The gateway of fcntl, unistd, poll and sys/. Owned by the task; only
// watcher::wake may be called from another thread. No exception leaves it; failures are values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/file/source/position.hpp"

namespace weir::connectors::file {

class descriptor {
  public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept;
    ~descriptor();

    bool is_open() const { return number_ >= 0; }
    int number() const { return number_; }
    void close();

  private:
    int number_ = -1;
};

struct file_facts {
    identity file;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    bool regular = false;
    bool directory = false;
    bool link = false;   // the path is a symbolic link; the rest is of what it leads to
    bool linked = true;  // some directory still has it
};

// Follows links. Nothing: there is nothing (or it cannot be looked at).
std::optional<file_facts> facts_of(const std::string& path);
std::optional<file_facts> facts_of(const descriptor& open);

// Names, without "." and "..". Nothing: it cannot be read; `why` says what is wrong.
std::optional<std::vector<std::string>> list_directory(const std::string& path, std::string& why);

// An open descriptor, or a closed one with `why`.
descriptor open_file(const std::string& path, std::string& why);

// Bytes read at an offset: fewer than wanted only at the end of the file; -1: it cannot be read.
std::int64_t read_at(const descriptor& from, std::uint64_t offset, char* into, std::size_t size);

// The path by which an open file is there although it has no name any more.
std::string path_of(const descriptor& open);

std::string host_name();
// The clock of file times; it may lag some milliseconds behind the other one.
std::int64_t file_clock_ns();
// A number that was not drawn before.
std::uint64_t draw_number();

struct notice {
    int watch = -1;
    std::string_view name;   // in the watched directory; empty: the watched thing itself
    bool modified = false;   // nothing but its content
    bool directory = false;  // it is about a directory
    bool overflow = false;   // notices were lost
};

// inotify, and an eventfd that ends a wait.
class watcher {
  public:
    watcher();

    // False: there is no inotify; only the rescan finds changes.
    bool works() const { return events_.is_open(); }
    // A watch number; -1: not watched. Watching a thing twice gives the same number.
    int watch(const std::string& path, bool directory);
    void unwatch(int number);
    // Calls use(notice) for what has come in.
    void drain(const std::function<void(const notice&)>& use);
    // Until a notice comes, wake() is called or the time is over.
    void wait(std::chrono::nanoseconds longest);
    void wake();
    bool is_woken() const;

  private:
    descriptor events_;
    descriptor wake_;
    std::vector<char> buffer_;
};

}  // namespace weir::connectors::file
