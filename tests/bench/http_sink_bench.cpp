// How fast the HTTP sink is: records of 200 bytes from memory through its task to a server in
// another process, which reads and answers 204. Prints records/s and the CPU time of this process
// for a million records (the server's is not in it).
//
//   weir_http_sink_bench [RECORDS] [json_array|json_lines] [keys]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "connectors/http/http_sink.hpp"
#include "tests/unit/connectors/http/component.hpp"

namespace {

using boost::asio::ip::tcp;
using namespace weir::connectors::http;

// Reads requests as fast as it can: of the header only Content-Length counts.
void serve(tcp::socket socket) {
    constexpr std::string_view reply = "HTTP/1.1 204 No Content\r\n\r\n";
    constexpr std::string_view length_header = "Content-Length: ";
    std::vector<char> buffer(256 * 1024);
    std::string head;
    std::size_t body_left = 0;
    boost::system::error_code failed;
    while (!failed) {
        const auto got = socket.read_some(boost::asio::buffer(buffer), failed);
        std::string_view rest(buffer.data(), got);
        while (!rest.empty()) {
            if (body_left > 0) {
                const auto part = std::min(body_left, rest.size());
                rest.remove_prefix(part);
                body_left -= part;
                if (body_left == 0) boost::asio::write(socket, boost::asio::buffer(reply), failed);
                continue;
            }
            const auto before = head.size();
            head += rest;
            const auto end = head.find("\r\n\r\n");
            if (end == std::string::npos) break;
            rest.remove_prefix(end + 4 - before);
            const auto at = head.find(length_header) + length_header.size();
            std::from_chars(head.data() + at, head.data() + end, body_left);
            head.clear();
        }
    }
}

// A server of its own process; its number, and its port in `port`.
pid_t start_server(unsigned short& port) {
    boost::asio::io_context context;
    tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
    port = acceptor.local_endpoint().port();
    const auto child = ::fork();
    if (child != 0) return child;
    std::vector<std::thread> threads;
    for (;;) {
        tcp::socket socket(context);
        acceptor.accept(socket);
        threads.emplace_back(serve, std::move(socket));
    }
}

double cpu_s() {
    rusage used = {};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](timeval of) {
        return static_cast<double>(of.tv_sec) + static_cast<double>(of.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

record_list records_of_200_bytes(std::size_t count, int keys) {
    record_list out;
    for (std::size_t number = 0; number < count; ++number) {
        auto json = "{\"id\":" + std::to_string(number) + ",\"text\":\"";
        json.append(198 - json.size(), 'x');
        json += "\"}";
        const auto key = "key-" + std::to_string(number % static_cast<std::size_t>(keys));
        out.add(keys == 1 ? std::string_view() : std::string_view(key), json);
    }
    return out;
}

int run(std::size_t total, const char* body, int keys) {
    unsigned short port = 0;
    const auto server = start_server(port);
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/in";
    int status = 0;
    {
        sink_task<http_sink> sink(http_option_table(), {{"url", url}, {"body", body}});
        auto records = records_of_200_bytes(sink.wish.records_max, keys);
        const auto cpu_begin = cpu_s();
        const auto begin = std::chrono::steady_clock::now();
        std::size_t done = 0;
        while (done < total) {
            for (const auto& each : sink.put(records.all))
                status |= each.status == WEIR_OK ? 0 : 1;
            done += records.all.size();
            for (auto& each : records.all)
                each.offset += static_cast<std::int64_t>(records.all.size());
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        const auto million = static_cast<double>(done) / 1e6;
        std::printf("%s, %d keys: %.0f records/s, %.2f CPU s per million records\n", body, keys,
                    static_cast<double>(done) / took.count(), (cpu_s() - cpu_begin) / million);
    }
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    return status;
}

}  // namespace

int main(int count, char** arguments) {
    const auto total = count > 1 ? std::stoul(arguments[1]) : 1'000'000;
    return run(total, count > 2 ? arguments[2] : "json_array",
               count > 3 ? std::stoi(arguments[3]) : 1000);
}
