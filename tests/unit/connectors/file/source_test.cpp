// Goal: what the options promise: lines, multiline events, long lines, fields, globs, compressed
// files, where reading begins, bounded descriptors, quick notice.
// Method: real files in a directory of the test; the source through the plugin ABI.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "tests/unit/connectors/file/source_rig.hpp"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using lines = std::vector<std::string>;

struct file_source : testing::Test {
    source_rig rig{"source"};
    fs::path log = rig.path("app.log");

    void run() {
        ASSERT_TRUE(rig.start()) << rig.error();
        rig.drain();
    }
};

TEST_F(file_source, ends_of_lines_may_be_lf_and_crlf_and_empty_lines_are_lines) {
    write_file(log, "a\r\n\r\n\nb\rc\n\r\r\nd");
    run();
    EXPECT_EQ(rig.texts(), (lines{"a", "", "", "b\rc", "\r"}));
    append(log, "\r");
    rig.drain();
    append(log, "\n");
    ASSERT_TRUE(rig.wait_for(6));
    EXPECT_EQ(rig.texts().back(), "d");
}

TEST_F(file_source, a_line_is_given_when_its_end_comes_and_not_before) {
    run();
    write_file(log, "one\ntw");
    ASSERT_TRUE(rig.wait_for(1));
    rig.drain(std::chrono::milliseconds(80));
    EXPECT_EQ(rig.texts(), lines{"one"});
    append(log, "o\n");
    ASSERT_TRUE(rig.wait_for(2));
    EXPECT_EQ(rig.texts().back(), "two");
}

TEST_F(file_source, what_was_not_committed_comes_again) {
    write_file(log, "a\nb\n");
    ASSERT_TRUE(rig.start());
    rig.poll(std::chrono::milliseconds(50));
    rig.poll(std::chrono::milliseconds(50));
    run();
    EXPECT_EQ(rig.texts(), (lines{"a", "b"}));
}

TEST_F(file_source, long_lines_are_cut_to_their_first_bytes) {
    rig.set("max_line_bytes", 16);
    write_file(log, std::string(16, 'x') + "\n" + std::string(17, 'y') + "\r\nz\n" +
                        std::string(16, 'v') + "\r\n" + std::string(3'000'000, 'w') + "\nend\n");
    run();
    EXPECT_EQ(rig.texts(), (lines{std::string(16, 'x'), std::string(16, 'y'), "z",
                                  std::string(16, 'v'), std::string(16, 'w'), "end"}));
}

TEST_F(file_source, the_rest_of_a_cut_line_is_skipped_after_a_restart_too) {
    rig.set("max_line_bytes", 16);
    write_file(log, std::string(100, 'x'));
    run();
    EXPECT_EQ(rig.texts(), lines{std::string(16, 'x')});
    rig.crash();
    append(log, std::string(100, 'x') + "\nnext\n");
    run();
    EXPECT_EQ(rig.texts(), (lines{std::string(16, 'x'), "next"}));
}

TEST_F(file_source, a_long_line_can_be_a_bad_record_with_path_and_offset) {
    rig.set("max_line_bytes", 16);
    rig.set("long_lines", "dead_letter");
    write_file(log, "a\n" + std::string(20, 'x') + "\nb\n");
    run();
    ASSERT_EQ(rig.records().size(), 3U);
    EXPECT_EQ(rig.records()[1].text, std::string(16, 'x'));
    EXPECT_NE(rig.records()[1].error.find(log.string() + ", offset 2"), std::string::npos);
    EXPECT_TRUE(rig.records()[2].error.empty());
    append(log, "c\nd\n");
    ASSERT_TRUE(rig.wait_for(5));
    EXPECT_TRUE(rig.records()[4].error.empty());
}

TEST_F(file_source, a_long_line_can_be_skipped_and_is_counted) {
    rig.set("max_line_bytes", 16);
    rig.set("long_lines", "skip");
    write_file(log, "a\n" + std::string(9'000'000, 'x') + "\nb\n");
    run();
    EXPECT_EQ(rig.texts(), (lines{"a", "b"}));
    ASSERT_TRUE(rig.start());
    rig.drain();
    EXPECT_EQ(rig.texts(), (lines{"a", "b"}));
}

