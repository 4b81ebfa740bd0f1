#include "tests/unit/broker/rpc/scripted_peer.hpp"

#include "base/endian.hpp"

namespace weir::broker::rpc {
namespace {

base::bytes frame_of(std::int32_t correlation_id, bool tags, const protocol::writer& body) {
    protocol::writer out;
    out.put_int32(0);
    out.put_int32(correlation_id);
    if (tags) out.put_unsigned_varint(0);
    out.put_raw(body.buffer());
    out.patch_int32(0, static_cast<std::int32_t>(out.size() - sizeof(std::int32_t)));
    return std::move(out).take_bytes();
}

io::task<bool> read_exactly(io::connection& from, base::mutable_bytes into) {
    while (!into.empty()) {
        const auto read = co_await from.read_some(into);
        if (!read || *read == 0) co_return false;
        into = into.subspan(*read);
    }
    co_return true;
}

}  // namespace

base::bytes plain_frame(std::int32_t correlation_id, const protocol::writer& body) {
    return frame_of(correlation_id, false, body);
}

base::bytes flexible_frame(std::int32_t correlation_id, const protocol::writer& body) {
    return frame_of(correlation_id, true, body);
}

base::bytes versions_frame(
    const received& question,
    const std::vector<protocol::api_versions_response::api_version>& served) {
    protocol::api_versions_response answer;
    answer.api_keys = served;
    protocol::writer body;
    answer.encode(body, question.version);
    return plain_frame(question.correlation_id, body);
}

scripted_peer::scripted_peer(script reacts)
    : reacts_(std::move(reacts)), shard_("peer"), group_(shard_), stopping_(shard_) {
    listener_ =
        std::move(io::tcp_listener::listen(shard_, {.host = "127.0.0.1", .port = 0})).value();
    port_ = listener_->local().port;
    shard_.start();
    shard_.post([this] { group_.spawn(serve()); });
}

scripted_peer::~scripted_peer() {
    std::promise<void> done;
    shard_.post([&] { stopping_.spawn(stop(done)); });
    done.get_future().get();
    shard_.stop();
}

io::task<void> scripted_peer::stop(std::promise<void>& done) {
    listener_->close();
    if (client_) client_->close();
    co_await group_.join();
    client_.reset();
    done.set_value();
}

io::task<void> scripted_peer::serve() {
    auto accepted = co_await listener_->accept();
    if (!accepted) co_return;
    client_ = std::move(*accepted).adopt(shard_);
    for (;;) {
        base::bytes prefix(4);
        const bool announced = co_await read_exactly(*client_, prefix);
        if (!announced) co_return;
        base::bytes frame(static_cast<std::size_t>(base::load_be<std::int32_t>(prefix.data())));
        const bool complete = co_await read_exactly(*client_, frame);
        if (!complete) co_return;
        protocol::reader in(frame);
        received question;
        question.key = static_cast<protocol::api_key>(in.get_int16());
        question.version = in.get_int16();
        question.correlation_id = in.get_int32();
        const auto reaction = reacts_(question);
        for (const auto& each : reaction.frames) {
            const base::bytes_view pieces[] = {each};
            (void)co_await client_->write(pieces, false);
        }
        if (reaction.hang_up) client_->close();
    }
}

}  // namespace weir::broker::rpc
