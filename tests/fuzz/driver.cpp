// Drives a fuzz target where libFuzzer is not: replays the target's seeds, then mutates them until
// the time is over. The same seed gives the same inputs in the same order. When an input breaks the
// target, the seed, the number of the input and its bytes are told.
//
//   TARGET [--seconds N] [--seed N] [FILE...]      files are run once, as they are
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "base/prng.hpp"
#include "tests/fuzz/target.hpp"

extern "C" {
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*)());
}

namespace weir::fuzz {
namespace {

constexpr std::size_t size_max = 64 * 1024;
constexpr unsigned patience_s = 60;  // for one input

// What is running now, for the report of a crash.
base::bytes current;
std::uint64_t current_seed = 0;
std::uint64_t current_number = 0;

void report() {
    std::fprintf(stderr, "\nbroken by input %llu of seed %llu, %zu bytes:\n",
                 static_cast<unsigned long long>(current_number),
                 static_cast<unsigned long long>(current_seed), current.size());
    for (std::size_t at = 0; at < std::min<std::size_t>(current.size(), 4096); ++at)
        std::fprintf(stderr, "%02x", static_cast<unsigned>(current[at]));
    std::fprintf(stderr, "\n");
}

void on_signal(int signal) {
    if (signal == SIGALRM) std::fprintf(stderr, "\nnot done within %u s", patience_s);
    report();
    ::_exit(1);
}

class mutator {
  public:
    mutator(std::vector<base::bytes> corpus, std::uint64_t seed)
        : corpus_(std::move(corpus)), random_(seed) {}

    base::bytes next() {
        base::bytes data = any();
        do {
            change(data);
        } while (random_.below(3) != 0);
        if (data.size() > size_max) data.resize(size_max);
        return data;
    }

  private:
    const base::bytes& any() { return corpus_[random_.below(corpus_.size())]; }
    std::size_t place(const base::bytes& data) {
        return data.empty() ? 0 : random_.below(data.size());
    }
    // Lengths are short mostly.
    std::size_t length(std::size_t limit) {
        const auto wide = random_.below(4) == 0 ? limit : std::min<std::size_t>(limit, 16);
        return wide == 0 ? 0 : 1 + random_.below(wide);
    }
    std::int64_t telling_number() {
        static constexpr std::array<std::int64_t, 14> numbers = {
            0,   1,     -1,     -2,        2,         127,       128,
            255, 32767, -32768, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
        const auto chosen = numbers[random_.below(numbers.size())];
        return chosen ^ static_cast<std::int64_t>(random_.below(4) == 0 ? random_.below(4) : 0);
    }

    void change(base::bytes& data) {
        switch (random_.below(9)) {
            case 0:
                if (!data.empty()) data[place(data)] ^= std::byte{1} << random_.below(8);
                break;
            case 1:
                if (!data.empty()) data[place(data)] = static_cast<std::byte>(random_.next());
                break;
            case 2:
                overwrite_number(data);
                break;
            case 3:
                erase(data);
                break;
            case 4:
                insert(data, data);
                break;
            case 5:
                insert(data, noise());
                break;
            case 6:
                insert(data, any());
                break;
            case 7:
                overwrite(data, any());
                break;
            default:
                data.resize(place(data));
                break;
        }
    }

    void overwrite_number(base::bytes& data) {
        std::array<std::byte, 8> raw;
        base::store_be(raw.data(), telling_number());
        const std::size_t size = std::size_t{1} << random_.below(4);
        if (data.size() < size) return;
        std::copy_n(
            raw.end() - static_cast<std::ptrdiff_t>(size), size,
            data.begin() + static_cast<std::ptrdiff_t>(random_.below(data.size() - size + 1)));
    }
    void erase(base::bytes& data) {
        if (data.empty()) return;
        const auto at = data.begin() + static_cast<std::ptrdiff_t>(place(data));
        data.erase(at, at + static_cast<std::ptrdiff_t>(
                                length(static_cast<std::size_t>(data.end() - at))));
    }
    base::bytes piece_of(const base::bytes& from) {
        if (from.empty()) return {};
        const auto at = place(from);
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(at);
        return {begin, begin + static_cast<std::ptrdiff_t>(length(from.size() - at))};
    }
    void insert(base::bytes& data, const base::bytes& from) {
        const auto piece = piece_of(from);
        data.insert(data.begin() + static_cast<std::ptrdiff_t>(place(data)), piece.begin(),
                    piece.end());
    }
    void overwrite(base::bytes& data, const base::bytes& from) {
        if (data.empty()) return;
        const auto piece = piece_of(from);
        const auto at = place(data);
        std::copy_n(piece.begin(), std::min(piece.size(), data.size() - at),
                    data.begin() + static_cast<std::ptrdiff_t>(at));
    }
    base::bytes noise() {
        base::bytes made(length(64));
        for (auto& each : made)
            each = static_cast<std::byte>(random_.next());
        return made;
    }

    std::vector<base::bytes> corpus_;
    base::prng random_;
};

void run(base::bytes data) {
    current = std::move(data);
    ++current_number;
    ::alarm(patience_s);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

base::bytes read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    return base::to_bytes(text);
}

struct arguments {
    double seconds = 5;
    std::uint64_t seed = std::random_device()();
    std::vector<std::string> files;
};

arguments parse(const std::vector<std::string>& given) {
    arguments parsed;
    for (std::size_t at = 0; at < given.size(); ++at) {
        const bool more = at + 1 < given.size();
        if (given[at] == "--seconds" && more) {
            parsed.seconds = std::stod(given[++at]);
        } else if (given[at] == "--seed" && more) {
            parsed.seed = std::stoull(given[++at]);
        } else {
            parsed.files.push_back(given[at]);
        }
    }
    return parsed;
}

int drive(const arguments& wanted) {
    std::signal(SIGABRT, on_signal);
    std::signal(SIGALRM, on_signal);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(report);
    current_seed = wanted.seed;
    for (const auto& path : wanted.files)
        run(read_whole(path));
    if (!wanted.files.empty()) return 0;

    auto corpus = seeds();
    std::printf("seed %llu, %zu valid inputs to begin with\n",
                static_cast<unsigned long long>(wanted.seed), corpus.size());
    for (const auto& each : corpus)
        run(each);
    mutator mutate(std::move(corpus), wanted.seed);
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(wanted.seconds);
    while (std::chrono::steady_clock::now() < end)
        run(mutate.next());
    ::alarm(0);
    std::printf("%llu inputs, none broke it\n", static_cast<unsigned long long>(current_number));
    return 0;
}

}  // namespace
}  // namespace weir::fuzz

int main(int count, char** values) {
    return weir::fuzz::drive(weir::fuzz::parse({values + 1, values + count}));
}