TEST_F(file_source, events_of_several_lines_begin_where_the_pattern_matches) {
    rig.set("multiline.start", "^\\d{4}");
    rig.set("multiline.timeout", 60'000);
    write_file(log, "2026 a\r\n  b\n\n  c\xff\n2027 d\n");
    run();
    EXPECT_EQ(rig.texts(), lines{"2026 a\r\n  b\n\n  c\xff"});
    append(log, "  e\n2028 f\n");
    ASSERT_TRUE(rig.wait_for(2));
    EXPECT_EQ(rig.texts().back(), "2027 d\n  e");
    // After a crash the event that is not complete begins again.
    rig.crash();
    append(log, "  g\n2029\n");
    run();
    EXPECT_EQ(rig.texts().back(), "2028 f\n  g");
    EXPECT_EQ(rig.texts().size(), 3U);
}

TEST_F(file_source, an_event_is_complete_after_the_timeout_but_half_a_line_is_not) {
    rig.set("multiline.start", "^\\d{4}");
    rig.set("multiline.timeout", 40);
    run();
    write_file(log, "2026 a\n  b\n  ha");
    ASSERT_TRUE(rig.wait_for(1));
    EXPECT_EQ(rig.texts(), lines{"2026 a\n  b"});
    append(log, "lf\n");
    ASSERT_TRUE(rig.wait_for(2));
    EXPECT_EQ(rig.texts().back(), "  half");
}

TEST_F(file_source, events_are_bounded_in_bytes_and_lines) {
    rig.set("multiline.start", "^s");
    rig.set("multiline.timeout", 30);
    rig.set("multiline.max_lines", 3);
    rig.set("max_line_bytes", 20);
    write_file(log, "s\n1\n2\n3\n4\ns 45678901\n123456789012345\n" + std::string(30, 'x') + "\n");
    ASSERT_TRUE(rig.start());
    ASSERT_TRUE(rig.wait_for(5));
    EXPECT_EQ(rig.texts(),
              (lines{"s\n1\n2", "3\n4", "s 45678901", "123456789012345", std::string(20, 'x')}));
}

TEST_F(file_source, fields_go_into_a_struct_or_into_headers) {
    rig.set("fields", lines{"path", "host", "offset"});
    write_file(log, "a\nb\n");
    run();
    ASSERT_EQ(rig.records().size(), 2U);
    EXPECT_EQ(rig.records()[1].text, "b");
    EXPECT_EQ(rig.records()[1].fields.at("path"), log.string());
    EXPECT_EQ(rig.records()[1].fields.at("offset"), "2");
    EXPECT_FALSE(rig.records()[1].fields.at("host").empty());
    rig.set("into", "headers");
    append(log, "c\n");
    run();
    EXPECT_EQ(rig.records().back().text, "c");
    EXPECT_EQ(rig.records().back().fields.at("offset"), "4");
}

TEST_F(file_source, patterns_with_directories_and_excludes) {
    rig.set("paths", lines{rig.path("**/*.log").string(), rig.path("plain.txt").string()});
    rig.set("exclude", lines{"debug*", rig.path("x/**").string()});
    fs::create_directories(rig.path("a/b"));
    fs::create_directories(rig.path("x/y"));
    write_file(rig.path("a/b/deep.log"), "deep\n");
    write_file(rig.path("a/debug.log"), "no\n");
    write_file(rig.path("x/y/z.log"), "no\n");
    write_file(rig.path("plain.txt"), "plain\n");
    write_file(rig.path("other.txt"), "no\n");
    run();
    auto got = rig.texts();
    std::ranges::sort(got);
    EXPECT_EQ(got, (lines{"deep", "plain"}));
    // A directory that comes later is watched as well.
    fs::create_directories(rig.path("later/still"));
    write_file(rig.path("later/still/new.log"), "late\n");
    ASSERT_TRUE(rig.wait_for(3));
    append(rig.path("later/still/new.log"), "more\n");
    ASSERT_TRUE(rig.wait_for(4));
}

TEST_F(file_source, compressed_files_have_members_and_go_on_after_a_restart) {
    rig.set("paths", lines{rig.path("*").string()});
    std::string text;
    for (int each = 0; each < 60'000; ++each)
        text += "line " + std::to_string(each) + " of a compressed file\n";
    const auto half = text.size() / 2;
    write_file(rig.path("a.gz"),
               gzipped(text.substr(0, half)) + gzipped(text.substr(half)) + std::string(512, '\0'));
    write_file(rig.path("b.zst"), zstd_made(text.substr(0, half)) + zstd_made(text.substr(half)));
    std::size_t rounds = 0;
    while (true) {
        ASSERT_TRUE(rig.start());
        const auto before = rig.records().size();
        for (int each = 0; each < 4; ++each)
            rig.poll(std::chrono::milliseconds(10));
        rig.commit();
        if (rig.records().size() == before) break;
        ++rounds;
    }
    EXPECT_GE(rounds, 2U);
    EXPECT_EQ(rig.records().size(), 120'000U);
    auto got = rig.texts();
    std::ranges::sort(got);
    const auto first = std::ranges::unique(got);
    EXPECT_EQ(first.size(), 60'000U);
}

TEST_F(file_source, a_damaged_compressed_file_gives_what_is_whole_and_is_told) {
    rig.set("paths", lines{rig.path("*").string()});
    auto bytes = gzipped("whole\nlines\n") + gzipped(std::string(10'000, 'x') + "\n");
    bytes[bytes.size() - 12] ^= 0x55;
    bytes[bytes.size() - 2] ^= 0x55;
    write_file(rig.path("a.gz"), bytes);
    run();
    rig.drain(std::chrono::milliseconds(80));
    ASSERT_GE(rig.texts().size(), 2U);
    EXPECT_EQ(rig.texts()[1], "lines");
    EXPECT_TRUE(std::ranges::any_of(rig.log(), [](const std::string& line) {
        return line.find("damaged") != std::string::npos;
    }));
}

TEST_F(file_source, reading_from_the_end_is_for_files_of_the_very_first_start) {
    rig.set("read_from", "end");
    write_file(log, "before\nhalf");
    run();
    EXPECT_TRUE(rig.texts().empty());
    append(log, " whole\nafter\n");
    ASSERT_TRUE(rig.wait_for(2));
    EXPECT_EQ(rig.texts(), (lines{"half whole", "after"}));
    rig.crash();
    write_file(rig.path("later.log"), "later\n");
    append(log, "x\n");
    run();
    EXPECT_EQ(rig.texts().size(), 4U);
}

TEST_F(file_source, reading_from_the_end_of_nothing_reads_what_comes) {
    rig.set("read_from", "end");
    run();
    write_file(log, "first\n");
    ASSERT_TRUE(rig.wait_for(1));
}

TEST_F(file_source, rotated_files_that_were_there_before_are_not_read) {
    write_file(rig.path("app.log.1"), "ancient\n");
    make_older(rig.path("app.log.1"), 60);
    write_file(log, "a\n");
    run();
    rig.crash();
    fs::rename(rig.path("app.log.1"), rig.path("app.log.2"));
    fs::rename(log, rig.path("app.log.1"));
    write_file(log, "b\n");
    run();
    gzip(rig.path("app.log.2"));
    rig.drain();
    EXPECT_EQ(rig.texts(), (lines{"a", "b"}));
}

TEST_F(file_source, files_that_are_too_old_wait_until_they_are_written) {
    rig.set("ignore_older", 30'000);
    write_file(log, "old\n");
    make_older(log, 60);
    run();
    EXPECT_TRUE(rig.texts().empty());
    append(log, "young\n");
    ASSERT_TRUE(rig.wait_for(2));
}

TEST_F(file_source, thousands_of_files_with_few_descriptors) {
    rig.set("open_files_max", 16);
    constexpr int count = 3000;
    for (int each = 0; each < count; ++each)
        write_file(rig.path(std::to_string(each) + ".log"),
                   "same head\n" + std::to_string(each) + "\n");
    ASSERT_TRUE(rig.start());
    ASSERT_TRUE(rig.wait_for(2 * count));
    for (int each = 0; each < count; ++each)
        append(rig.path(std::to_string(each) + ".log"), std::to_string(count + each) + "\n");
    ASSERT_TRUE(rig.wait_for(3 * count));
    rig.drain(std::chrono::milliseconds(1100));
    EXPECT_LE(rig.metric("weir_file_source_open_files"), 16);
    auto got = rig.texts();
    std::erase(got, "same head");
    std::ranges::sort(got);
    EXPECT_TRUE(std::ranges::unique(got).empty());
    EXPECT_EQ(got.size(), 2U * count);
    run();
    EXPECT_EQ(rig.records().size(), 3U * count);
}

TEST_F(file_source, a_deleted_file_is_read_to_its_end_and_let_go) {
    std::string text;
    for (int each = 0; each < 50'000; ++each)
        text += std::to_string(each) + "\n";
    write_file(log, text);
    ASSERT_TRUE(rig.start());
    rig.poll(std::chrono::milliseconds(50));
    rig.poll(std::chrono::milliseconds(50));
    fs::remove(log);
    ASSERT_TRUE(rig.wait_for(50'000));
    rig.drain(std::chrono::milliseconds(1200));
    EXPECT_EQ(rig.metric("weir_file_source_open_files"), 0);
}

TEST_F(file_source, an_append_is_noticed_at_once_and_a_stop_ends_a_poll) {
    write_file(log, "a\n");
    run();
    std::thread writer([&] { append(log, "b\n"); });
    const auto begin = std::chrono::steady_clock::now();
    rig.poll(std::chrono::seconds(10));
    rig.commit();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    writer.join();
    EXPECT_EQ(rig.texts().size(), 2U);
    std::thread stopper([&] { rig.request_stop(); });
    rig.poll(std::chrono::seconds(10));
    stopper.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

TEST_F(file_source, an_edited_position_is_where_reading_goes_on) {
    write_file(log, "a\nb\nc\n");
    run();
    for (auto& [partition, offset] : rig.positions()) {
        const auto at = offset.find("\"position\":6");
        if (at == std::string::npos) continue;
        const auto inode = offset.find("\"device\"");
        offset = offset.substr(0, at) + "\"position\":2," +
                 offset.substr(inode, offset.find(",\"head_length\"") - inode) + "}";
    }
    run();
    EXPECT_EQ(rig.texts(), (lines{"a", "b", "c", "b", "c"}));
}

TEST_F(file_source, positions_of_another_connector_are_refused) {
    rig.positions()["{\"x\":1}"] = "{\"y\":2}";
    EXPECT_FALSE(rig.start());
    EXPECT_FALSE(rig.error().empty());
}

}  // namespace
}  // namespace weir::test
