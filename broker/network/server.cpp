#include "broker/network/server.hpp"

#include "base/log.hpp"

namespace weir::broker::network {

// What a server has on one shard; used on that shard only.
struct server::shard_part {
    shard_part(io::asio_shard& on, frame_handler handler, const server_options& options,
               std::size_t memory)
        : shard(on),
          handle(std::move(handler)),
          options(options),
          budget(on, {.size = memory}),
          group(on) {}

    io::task<void> serve(std::unique_ptr<client_connection> connection,
                         std::function<void()> when_gone) {
        auto& served = *connection;
        const auto id = served.info().id;
        connections.emplace(id, std::move(connection));
        co_await served.run();
        connections.erase(id);
        when_gone();
    }

    // Closes connections whose clients did nothing for connections.max.idle.ms: neither asked nor
    // read what they had asked for.
    void close_idle() {
        const auto now = shard.now();
        std::vector<client_connection*> idle;
        for (auto& [id, each] : connections) {
            if (now - each->last_active() > options.idle_max) idle.push_back(each.get());
        }
        for (auto* each : idle)
            each->close();
        schedule();
    }
    void schedule() {
        const auto pause = std::min<io::duration>(options.idle_max / 4, std::chrono::seconds(30));
        sweep = shard.call_at(shard.now() + pause, [this] { close_idle(); });
    }
    io::task<bool> stop() {
        sweep.reset();
        for (auto& [id, each] : connections)
            each->close();
        co_await group.join();
        co_return true;
    }

    io::asio_shard& shard;
    frame_handler handle;
    const server_options& options;
    memory_budget budget;
    traffic counters;
    std::unordered_map<std::uint64_t, std::unique_ptr<client_connection>> connections;
    std::unique_ptr<io::timer> sweep;
    io::task_group group;
};

server::server(std::span<io::asio_shard* const> shards, std::vector<frame_handler> handlers,
               server_options options)
    : shards_(shards), options_(std::move(options)), accepting_(*shards.front()) {
    const auto memory = options_.request_memory / shards.size();
    for (std::size_t index = 0; index < shards.size(); ++index) {
        parts_.push_back(std::make_unique<shard_part>(*shards[index], std::move(handlers[index]),
                                                      options_, memory));
    }
}

server::~server() = default;

io::network_result<io::endpoint> server::listen() {
    auto listener = io::tcp_listener::listen(*shards_.front(), options_.listen);
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
    return listener_->local();
}

void server::start() {
    for (auto& part : parts_) {
        part->shard.post([&part] { part->schedule(); });
    }
    accepting_.spawn(accept_loop());
}

io::task<void> server::accept_loop() {
    for (;;) {
        auto socket = co_await listener_->accept();
        if (!socket) co_return;
        if (admit(*socket)) hand_over(std::move(*socket));
    }
}

bool server::admit(const io::accepted_socket& socket) {
    const auto& host = socket.peer().host;
    const bool full = open_ >= options_.connections_max;
    const bool many = per_ip_[host] >= options_.connections_per_ip_max;
    if (!full && !many) {
        ++per_ip_[host];
        ++open_;
        ++accepted_;
        return true;
    }
    ++refused_;
    const auto now = shards_.front()->now();
    if (now - warned_at_ > std::chrono::seconds(1)) {
        warned_at_ = now;
        base::log_warn("listener {}: connection from {} refused: {} ({} refused so far)",
                       options_.listener_name, host,
                       full ? "max.connections is reached" : "max.connections.per.ip is reached",
                       refused_);
    }
    return false;
}

void server::hand_over(io::accepted_socket socket) {
    auto& part = *parts_[turn_++ % parts_.size()];
    const auto id = accepted_;
    part.shard.post([this, &part, id, socket = std::move(socket)]() mutable {
        const auto host = socket.peer().host;
        auto connection = std::make_unique<client_connection>(
            part.shard, std::move(socket).adopt(part.shard), part.budget, options_.limits,
            part.handle, part.counters);
        connection->info().id = id;
        connection->info().listener = options_.listener_name;
        auto when_gone = [this, host] { shards_.front()->post([this, host] { left(host); }); };
        part.group.spawn(part.serve(std::move(connection), std::move(when_gone)));
    });
}

void server::left(const std::string& host) {
    --open_;
    const auto found = per_ip_.find(host);
    if (found != per_ip_.end() && --found->second == 0) per_ip_.erase(found);
}

io::task<void> server::stop() {
    if (listener_) listener_->close();
    co_await accepting_.join();
    auto& home = *shards_.front();
    for (auto& part : parts_) {
        auto ending = part->stop();
        co_await io::run_on(home, part->shard, std::move(ending));
    }
}

io::task<server_counts> server::counts() {
    server_counts sums{.connections = open_, .accepted = accepted_, .refused = refused_};
    for (auto& part : parts_) {
        auto read = [&part] {
            return std::tuple(part->counters, part->budget.taken(), part->budget.evictions());
        };
        const auto [counters, memory, evicted] =
            co_await io::submit(*shards_.front(), part->shard, std::move(read));
        sums.bytes_in += counters.bytes_in;
        sums.bytes_out += counters.bytes_out;
        sums.request_memory += memory;
        sums.evicted += evicted;
    }
    co_return sums;
}

}  // namespace weir::broker::network
