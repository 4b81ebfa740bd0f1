// Goal: the same on the machine's own disk: names, contents, compression, and a full one. Method: a
// temporary directory; the limit of a file's size (RLIMIT_FSIZE) stands for a full disk.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/connectors/file/sink/records.hpp"

namespace weir::connectors::file::sink::test {
namespace {

class machine_disk : public testing::Test {
  protected:
    machine_disk()
        : place_(std::filesystem::temp_directory_path() /
                 ("weir_file_sink_test_" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(place_);
    }
    ~machine_disk() override { std::filesystem::remove_all(place_); }

    std::unique_ptr<file_sink> start(const std::string& path, compression packing) {
        auto options = options_for(place_.string() + "/" + path);
        options.packing = packing;
        auto made = std::make_unique<file_sink>(sdk::host(), std::move(options),
                                                make_posix_disk(true), [] { return 0L; });
        EXPECT_TRUE(open(*made, "t", 0, 0).is_ok());
        return made;
    }
    // Puts lines of so many bytes until there are `count`.
    static put_answer take(file_sink& task, std::int64_t count, std::size_t size) {
        std::vector<sample> samples;
        for (std::int64_t offset = 0; offset < count; ++offset)
            samples.push_back({.offset = offset, .json = line(offset, size)});
        std::vector<weir_record> records;
        for (const auto& each : samples)
            records.push_back(each.record());
        return put(task, records);
    }
    static std::string line(std::int64_t offset, std::size_t size) {
        auto out = std::to_string(offset);
        for (std::size_t at = 0; out.size() < size; ++at)
            out += std::to_string(at * 7919 % 9973);
        return out;
    }
    static std::string lines(std::int64_t count, std::size_t size) {
        std::string out;
        for (std::int64_t offset = 0; offset < count; ++offset)
            out += line(offset, size) + '\n';
        return out;
    }
    std::string read(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream(place_ / name, std::ios::binary).rdbuf();
        return out.str();
    }

    std::filesystem::path place_;
};

TEST_F(machine_disk, a_finished_file_is_there_and_nothing_hidden_stays) {
    auto task = start("{topic}/a/{partition}-{offset}.jsonl", compression::none);
    EXPECT_TRUE(take(*task, 5000, 200).outcome.is_ok());
    EXPECT_TRUE(std::filesystem::exists(place_ / "t/a/.0-0.jsonl.inprogress"));
    EXPECT_TRUE(task->flush().is_ok());
    EXPECT_FALSE(std::filesystem::exists(place_ / "t/a/.0-0.jsonl.inprogress"));
    EXPECT_EQ(read("t/a/0-0.jsonl"), lines(5000, 200));
}

TEST_F(machine_disk, gzip_and_zstd_files_are_whole) {
    const auto wanted = lines(5000, 200);
    auto gzip = start("{partition}-{offset}.gz", compression::gzip);
    EXPECT_TRUE(take(*gzip, 5000, 200).outcome.is_ok());
    EXPECT_TRUE(gzip->flush().is_ok());
    gzip.reset();
    auto* file = ::gzopen((place_ / "0-0.gz").c_str(), "rb");
    ASSERT_NE(file, nullptr);
    std::string got(wanted.size() + 1, '\0');
    EXPECT_EQ(::gzread(file, got.data(), static_cast<unsigned>(got.size())),
              static_cast<int>(wanted.size()));
    EXPECT_EQ(::gzclose(file), Z_OK);
    got.resize(wanted.size());
    EXPECT_TRUE(got == wanted);

    std::filesystem::remove_all(place_);
    auto zstd = start("{partition}-{offset}.zst", compression::zstd);
    EXPECT_TRUE(take(*zstd, 5000, 200).outcome.is_ok());
    EXPECT_TRUE(zstd->flush().is_ok());
    const auto packed = read("0-0.zst");
    EXPECT_LT(packed.size(), wanted.size());
    auto* context = ::ZSTD_createDCtx();
    const auto size =
        ::ZSTD_decompressDCtx(context, got.data(), got.size(), packed.data(), packed.size());
    EXPECT_EQ(size, wanted.size());
    ::ZSTD_freeDCtx(context);
    EXPECT_TRUE(got == wanted);
}

TEST_F(machine_disk, a_write_that_fails_leaves_nothing_torn_and_goes_on_later) {
    rlimit before = {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 700'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    auto task = start("all.jsonl", compression::none);
    const auto first = take(*task, 8000, 200);
    EXPECT_EQ(first.outcome.status, WEIR_RETRY);
    EXPECT_TRUE(first.outcome.reason.contains("all.jsonl")) << first.outcome.reason;
    EXPECT_TRUE(read("all.jsonl").ends_with('\n'));
    EXPECT_EQ(lines(8000, 200).substr(0, read("all.jsonl").size()), read("all.jsonl"));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_TRUE(take(*task, 8000, 200).outcome.is_ok());
    EXPECT_EQ(committable(*task, "t", 0, 8000), 8000);
    EXPECT_TRUE(read("all.jsonl") == lines(8000, 200));
    std::signal(SIGXFSZ, handler);
}

TEST_F(machine_disk, a_place_that_is_no_file_is_said) {
    std::filesystem::create_directories(place_ / "all.jsonl");
    auto task = start("all.jsonl", compression::none);
    const auto answer = take(*task, 1, 10);
    EXPECT_EQ(answer.outcome.status, WEIR_FATAL);
    EXPECT_TRUE(answer.outcome.reason.contains("all.jsonl")) << answer.outcome.reason;
}

}  // namespace
}  // namespace weir::connectors::file::sink::test
