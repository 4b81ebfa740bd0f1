// stub_server: an HTTP server inside of the test, with threads of its own. A function of the test
// answers; everything that came is kept. Safe from any thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace weir::connectors::http {

struct stub_request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    std::size_t connection = 0;
};

struct stub_reply {
    int status = 200;
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    bool resets = false;  // the connection, instead of an answer
    bool hangs = false;   // until the server is gone
    bool closes = false;  // the connection after the answer, without having said so
};

class stub_server {
  public:
    using handler = std::function<stub_reply(const stub_request&)>;

    explicit stub_server(handler answers, unsigned short port = 0)
        : answers_(std::move(answers)), acceptor_(context_) {
        const tcp::endpoint at(boost::asio::ip::make_address("127.0.0.1"), port);
        acceptor_.open(at.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(at);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
        acceptor_thread_ = std::thread([this] { accept_all(); });
    }
    ~stub_server() {
        is_closing_ = true;
        boost::system::error_code ignored;
        // Wakes the accept that is under way.
        tcp::socket knock(context_);
        knock.connect({boost::asio::ip::make_address("127.0.0.1"), port_}, ignored);
        acceptor_thread_.join();
        {
            const std::lock_guard lock(mutex_);
            for (auto* each : open_)
                each->shutdown(tcp::socket::shutdown_both, ignored);
        }
        for (auto& each : threads_)
            each.join();
    }
    stub_server(const stub_server&) = delete;
    stub_server& operator=(const stub_server&) = delete;

    unsigned short port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::vector<stub_request> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::size_t connections() const { return connections_; }

  private:
    using tcp = boost::asio::ip::tcp;

    void accept_all() {
        for (;;) {
            tcp::socket socket(context_);
            boost::system::error_code failed;
            acceptor_.accept(socket, failed);
            if (is_closing_ || failed) return;
            const auto number = ++connections_;
            threads_.emplace_back(
                [this, number, taken = std::move(socket)]() mutable { serve(taken, number); });
        }
    }
    void serve(tcp::socket& socket, std::size_t number) {
        namespace http = boost::beast::http;
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(&socket);
        }
        boost::beast::flat_buffer buffer;
        boost::system::error_code failed;
        while (!failed) {
            http::request_parser<http::string_body> parser;
            parser.body_limit(boost::none);
            http::read(socket, buffer, parser, failed);
            if (failed) break;
            const auto reply = answer(parser.get(), number);
            if (reply.hangs) {
                char byte = 0;
                socket.read_some(boost::asio::buffer(&byte, 1), failed);
                break;
            }
            if (reply.resets) break;
            http::response<http::string_body> out(static_cast<http::status>(reply.status), 11);
            for (const auto& [name, value] : reply.headers)
                out.set(name, value);
            out.body() = reply.body;
            out.prepare_payload();
            http::write(socket, out, failed);
            if (reply.closes) break;
        }
        const std::lock_guard lock(mutex_);
        std::erase(open_, &socket);
        socket.close(failed);
    }
    stub_reply answer(const boost::beast::http::request<boost::beast::http::string_body>& from,
                      std::size_t number) {
        stub_request request;
        request.method = std::string(from.method_string());
        request.target = std::string(from.target());
        request.body = from.body();
        request.connection = number;
        for (const auto& each : from) {
            std::string name(each.name_string());
            for (auto& letter : name)
                letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
            request.headers[name] = std::string(each.value());
        }
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        return answers_(request);
    }

    handler answers_;
    boost::asio::io_context context_;
    tcp::acceptor acceptor_;
    unsigned short port_ = 0;
    std::thread acceptor_thread_;
    std::vector<std::thread> threads_;
    std::atomic<std::size_t> connections_ = 0;
    std::atomic<bool> is_closing_ = false;
    mutable std::mutex mutex_;
    std::vector<tcp::socket*> open_;
    std::vector<stub_request> requests_;
};

}  // namespace weir::connectors::http
