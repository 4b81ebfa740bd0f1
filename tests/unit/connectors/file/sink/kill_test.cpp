// Goal: a process that is killed (SIGKILL) at any moment neither loses, repeats nor tears a record.
// Method: a child writes to the machine's disk and tells what it committed; it is killed after a
// number of messages drawn from a seed; the next one goes on; the files are compared with the
// topic.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "tests/unit/connectors/file/sink/records.hpp"

namespace weir::connectors::file::sink::test {
namespace {

constexpr std::int64_t record_count = 20'000;

std::string line_of(std::int64_t offset) {
    return "{\"n\":" + std::to_string(offset) + ",\"pad\":\"" +
           std::string(static_cast<std::size_t>(offset % 90), 'x') + "\"}";
}

std::unique_ptr<file_sink> start(const std::string& place, std::uint64_t seed, std::int64_t from) {
    auto options = options_for(place + "/{ts:%M}/{partition}-{offset}.jsonl");
    options.roll_size_bytes = 1000 + seed * 977 % 9000;  // other borders each time
    options.sync = false;  // of a killed process the system keeps what it was handed
    options.open_max = 3;
    auto made = std::make_unique<file_sink>(sdk::host(), std::move(options), make_posix_disk(false),
                                            [] { return 0L; });
    return open(*made, "t", 0, from).is_ok() ? std::move(made) : nullptr;
}

// Puts 50 records; five minutes of record time take turns.
bool put_from(file_sink& task, std::int64_t from) {
    std::vector<sample> samples;
    for (auto offset = from; offset < std::min(from + 50, record_count); ++offset)
        samples.push_back(
            {.offset = offset, .timestamp_ms = offset % 5 * 60'000, .json = line_of(offset)});
    std::vector<weir_record> records;
    for (const auto& each : samples)
        records.push_back(each.record());
    return put(task, records).outcome.is_ok();
}

// The child: writes a batch for each byte that it gets, and tells each offset that it committed.
[[noreturn]] void write_until_killed(const std::string& place, std::uint64_t seed,
                                     std::int64_t from, int permits, int tell) {
    const auto task = start(place, seed, from);
    for (auto next = from; task && next < record_count; next += 50) {
        char permit = 0;
        if (::read(permits, &permit, 1) != 1 || !put_from(*task, next)) break;
        const auto offset = committable(*task, "t", 0, std::min(next + 50, record_count));
        if (::write(tell, &offset, sizeof offset) != sizeof offset) break;
    }
    ::raise(SIGKILL);
    std::abort();
}

// What the last child committed.
std::int64_t run_and_kill(const std::string& place, std::uint64_t seed, std::int64_t from) {
    int ends[2];
    int permits[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::pipe(permits), 0);
    const auto random = std::mt19937_64(seed)();
    const std::string allowed(1 + random % 25, '.');
    EXPECT_EQ(::write(permits[1], allowed.data(), allowed.size()),
              static_cast<ssize_t>(allowed.size()));
    const auto child = ::fork();
    if (child == 0) write_until_killed(place, seed, from, permits[0], ends[1]);
    ::close(ends[1]);
    // In the middle of the last ones.
    auto messages = static_cast<int>((random >> 32) % allowed.size());
    std::int64_t committed = from;
    while (messages-- > 0 && ::read(ends[0], &committed, sizeof committed) == sizeof committed) {
    }
    ::kill(child, SIGKILL);
    // What it told before it died counts, too.
    while (::read(ends[0], &committed, sizeof committed) == sizeof committed) {
    }
    ::close(ends[0]);
    ::close(permits[0]);
    ::close(permits[1]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return committed;
}

TEST(kill, a_killed_process_neither_loses_repeats_nor_tears_a_record) {
    const auto place = std::filesystem::temp_directory_path() /
                       ("weir_file_sink_kill_" + std::to_string(::getpid()));
    std::filesystem::remove_all(place);
    std::int64_t committed = 0;
    int kills = 0;
    for (; kills < 25; ++kills)
        committed = run_and_kill(place.string(), static_cast<std::uint64_t>(kills), committed);
    const auto task = start(place.string(), 99, committed);
    ASSERT_NE(task, nullptr);
    for (auto next = committed; next < record_count; next += 50)
        ASSERT_TRUE(put_from(*task, next));
    ASSERT_TRUE(task->flush().is_ok());
    EXPECT_EQ(committable(*task, "t", 0, record_count), record_count);

    std::map<std::string, int> seen;
    for (const auto& each : std::filesystem::recursive_directory_iterator(place)) {
        const auto path = each.path().string();
        EXPECT_FALSE(path.ends_with(".inprogress")) << path;
        if (!path.ends_with(".jsonl")) continue;
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);)
            ++seen[line];
    }
    int lost = 0;
    int repeated = 0;
    for (std::int64_t offset = 0; offset < record_count; ++offset) {
        const auto times = seen[line_of(offset)];
        lost += times == 0 ? 1 : 0;
        repeated += times > 1 ? times - 1 : 0;
    }
    const auto torn = static_cast<std::int64_t>(seen.size()) - record_count;
    std::printf("%d kills, the last at offset %ld: lost %d, repeated %d, torn %ld of %ld\n", kills,
                committed, lost, repeated, torn, record_count);
    EXPECT_EQ(lost + repeated + torn, 0);
    std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace weir::connectors::file::sink::test
