// disk: the calls of the machine that the file sink makes, behind an interface, so that tests have
// a disk that fills up, breaks and crashes. One thread at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "connect/sdk/outcome.hpp"

namespace weir::connectors::file::sink {

// Why a call failed. `heals`: no space, too many files: the same call may succeed later.
struct failure {
    std::string reason;
    bool heals = false;
};
template <class T = void>
using result = std::expected<T, failure>;

// As the host takes it.
inline sdk::outcome outcome_of(const failure& from) {
    return from.heals ? sdk::retry(from.reason) : sdk::fatal(from.reason);
}

// A file open for writing at its end. Its destructor closes it, and does nothing else.
class writable {
  public:
    virtual ~writable() = default;
    // All of it or nothing: what a write that failed has left is cut off again.
    [[nodiscard]] virtual result<> append(std::string_view data) = 0;
    // Returns when all of it is on the medium (fdatasync).
    [[nodiscard]] virtual result<> sync() = 0;
    virtual std::uint64_t size_bytes() const = 0;
    // Cuts what is beyond.
    [[nodiscard]] virtual result<> cut(std::uint64_t size_bytes) = 0;
};

// How to open: an empty file, or one that goes on. With `exclusive` nobody else opens it that way
// as long as it is open; that it is held is a failure that heals.
struct open_mode {
    bool empty = true;
    bool exclusive = false;
};

class disk {
  public:
    virtual ~disk() = default;
    // Makes the file, and the directories above it, where they are not there.
    [[nodiscard]] virtual result<std::unique_ptr<writable>> open(const std::string& path,
                                                                 open_mode mode) = 0;
    // The name of a file that was made is durable when it returns.
    [[nodiscard]] virtual result<> sync_name(const std::string& path) = 0;
    // Replaces `to`; durable when it returns.
    [[nodiscard]] virtual result<> rename(const std::string& from, const std::string& to) = 0;
    // A file that is not there is fine.
    [[nodiscard]] virtual result<> remove(const std::string& path) = 0;
    virtual bool exists(const std::string& path) = 0;
    // Up to `size_max` bytes from `at`; empty at the end, and of a file that is not there.
    [[nodiscard]] virtual result<std::string> read(const std::string& path, std::uint64_t at,
                                                   std::size_t size_max) = 0;
};

// Without `sync` nothing waits for the medium.
std::unique_ptr<disk> make_posix_disk(bool sync);

}  // namespace weir::connectors::file::sink
