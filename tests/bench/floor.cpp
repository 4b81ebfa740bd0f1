// weir_floor: what this machine takes for the least that any broker must do, without a broker.
//   produce: batches come over loopback TCP, CRC-32C over each, write to the page cache, an answer;
//   consume: sendfile from the page cache to loopback TCP;
//   sync:    fdatasync of each file and syncfs after small appends to 1, 6 and very many files.
// Prints one JSON line. The server's thread stands for the broker: its CPU time is the floor.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "base/prng.hpp"

namespace weir::bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr int batches_in_flight = 5;
constexpr std::size_t prefix_bytes = 4;
constexpr std::size_t answer_bytes = 8;
constexpr std::size_t crc_from = 21;  // a batch's checksum begins at its attributes
constexpr std::size_t sendfile_bytes = 1 << 20;

struct options {
    std::string directory;
    std::size_t batch_bytes = 1'000'000;
    std::int64_t batch_records = 9'300;
    std::int64_t records = 5'000'000;
    double sync_seconds = 0;  // for each kind of sync; 0: none
    std::size_t sync_files = 1000;

    std::int64_t batches() const { return std::max<std::int64_t>(1, records / batch_records); }
    std::int64_t records_sent() const { return batches() * batch_records; }
};

// A measuring program has nothing to recover to.
void need(bool good, std::string_view what) {
    if (good) return;
    fmt::print(stderr, "floor: {}: {}\n", what, std::strerror(errno));
    std::exit(1);
}

