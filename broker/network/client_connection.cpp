#include "broker/network/client_connection.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"

namespace weir::broker::network {
namespace {

// Small requests are read through this; larger frames go straight into their own buffer.
constexpr std::size_t inbox_size = 4096;
constexpr std::size_t prefix_size = 4;
// How a frame's buffer grows: to so many times what has been received.
constexpr std::size_t growth(std::size_t received) {
    constexpr std::size_t large = 1024UL * 1024;
    return received < large ? 4 : 2;
}
// Slices up to this size are read and sent with the rest: one system call less than sendfile.
constexpr std::uint32_t copied_slice_max = 16 * 1024;
// They are sent when there are so many bytes of them: a response of thousands is never in memory.
constexpr std::size_t copied_max = 256 * 1024;

}  // namespace

client_connection::client_connection(io::shard& on, std::unique_ptr<io::connection> socket,
                                     memory_budget& budget, const connection_limits& limits,
                                     const frame_handler& handler, traffic& counters)
    : memory_holder(budget),
      shard_(on),
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
    stop_waiting();
}

void client_connection::evict() {
    base::log_warn(
        "connection {} from {}:{}: holds {} bytes without getting on while others wait for memory "
        "(queued.max.request.bytes): closed",
        info_.id, info_.peer_host, info_.peer_port, held());
    close();
}

std::optional<io::time_point> client_connection::stalled_since() const {
    if (!reading_since_ || !sending_since_) return reading_since_ ? reading_since_ : sending_since_;
    return std::min(*reading_since_, *sending_since_);
}

io::time_point client_connection::last_active() {
    const bool ours = !under_way_.empty() && !sending_;
    if (ours || moved_ != socket_->moved()) {
        moved_ = socket_->moved();
        last_active_ = shard_.now();
    }
    return last_active_;
}

io::task<void> client_connection::run() {
    while (!info_.closed) {
        auto next = co_await read_frame();
        if (!next) break;
        auto& one = *next;
        under_way_.push_back(std::move(next));
        work_.spawn(handle(one));
        const bool wait = is_full() || !budget_.has_room_for_answer(unsent_ == 0);
        if (wait && !co_await wait_for_room()) break;
    }
    close();
    co_await work_.join();
    for (auto& each : under_way_)
        discharge_answer(*each);
    under_way_.clear();
}

bool client_connection::is_full() const {
    return under_way_.size() >= limits_.pipeline_max || unsent_ > limits_.unsent_max ||
           info_.long_waits > 0;
}

// Until this client may ask for more; false when it has to go.
io::task<bool> client_connection::wait_for_room() {
    while (is_full() && !info_.closed)
        co_await room_.wait();
    if (info_.closed || budget_.has_room_for_answer(unsent_ == 0)) co_return !info_.closed;
    auto waiting = budget_.room_for_answer(*this);
    co_return co_await std::move(waiting);
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
    memory_holder& self = *this;
    auto next = std::make_unique<exchange>(budget_, self, static_cast<std::size_t>(size));
    const bool complete = co_await read_body(next->frame);
    if (!complete) co_return nullptr;
    co_return next;
}

// Waits for memory for more of the frame; false when there will be none.
io::task<bool> client_connection::wait_for_memory(request_frame& into, std::size_t count) {
    auto making = into.make_room(count);
    const bool granted = co_await std::move(making);
    // That it has not got on until now was not the client's doing.
    reading_since_ = shard_.now();
    if (!granted && !info_.closed) {
        base::log_warn(
            "connection {} from {}:{}: no memory for its request of {} bytes came free "
            "(queued.max.request.bytes): closed",
            info_.id, info_.peer_host, info_.peer_port, into.size());
    }
    co_return granted;
}

io::task<bool> client_connection::read_body(request_frame& into) {
    std::size_t have = 0;
    if (inbox_end_ - inbox_begin_ < into.size()) reading_since_ = shard_.now();
    do {
        const auto reach = std::max({inbox_size, have * growth(have), into.room().size()});
        const auto end = std::min(into.size(), reach);
        if (!into.try_make_room(end) && !co_await wait_for_memory(into, end)) co_return false;
        const auto buffered = std::min(inbox_end_ - inbox_begin_, end - have);
        std::copy_n(inbox_.data() + inbox_begin_, buffered, into.room().data() + have);
        inbox_begin_ += buffered;
        have += buffered;
        while (have < end) {
            const auto rest = into.room().subspan(have, end - have);
            const auto read = co_await socket_->read_some(rest);
            if (!read || *read == 0) co_return false;
            have += *read;
            counters_.bytes_in += *read;
        }
    } while (have < into.size());
    reading_since_.reset();
    co_return true;
}

void client_connection::charge_answer(exchange& one) {
    if (one.answer_charged > 0) return;
    const auto& answer = *one.answer;
    one.answer_charged = answer.frame.buffer().capacity() +
                         answer.frame.splices().capacity() * sizeof(protocol::splice) +
                         answer.slices.capacity() * sizeof(file_slice);
    unsent_ += one.answer_charged;
    budget_.add_answer(*this, one.answer_charged);
}

void client_connection::discharge_answer(exchange& one) {
    if (one.answer_charged == 0) return;
    budget_.give_back(*this, {.count = one.answer_charged});
    unsent_ -= std::exchange(one.answer_charged, 0);
}

io::task<void> client_connection::handle(exchange& one) {
    auto answer = co_await handler_(info_, one.frame);
    one.frame.drop();
    if (one.frame.was_large_message()) base::give_back_freed_memory();
    one.answer = std::move(answer);
    charge_answer(one);
    if (!sending_ && &one == under_way_.front().get()) co_await send_ready();
}

// Sends the answers that are ready, as far as no earlier one is missing.
io::task<void> client_connection::send_ready() {
    sending_ = true;
    while (!under_way_.empty() && under_way_.front()->answer && !info_.closed) {
        auto& one = *under_way_.front();
        const bool close_after = one.answer->close;
        sending_since_ = shard_.now();
        const bool sent = one.answer->none || co_await send(*one.answer);
        sending_since_.reset();
        discharge_answer(one);
        under_way_.pop_front();
        room_.notify_all();
        if (!sent || close_after) close();
    }
    sending_ = false;
}

io::task<bool> client_connection::send(response& answer) {
    const auto& bytes = answer.frame.buffer();
    counters_.bytes_out += answer.frame.size();
    std::vector<base::bytes_view> pieces;
    std::deque<base::bytes> copies;
    std::size_t copied = 0;
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
            copied += slice.length;
            if (copied < copied_max) continue;
        }
        const auto written = co_await socket_->write(pieces, true);
        pieces.clear();
        copies.clear();
        copied = 0;
        if (!written) co_return false;
        if (slice.length <= copied_slice_max) continue;
        const auto sent = co_await socket_->send_file(*slice.from, slice.position, slice.length);
        if (!sent) co_return false;
    }
    pieces.push_back(base::bytes_view(bytes).subspan(done));
    const auto written = co_await socket_->write(pieces, false);
    co_return written.has_value();
}

}  // namespace weir::broker::network
