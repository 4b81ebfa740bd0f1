// A whole node in this process, and a client that sends it anything: each request is answered or
// the connection ends, in bounded time, and the next client is served as ever. Now and then the
// node is stopped and started again on what it has written. Input: requests, each with number of
// the API, version, length and body; the header is made here.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.hpp"
#include "broker/api/api_table.hpp"
#include "broker/protocol/wire.hpp"
#include "broker/server/node.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker;

constexpr std::size_t requests_per_input = 8;
constexpr std::uint64_t inputs_per_life = 2000;

// A node in a directory of its own.
class living_node {
  public:
    living_node() {
        base::configure_log({.level = base::log_level::off});
        directory_ =
            std::filesystem::temp_directory_path() / ("weir-fuzz-" + std::to_string(::getpid()));
        std::filesystem::remove_all(directory_);
        start();
    }
    ~living_node() {
        node_.reset();
        std::filesystem::remove_all(directory_);
    }
    living_node(const living_node&) = delete;
    living_node& operator=(const living_node&) = delete;

    std::uint16_t port() const { return node_->port(); }
    // Every other life begins in an empty directory, so that topics do not pile up.
    void restart() {
        node_.reset();
        if (++lives_ % 2 == 0) std::filesystem::remove_all(directory_);
        start();
    }

  private:
    void start() {
        config::settings written;
        const auto set = [&written](const char* name, const std::string& value) {
            written.values[name] = {.value = value, .place = "fuzz"};
        };
        set("listeners", "PLAINTEXT://127.0.0.1:0");
        set("log.dirs", directory_.string());
        set("weir.metrics.listener", "");
        set("weir.shards", "2");
        set("weir.flush", "os");
        set("group.initial.rebalance.delay.ms", "0");
        set("offsets.topic.num.partitions", "2");
        set("auto.create.topics.enable", "false");
        auto config = config::make_broker_config(written);
        require(written.errors.empty());
        auto started = node::start(std::move(config));
        if (!started) std::fprintf(stderr, "%s\n", started.error().c_str());
        require(started.has_value());
        node_ = std::move(*started);
    }

    std::filesystem::path directory_;
    std::unique_ptr<node> node_;
    std::uint64_t lives_ = 0;
};

int connect_to(std::uint16_t port) {
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(::connect(client, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    return client;
}

base::bytes request(std::int16_t key, std::int16_t version, base::bytes_view body) {
    protocol::writer out;
    out.put_int32(0);
    out.put_int16(key);
    out.put_int16(version);
    out.put_int32(7);
    out.put_string("fuzz", false);
    const auto header =
        protocol::request_header_version(static_cast<protocol::api_key>(key), version);
    if (header >= 2) out.put_unsigned_varint(0);
    out.put_raw(body);
    out.patch_int32(0, static_cast<std::int32_t>(out.size() - 4));
    return std::move(out).take_bytes();
}

void send_all(int client, base::bytes_view data) {
    while (!data.empty()) {
        const auto sent = ::send(client, data.data(), data.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // the node has closed the connection: its right
        data = data.subspan(static_cast<std::size_t>(sent));
    }
}

// Reads until the node closes its side; gives the first bytes of what came.
base::bytes receive_all(int client) {
    base::bytes first(8);
    std::size_t have = 0;
    std::byte chunk[4096];
    for (;;) {
        const auto got = ::recv(client, chunk, sizeof chunk, 0);
        if (got <= 0) break;
        const auto part = std::min<std::size_t>(static_cast<std::size_t>(got), first.size() - have);
        std::copy_n(chunk, part, first.begin() + static_cast<std::ptrdiff_t>(have));
        have += part;
    }
    first.resize(have);
    return first;
}

// Sends the requests of an input at once, says that no more come, and waits for the end.
void exchange(std::uint16_t port, base::bytes_view requests) {
    const int client = connect_to(port);
    send_all(client, requests);
    ::shutdown(client, SHUT_WR);
    receive_all(client);
    ::close(client);
}

void check_alive(std::uint16_t port) {
    const int client = connect_to(port);
    send_all(client, request(18, 0, {}));
    std::byte answer[8];
    const auto got = ::recv(client, answer, sizeof answer, MSG_WAITALL);
    require(got == sizeof answer && base::load_be<std::int32_t>(answer + 4) == 7);
    ::close(client);
}

void try_requests(input& in) {
    static living_node node;
    static std::uint64_t inputs = 0;
    if (++inputs % inputs_per_life == 0) node.restart();
    base::bytes stream;
    for (std::size_t count = 0; count < requests_per_input && !in.empty(); ++count) {
        const auto served = api::served_apis();
        const auto& api = served[in.take_uint8() % served.size()];
        const auto version =
            static_cast<std::int16_t>(api.min + in.take_uint8() % (api.max - api.min + 1));
        const auto body = in.take_piece();
        const auto one = request(static_cast<std::int16_t>(api.key), version, body);
        stream.insert(stream.end(), one.begin(), one.end());
    }
    exchange(node.port(), stream);
    if (inputs % 64 == 0) check_alive(node.port());
}

// Number and version of an API as an input names them.
output& put_api(output& out, protocol::api_key key, std::int16_t version) {
    const auto served = api::served_apis();
    const auto found = std::ranges::find(served, key, &api::served_api::key);
    return out.put(static_cast<std::uint8_t>(found - served.begin()))
        .put(static_cast<std::uint8_t>(version - found->min));
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    for (const auto& each : golden::read_table("tests/golden/data/messages.tsv")) {
        if (each.at("type") != "request") continue;
        const auto key = static_cast<protocol::api_key>(std::stoi(each.at("key")));
        const auto version = std::stoi(each.at("version"));
        const auto served = api::served_apis();
        const auto found = std::ranges::find(served, key, &api::served_api::key);
        const bool fits = found != served.end() && version >= found->min && version <= found->max;
        if (!fits) continue;
        output out;
        put_api(out, key, static_cast<std::int16_t>(version));
        made.push_back(out.put_piece(golden::from_hex(each.at("hex"))).take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    weir::fuzz::try_requests(in);
    return 0;
}