double thread_cpu_seconds() {
    timespec used{};
    need(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0, "clock");
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double seconds_since(clock::time_point begin) {
    return std::chrono::duration<double>(clock::now() - begin).count();
}

void send_all(int to, base::bytes_view data) {
    while (!data.empty()) {
        const auto sent = ::send(to, data.data(), data.size(), MSG_NOSIGNAL);
        need(sent > 0, "send");
        data = data.subspan(static_cast<std::size_t>(sent));
    }
}

void receive_all(int from, base::mutable_bytes into) {
    while (!into.empty()) {
        const auto got = ::recv(from, into.data(), into.size(), MSG_WAITALL);
        need(got > 0, "recv");
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

void write_all(int to, base::bytes_view data, std::int64_t position) {
    while (!data.empty()) {
        const auto wrote = ::pwrite(to, data.data(), data.size(), position);
        need(wrote > 0, "pwrite");
        data = data.subspan(static_cast<std::size_t>(wrote));
        position += wrote;
    }
}

struct connection {
    int client = -1;
    int server = -1;
};

connection connect_loopback() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    auto* place = reinterpret_cast<sockaddr*>(&address);
    need(::bind(listener, place, size) == 0 && ::listen(listener, 1) == 0, "listen");
    need(::getsockname(listener, place, &size) == 0, "getsockname");
    connection made{.client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    need(::connect(made.client, place, size) == 0, "connect");
    made.server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    need(made.server >= 0, "accept");
    const int on = 1;
    for (const int end : {made.client, made.server})
        need(::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "nodelay");
    ::close(listener);
    return made;
}

struct measured {
    double seconds = 0;
    double server_cpu = 0;
    double client_cpu = 0;
};

std::string to_json(const measured& took, const options& given) {
    const auto records = static_cast<double>(given.records_sent());
    const auto bytes =
        static_cast<double>(given.batches()) * static_cast<double>(given.batch_bytes);
    return fmt::format(R"({{"seconds":{:.3f},"records_per_s":{:.0f},"mb_per_s":{:.1f},)"
                       R"("server_cpu_s_per_million":{:.4f},"client_cpu_s_per_million":{:.4f}}})",
                       took.seconds, records / took.seconds, bytes / took.seconds / 1e6,
                       took.server_cpu / records * 1e6, took.client_cpu / records * 1e6);
}

base::bytes make_frame(const options& given) {
    base::bytes frame(prefix_bytes + given.batch_bytes);
    base::prng random(42);
    for (auto& each : frame)
        each = static_cast<std::byte>(random.next());
    base::store_be(frame.data(), static_cast<std::uint32_t>(given.batch_bytes));
    return frame;
}

// Sends as the generator does: some batches in flight, then one for each answer.
double send_batches(int to, base::bytes_view frame, const options& given) {
    const auto cpu_before = thread_cpu_seconds();
    base::bytes answer(answer_bytes);
    for (std::int64_t sent = 0; sent < given.batches(); ++sent) {
        if (sent >= batches_in_flight) receive_all(to, answer);
        send_all(to, frame);
    }
    for (std::int64_t left = std::min<std::int64_t>(batches_in_flight, given.batches()); left > 0;
         --left)
        receive_all(to, answer);
    return thread_cpu_seconds() - cpu_before;
}

void take_batches(int from, int file, const options& given) {
    base::bytes prefix(prefix_bytes);
    base::bytes batch;
    base::bytes answer(answer_bytes);
    std::int64_t position = 0;
    for (std::int64_t taken = 0; taken < given.batches(); ++taken) {
        receive_all(from, prefix);
        batch.resize(base::load_be<std::uint32_t>(prefix.data()));
        receive_all(from, batch);
        const auto crc = base::crc32c(base::bytes_view(batch).subspan(crc_from));
        base::store_be(answer.data(), crc);
        write_all(file, batch, position);
        position += static_cast<std::int64_t>(batch.size());
        send_all(from, answer);
    }
}

measured measure_produce(int file, const options& given) {
    const auto ends = connect_loopback();
    const auto frame = make_frame(given);
    measured took;
    const auto begin = clock::now();
    const auto cpu_before = thread_cpu_seconds();
    std::thread client([&] { took.client_cpu = send_batches(ends.client, frame, given); });
    take_batches(ends.server, file, given);
    took.server_cpu = thread_cpu_seconds() - cpu_before;
    client.join();
    took.seconds = seconds_since(begin);
    ::close(ends.client);
    ::close(ends.server);
    return took;
}

// Reads what measure_produce wrote.
measured measure_consume(int file, const options& given) {
    const auto ends = connect_loopback();
    measured took;
    auto left = given.batches() * static_cast<std::int64_t>(given.batch_bytes);
    const auto begin = clock::now();
    std::thread client([&, left]() mutable {
        const auto cpu_before = thread_cpu_seconds();
        base::bytes into(sendfile_bytes);
        while (left > 0) {
            const auto got = ::recv(ends.client, into.data(), into.size(), 0);
            need(got > 0, "recv");
            left -= got;
        }
        took.client_cpu = thread_cpu_seconds() - cpu_before;
    });
    const auto cpu_before = thread_cpu_seconds();
    off_t position = 0;
    while (left > 0) {
        const auto sent = ::sendfile(ends.server, file, &position, sendfile_bytes);
        need(sent > 0, "sendfile");
        left -= sent;
    }
    took.server_cpu = thread_cpu_seconds() - cpu_before;
    client.join();
    took.seconds = seconds_since(begin);
    ::close(ends.client);
    ::close(ends.server);
    return took;
}

int create_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    need(file >= 0, path);
    return file;
}

struct sync_case {
    bool whole_filesystem = false;
    std::size_t files = 1;
    std::size_t bytes_each = 4096;
};

// Milliseconds of one sync after an append to each file, again and again for a while.
std::string measure_sync(const sync_case& wanted, const options& given) {
    std::vector<int> files;
    for (std::size_t index = 0; index < wanted.files; ++index)
        files.push_back(create_file(fmt::format("{}/sync-{}", given.directory, index)));
    const base::bytes data(wanted.bytes_each, std::byte{7});
    std::vector<double> milliseconds;
    std::int64_t position = 0;
    const auto begin = clock::now();
    while (milliseconds.size() < 3 || seconds_since(begin) < given.sync_seconds) {
        for (const int file : files)
            write_all(file, data, position);
        position += static_cast<std::int64_t>(data.size());
        const auto from = clock::now();
        if (wanted.whole_filesystem) need(::syncfs(files.front()) == 0, "syncfs");
        for (std::size_t at = 0; !wanted.whole_filesystem && at < files.size(); ++at)
            need(::fdatasync(files[at]) == 0, "fdatasync");
        milliseconds.push_back(seconds_since(from) * 1e3);
    }
    for (const int file : files)
        ::close(file);
    std::ranges::sort(milliseconds);
    const auto at = [&](double part) {
        return milliseconds[static_cast<std::size_t>(part *
                                                     static_cast<double>(milliseconds.size() - 1))];
    };
    return fmt::format(
        R"({{"call":"{}","files":{},"bytes_each":{},"count":{},"p50_ms":{:.3f},"p99_ms":{:.3f}}})",
        wanted.whole_filesystem ? "syncfs" : "fdatasync", wanted.files, wanted.bytes_each,
        milliseconds.size(), at(0.5), at(0.99));
}

std::string measure_syncs(const options& given) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t mebibyte = 1 << 20;
    std::string all;
    for (const std::size_t files : {std::size_t{1}, std::size_t{6}, given.sync_files}) {
        for (const std::size_t bytes_each : {page, mebibyte / files}) {
            for (const bool whole : {false, true}) {
                all += all.empty() ? "" : ",";
                all += measure_sync(
                    {.whole_filesystem = whole, .files = files, .bytes_each = bytes_each}, given);
            }
        }
    }
    return all;
}

bool parse(int count, char** words, options& into) {
    if (count < 2 || count % 2 != 0) return false;
    into.directory = words[1];
    for (int at = 2; at + 1 < count; at += 2) {
        const std::string name = words[at];
        const double value = std::strtod(words[at + 1], nullptr);
        if (name == "--batch-bytes" && value > 21) {
            into.batch_bytes = static_cast<std::size_t>(value);
        } else if (name == "--batch-records" && value >= 1) {
            into.batch_records = static_cast<std::int64_t>(value);
        } else if (name == "--records" && value >= 1) {
            into.records = static_cast<std::int64_t>(value);
        } else if (name == "--sync-seconds" && value >= 0) {
            into.sync_seconds = value;
        } else if (name == "--sync-files" && value >= 1) {
            into.sync_files = static_cast<std::size_t>(value);
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace

int run_floor(int count, char** words) {
    options given;
    if (!parse(count, words, given)) {
        fmt::print(stderr,
                   "usage: weir_floor DIRECTORY [--batch-bytes N] [--batch-records N] "
                   "[--records N] [--sync-seconds S] [--sync-files N]\n"
                   "DIRECTORY must not exist; it is made, and removed at the end.\n");
        return 2;
    }
    std::error_code failure;
    const bool made = std::filesystem::create_directory(given.directory, failure);
    errno = failure.value();
    need(made, given.directory);
    if (given.sync_seconds > 0) {
        fmt::print(R"({{"sync":[{}]}})"
                   "\n",
                   measure_syncs(given));
    } else {
        const int file = create_file(given.directory + "/log");
        const auto produce = to_json(measure_produce(file, given), given);
        const auto consume = to_json(measure_consume(file, given), given);
        fmt::print(R"({{"produce":{},"consume":{}}})"
                   "\n",
                   produce, consume);
        ::close(file);
    }
    std::filesystem::remove_all(given.directory);
    return 0;
}

}  // namespace weir::bench

int main(int count, char** words) {
    return weir::bench::run_floor(count, words);
}
