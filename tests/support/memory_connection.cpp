#include "tests/support/memory_connection.hpp"

#include <algorithm>

namespace weir::test {
namespace {

using broker::io::network_result;

auto closed() {
    return std::unexpected(
        broker::io::network_error{.code = broker::io::network_errc::closed, .message = "closed"});
}

}  // namespace

broker::io::task<network_result<std::size_t>> memory_connection::read_some(
    base::mutable_bytes into) {
    auto& peer = *peer_;
    while (peer.inbound.empty() && !peer.ended && !peer.closed) {
        ++peer.waiting;
        co_await peer.changed.wait();
        --peer.waiting;
    }
    if (peer.closed) co_return closed();
    const auto count = std::min({into.size(), peer.inbound.size(), peer.read_max});
    const auto end = peer.inbound.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(peer.inbound.begin(), end, into.begin());
    peer.inbound.erase(peer.inbound.begin(), end);
    moved_ += count;
    co_return count;
}

broker::io::task<network_result<void>> memory_connection::put(base::bytes_view data) {
    auto& peer = *peer_;
    while (!data.empty()) {
        while (peer.window == 0 && !peer.closed) {
            ++peer.waiting;
            co_await peer.changed.wait();
            --peer.waiting;
        }
        if (peer.closed) co_return closed();
        const auto part = data.first(std::min(data.size(), peer.window));
        peer.written.insert(peer.written.end(), part.begin(), part.end());
        peer.window -= part.size();
        moved_ += part.size();
        data = data.subspan(part.size());
    }
    co_return network_result<void>{};
}

broker::io::task<network_result<void>> memory_connection::write(
    std::span<const base::bytes_view> pieces, bool) {
    if (peer_->closed) co_return closed();
    for (const auto& piece : pieces) {
        auto done = co_await put(piece);
        if (!done) co_return done;
    }
    co_return network_result<void>{};
}

broker::io::task<network_result<void>> memory_connection::send_file(const broker::io::file& from,
                                                                    std::uint64_t position,
                                                                    std::uint64_t length) {
    base::bytes copy(length);
    const auto read = from.read_at(position, copy);
    if (!read || *read != length) co_return closed();
    co_return co_await put(copy);
}

}  // namespace weir::test
