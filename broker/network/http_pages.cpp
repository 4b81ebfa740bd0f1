#include "broker/network/http_pages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::broker::network {
namespace {

constexpr std::size_t request_max = 8 * 1024;
constexpr auto patience = std::chrono::seconds(10);
constexpr std::size_t clients_max = 64;

std::string with_header(std::string_view status, std::string_view body) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        status, body.size(), body);
}

}  // namespace

http_pages::http_pages(io::asio_shard& on, std::map<std::string, page_maker> pages)
    : shard_(on), pages_(std::move(pages)), work_(on) {}

http_pages::~http_pages() = default;

io::network_result<io::endpoint> http_pages::start(const io::endpoint& where) {
    auto listener = io::tcp_listener::listen(shard_, where);
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
    work_.spawn(accept_loop());
    return listener_->local();
}

io::task<void> http_pages::stop() {
    if (listener_) listener_->close();
    for (auto* each : open_)
        each->close();
    co_await work_.join();
}

io::task<void> http_pages::accept_loop() {
    for (;;) {
        auto socket = co_await listener_->accept();
        if (!socket) co_return;
        if (open_.size() < clients_max) work_.spawn(serve(std::move(*socket).adopt(shard_)));
    }
}

io::task<void> http_pages::serve(std::unique_ptr<io::connection> client) {
    open_.push_back(client.get());
    auto* raw = client.get();
    const auto limit = shard_.call_at(shard_.now() + patience, [raw] { raw->close(); });
    std::string request;
    bool complete = false;
    while (!complete && request.size() < request_max) {
        std::byte chunk[1024];
        const auto read = co_await client->read_some(chunk);
        if (!read || *read == 0) break;
        request += base::as_text(base::bytes_view(chunk).first(*read));
        complete = request.find("\r\n\r\n") != std::string::npos;
    }
    if (complete) {
        auto answering = answer(request);
        const auto text = co_await std::move(answering);
        const base::bytes_view pieces[] = {base::as_bytes(text)};
        (void)co_await client->write(pieces, false);
    }
    client->close();
    std::erase(open_, raw);
}

io::task<std::string> http_pages::answer(const std::string& request) {
    const auto method_end = request.find(' ');
    const auto target_end = request.find_first_of(" ?", method_end + 1);
    const auto target = request.substr(method_end + 1, target_end - method_end - 1);
    if (request.substr(0, method_end) != "GET") {
        co_return with_header("405 Method Not Allowed", "only GET is served\n");
    }
    const auto found = pages_.find(target);
    if (found == pages_.end()) {
        co_return with_header("404 Not Found", "there are /metrics and /health\n");
    }
    auto making = found->second();
    const auto made = co_await std::move(making);
    co_return with_header(made.unavailable ? "503 Service Unavailable" : "200 OK", made.text);
}

}  // namespace weir::broker::network
