#include "broker/network/client_connection.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "base/log.hpp"

namespace weir::broker::network {
namespace {

// Small requests are read through this; larger frames go straight into their own buffer.
constexpr std::size_t inbox_size = 4096;
constexpr std::size_t prefix_size = 4;
constexpr std::size_t first_capacity = 64 * 1024;
// Slices up to this size are read and sent with the rest: one system call less than sendfile.
constexpr std::uint32_t copied_slice_max = 16 * 1024;

}  // namespace

client_connection::client_connection(io::shard& on, std::unique_ptr<io::connection> socket,
                                     byte_budget& budget, const connection_limits& limits,
                                     const frame_handler& handler, traffic& counters)
    : shard_(on),
      socket_(std::move(socket)),
      budget_(budget),
      limits_(limits),
      handler_(handler),
      counters_(counters),
      info_(on),
      last_active_(on.now()),
      room_(on),
      work_(on) {
    info_.peer_host = socket_->peer().host;
    info_.peer_port = socket_->peer().port;
}

void client_connection::close() {
    if (info_.closed) return;
    info_.closed = true;
    socket_->close();
    info_.changed.notify_all();
    room_.notify_all();
}

io::task<void> client_connection::run() {
    while (!info_.closed) {
        auto next = co_await read_frame();
        if (!next) break;
        last_active_ = shard_.now();
        auto& one = *next;
        under_way_.push_back(std::move(next));
        work_.spawn(handle(one));
        while (under_way_.size() >= limits_.pipeline_max && !info_.closed)
            co_await room_.wait();
    }
    close();
    co_await work_.join();
    under_way_.clear();
}

// Reads until the inbox holds `wanted` bytes (at most its size).
io::task<bool> client_connection::fill_inbox(std::size_t wanted) {
    if (inbox_.empty()) inbox_.resize(inbox_size);
    if (inbox_begin_ > 0) {
        std::memmove(inbox_.data(), inbox_.data() + inbox_begin_, inbox_end_ - inbox_begin_);
        inbox_end_ -= inbox_begin_;
        inbox_begin_ = 0;
    }
    while (inbox_end_ < wanted) {
        const auto room = base::mutable_bytes(inbox_).subspan(inbox_end_);
        const auto read = co_await socket_->read_some(room);
        if (!read || *read == 0) co_return false;
        inbox_end_ += *read;
        counters_.bytes_in += *read;
    }
    co_return true;
}

io::task<std::unique_ptr<client_connection::exchange>> client_connection::read_frame() {
    if (inbox_end_ - inbox_begin_ < prefix_size) {
        const bool filled = co_await fill_inbox(prefix_size);
        if (!filled) co_return nullptr;
    }
    const auto size = base::load_be<std::int32_t>(inbox_.data() + inbox_begin_);
    inbox_begin_ += prefix_size;
    if (size < 0 || static_cast<std::size_t>(size) > limits_.frame_size_max) {
        base::log_warn(
            "connection {} from {}:{} announces a request of {} bytes, the limit is {} "
            "(socket.request.max.bytes): closed",
            info_.id, info_.peer_host, info_.peer_port, size, limits_.frame_size_max);
        co_return nullptr;
    }
    auto next = std::make_unique<exchange>(budget_, static_cast<std::size_t>(size));
    const bool complete = co_await read_body(next->frame);
    if (!complete) co_return nullptr;
    co_return next;
}

io::task<bool> client_connection::read_body(request_frame& into) {
    std::size_t have = 0;
    do {
        const auto grown = std::min(into.size(), std::max(first_capacity, have * 2));
        const auto deadline = shard_.now() + limits_.memory_wait_max;
        const bool granted = co_await into.make_room(grown, deadline);
        if (!granted) {
            base::log_warn(
                "connection {} from {}:{}: no memory for its request of {} bytes came "
                "free (queued.max.request.bytes): closed",
                info_.id, info_.peer_host, info_.peer_port, into.size());
            co_return false;
        }
        const auto buffered = std::min(inbox_end_ - inbox_begin_, grown - have);
        std::memcpy(into.room().data() + have, inbox_.data() + inbox_begin_, buffered);
        inbox_begin_ += buffered;
        have += buffered;
        while (have < grown) {
            const auto room = into.room().subspan(have, grown - have);
            const auto read = co_await socket_->read_some(room);
            if (!read || *read == 0) co_return false;
            have += *read;
            counters_.bytes_in += *read;
        }
    } while (have < into.size());
    co_return true;
}

io::task<void> client_connection::handle(exchange& one) {
    auto answer = co_await handler_(info_, one.frame);
    one.frame.release();
    one.answer = std::move(answer);
    if (!sending_ && one.answer && &one == under_way_.front().get()) co_await send_ready();
}

// Sends the answers that are ready, as far as no earlier one is missing.
io::task<void> client_connection::send_ready() {
    sending_ = true;
    while (!under_way_.empty() && under_way_.front()->answer && !info_.closed) {
        auto& answer = *under_way_.front()->answer;
        const bool close_after = answer.close;
        const bool sent = answer.none || co_await send(answer);
        under_way_.pop_front();
        room_.notify_all();
        last_active_ = shard_.now();
        if (!sent || close_after) close();
    }
    sending_ = false;
}

io::task<bool> client_connection::send(response& answer) {
    const auto& bytes = answer.frame.buffer();
    counters_.bytes_out += answer.frame.size();
    std::vector<base::bytes_view> pieces;
    std::deque<base::bytes> copies;
    std::size_t done = 0;
    for (const auto& splice : answer.frame.splices()) {
        pieces.push_back(base::bytes_view(bytes).subspan(done, splice.at - done));
        done = splice.at;
        if (!splice.what.memory.empty()) pieces.push_back(splice.what.memory);
        if (splice.what.external_size == 0) continue;
        const auto& slice = answer.slices[splice.what.external_index];
        if (slice.length <= copied_slice_max) {
            auto& copy = copies.emplace_back(slice.length);
            const auto read = slice.from->read_at(slice.position, copy);
            if (!read || *read != slice.length) co_return false;
            pieces.push_back(copy);
            continue;
        }
        const auto written = co_await socket_->write(pieces, true);
        pieces.clear();
        if (!written) co_return false;
        const auto sent = co_await socket_->send_file(*slice.from, slice.position, slice.length);
        if (!sent) co_return false;
    }
    pieces.push_back(base::bytes_view(bytes).subspan(done));
    const auto written = co_await socket_->write(pieces, false);
    co_return written.has_value();
}

}  // namespace weir::broker::network
