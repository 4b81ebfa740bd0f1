// network: stream connections between a client and a shard. Shard-local: a connection lives and
// dies on the shard that accepted or opened it. io/asio has the real ones.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "broker/io/disk.hpp"
#include "broker/io/shard.hpp"
#include "broker/io/task.hpp"

namespace weir::broker::io {

enum class network_errc { closed, refused, in_use, timed_out, unknown_host, other };

struct network_error {
    network_errc code = network_errc::other;
    std::string message;
};

template <class T>
using network_result = std::expected<T, network_error>;

// Where something listens or connects: a literal address or name, and a port (0: any free one).
struct endpoint {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const endpoint&) const = default;
};

class connection {
  public:
    virtual ~connection() = default;
    // Reads at least one byte, up to into.size(). 0 bytes: the peer has closed its side.
    virtual task<network_result<std::size_t>> read_some(base::mutable_bytes into) = 0;
    // Writes all pieces; they must outlive the call. `more`: other bytes follow at once, so a
    // packet need not go out yet.
    virtual task<network_result<void>> write(std::span<const base::bytes_view> pieces,
                                             bool more) = 0;
    // Writes `length` bytes of `from` at `position`, by sendfile where there is a descriptor.
    virtual task<network_result<void>> send_file(const file& from, std::uint64_t position,
                                                 std::uint64_t length) = 0;
    // Everything under way ends with `closed`. May be called more than once.
    virtual void close() = 0;
    virtual const endpoint& peer() const = 0;
    // Bytes read and written so far: whether it gets on.
    virtual std::uint64_t moved() const = 0;
};

// Opens connections for one shard; they must not outlive it.
class connector {
  public:
    virtual ~connector() = default;
    // Resolves the name and tries its addresses in turn until one answers or `deadline` passes.
    // Not cancelled otherwise: the caller waits for it before it ends.
    virtual task<network_result<std::unique_ptr<connection>>> connect(endpoint where,
                                                                      time_point deadline) = 0;
};

}  // namespace weir::broker::io
