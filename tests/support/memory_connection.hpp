// memory_connection: a connection whose other end is the test: bytes go in piece by piece, what was
// written is looked at, and the peer may stop reading. Shard-local, on a manual_shard.
#pragma once

#include <memory>
#include <string>

#include "broker/io/condition.hpp"
#include "broker/io/network.hpp"

namespace weir::test {

// The test's end. It stays when the connection is gone.
struct memory_peer {
    explicit memory_peer(broker::io::shard& on) : changed(on) {}

    void send(base::bytes_view data) {
        inbound.insert(inbound.end(), data.begin(), data.end());
        changed.notify_all();
    }
    // No more bytes will come.
    void end() {
        ended = true;
        changed.notify_all();
    }
    // The window: how many bytes may still be written before the writer waits.
    void allow(std::size_t more) {
        window += more;
        changed.notify_all();
    }
    void cut() {
        closed = true;
        changed.notify_all();
    }

    base::bytes inbound;
    base::bytes written;
    bool ended = false;
    bool closed = false;
    std::size_t window = SIZE_MAX / 2;
    std::size_t read_max = SIZE_MAX;  // of one read_some
    int waiting = 0;                  // calls that wait now
    broker::io::condition changed;
};

class memory_connection : public broker::io::connection {
  public:
    explicit memory_connection(std::shared_ptr<memory_peer> peer) : peer_(std::move(peer)) {}

    broker::io::task<broker::io::network_result<std::size_t>> read_some(
        base::mutable_bytes into) override;
    broker::io::task<broker::io::network_result<void>> write(
        std::span<const base::bytes_view> pieces, bool more) override;
    broker::io::task<broker::io::network_result<void>> send_file(const broker::io::file& from,
                                                                 std::uint64_t position,
                                                                 std::uint64_t length) override;
    void close() override { peer_->cut(); }
    const broker::io::endpoint& peer() const override { return endpoint_; }
    std::uint64_t moved() const override { return moved_; }

  private:
    broker::io::task<broker::io::network_result<void>> put(base::bytes_view data);

    std::shared_ptr<memory_peer> peer_;
    std::uint64_t moved_ = 0;
    broker::io::endpoint endpoint_{.host = "10.0.0.1", .port = 5};
};

}  // namespace weir::test
