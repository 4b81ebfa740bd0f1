// Goal: no line that is still on the disk is lost, repeated or changed, whatever is done to the
// files while they are followed and while nobody follows them.
// Method: each scenario is done to real files, once under a running source and once between the
// crash of one and the start of the next; every line is different and compared exactly.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/unit/connectors/file/source_rig.hpp"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using lines = std::vector<std::string>;

// "a 1\n" ... "a N\n", and what the source has to give for it.
std::string made(const std::string& name, int count) {
    std::string out;
    for (int each = 1; each <= count; ++each)
        out += name + " " + std::to_string(each) + "\n";
    return out;
}
lines split(const std::string& content) {
    lines out;
    for (std::size_t at = 0; at < content.size();) {
        const auto end = std::min(content.find('\n', at), content.size());
        out.push_back(content.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

// With true the source is down while things are done.
class rotation : public testing::TestWithParam<bool> {
  protected:
    rotation() : rig("rotation") {}
    void begin() {
        ASSERT_TRUE(rig.start()) << rig.error();
        rig.drain();
    }
    void before() {
        if (GetParam()) rig.crash();
    }
    // Between two steps: a running source may look, or not.
    void between() {
        if (!GetParam()) rig.drain();
    }
    void after() {
        if (GetParam()) ASSERT_TRUE(rig.start()) << rig.error();
        rig.drain(std::chrono::milliseconds(150));
    }
    void expect(const std::string& content) {
        EXPECT_EQ(rig.texts(), split(content));
        if (HasFailure()) {
            for (const auto& line : rig.log())
                std::printf("log: %s\n", line.c_str());
        }
        // Once more from what is committed: nothing may come again.
        ASSERT_TRUE(rig.start()) << rig.error();
        rig.drain(std::chrono::milliseconds(60));
        EXPECT_EQ(rig.texts(), split(content)) << "after one more start";
    }

    source_rig rig;
    fs::path log = rig.path("app.log");
    fs::path one = rig.path("app.log.1");
    fs::path two = rig.path("app.log.2");
};

TEST_P(rotation, a_renamed_file_is_read_to_its_end_before_its_successor) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    fs::rename(log, one);
    write_file(log, made("c", 3));
    after();
    expect(made("a", 3) + made("b", 3) + made("c", 3));
}

TEST_P(rotation, several_generations_are_read_in_their_order) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 2));
    fs::rename(log, one);
    write_file(log, made("c", 4));
    between();
    fs::rename(one, two);
    fs::rename(log, one);
    write_file(log, made("d", 2));
    between();
    fs::rename(two, rig.path("app.log.3"));
    fs::rename(one, two);
    fs::rename(log, one);
    write_file(log, made("e", 1));
    after();
    expect(made("a", 3) + made("b", 2) + made("c", 4) + made("d", 2) + made("e", 1));
}

TEST_P(rotation, the_rest_of_a_gzipped_generation_is_read) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    fs::rename(log, one);
    gzip(one);
    write_file(log, made("c", 3));
    after();
    expect(made("a", 3) + made("b", 3) + made("c", 3));
}

TEST_P(rotation, the_rest_of_a_generation_compressed_with_zstd_is_read) {
    write_file(log, made("a", 500));
    begin();
    before();
    append(log, made("b", 700));
    fs::rename(log, one);
    zstd(one);
    write_file(log, made("c", 3));
    after();
    expect(made("a", 500) + made("b", 700) + made("c", 3));
}

TEST_P(rotation, generations_never_seen_are_read_compressed_or_not) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 1));
    fs::rename(log, two);
    gzip(two);
    write_file(one, made("c", 3));
    write_file(log, made("d", 3));
    after();
    expect(made("a", 3) + made("b", 1) + made("c", 3) + made("d", 3));
}

TEST_P(rotation, copytruncate_goes_on_in_the_copy_and_then_in_the_truncated_file) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    copytruncate(log, one);
    append(log, made("c", 2));
    after();
    expect(made("a", 3) + made("b", 3) + made("c", 2));
}

TEST_P(rotation, copytruncate_after_which_more_is_written_than_was_read) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    copytruncate(log, one);
    append(log, made("c", 500));
    after();
    expect(made("a", 3) + made("b", 3) + made("c", 500));
}

TEST_P(rotation, copytruncate_twice_in_a_row) {
    write_file(log, made("a", 300));
    begin();
    before();
    append(log, made("b", 3));
    copytruncate(log, one);
    append(log, made("c", 2));
    fs::rename(one, two);
    copytruncate(log, one);
    append(log, made("d", 2));
    after();
    expect(made("a", 300) + made("b", 3) + made("c", 2) + made("d", 2));
}

TEST_P(rotation, copytruncate_and_gzip_of_the_copy) {
    write_file(log, made("a", 300));
    begin();
    before();
    append(log, made("b", 3));
    copytruncate(log, one);
    gzip(one);
    append(log, made("c", 2));
    after();
    expect(made("a", 300) + made("b", 3) + made("c", 2));
}

TEST_P(rotation, a_copy_that_has_less_than_was_read_is_not_read_again) {
    write_file(log, made("a", 300));
    begin();
    // The copy was made before the last lines, which were still read before the truncation.
    write_file(one, read_file(log));
    append(log, made("b", 3));
    rig.drain();
    before();
    write_file(log, made("c", 2));
    after();
    expect(made("a", 300) + made("b", 3) + made("c", 2));
}

TEST_P(rotation, a_file_truncated_without_a_copy_is_read_from_its_beginning) {
    write_file(log, made("a", 3));
    begin();
    before();
    write_file(log, made("b", 1));
    after();
    expect(made("a", 3) + made("b", 1));
    EXPECT_TRUE(std::ranges::any_of(rig.log(), [](const std::string& line) {
        return line.find("truncated") != std::string::npos ||
               line.find("gone") != std::string::npos;
    }));
}

TEST_P(rotation, generations_that_begin_with_the_same_long_head) {
    const auto head = made("head", 400);
    write_file(log, head + made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    fs::rename(log, one);
    write_file(log, head + made("c", 3));
    between();
    fs::rename(one, two);
    fs::rename(log, one);
    write_file(log, head + made("d", 1));
    after();
    expect(head + made("a", 3) + made("b", 3) + head + made("c", 3) + head + made("d", 1));
}

TEST_P(rotation, tiny_generations_that_are_nothing_but_the_same_header) {
    write_file(log, "header\n");
    begin();
    before();
    fs::rename(log, one);
    write_file(log, "header\n");
    between();
    fs::rename(one, two);
    fs::rename(log, one);
    write_file(log, "header\nlast\n");
    after();
    expect("header\nheader\nheader\nlast\n");
}

TEST_P(rotation, copytruncate_of_a_tiny_file_that_begins_again_with_its_header) {
    write_file(log, "header\n");
    begin();
    before();
    append(log, made("a", 3));
    copytruncate(log, one);
    append(log, "header\n" + made("b", 2));
    after();
    expect("header\n" + made("a", 3) + "header\n" + made("b", 2));
}

TEST_P(rotation, a_file_deleted_and_made_again) {
    write_file(log, made("a", 3));
    begin();
    before();
    fs::remove(log);
    between();
    write_file(log, made("b", 3));
    after();
    expect(made("a", 3) + made("b", 3));
}

TEST_P(rotation, reused_inodes_do_not_confuse_files) {
    write_file(log, "header\n" + made("a", 3));
    begin();
    before();
    // Of several tries one gets the inode again, on most file systems.
    for (int each = 0; each < 5; ++each) {
        fs::remove(log);
        write_file(log, "header\n" + made("b", 2));
    }
    after();
    const auto got = rig.texts();
    const auto tail = split("header\n" + made("b", 2));
    ASSERT_GE(got.size(), tail.size());
    EXPECT_TRUE(std::equal(tail.rbegin(), tail.rend(), got.rbegin()));
}

TEST_P(rotation, a_symbolic_link_that_is_swapped) {
    write_file(rig.path("first.data"), made("a", 3));
    write_file(rig.path("second.data"), made("c", 3));
    fs::create_symlink("first.data", log);
    begin();
    before();
    append(rig.path("first.data"), made("b", 2));
    fs::create_symlink("second.data", rig.path("link"));
    fs::rename(rig.path("link"), log);
    after();
    expect(made("a", 3) + made("b", 2) + made("c", 3));
}

TEST_P(rotation, zeros_and_invalid_text_arrive_as_they_are) {
    const std::string odd("a\0b\xff\xfe\xc3(\x01", 8);
    write_file(log, odd + "\n");
    begin();
    before();
    append(log, odd + odd + "\n");
    fs::rename(log, one);
    gzip(one);
    write_file(log, std::string(1, '\0') + "\n" + odd + "\n");
    after();
    expect(odd + "\n" + odd + odd + "\n" + std::string(1, '\0') + "\n" + odd + "\n");
}

TEST_P(rotation, an_unfinished_last_line_of_a_rotated_file_is_given) {
    write_file(log, "a\nhalf");
    begin();
    EXPECT_EQ(rig.texts(), lines{"a"});
    before();
    append(log, " whole");
    fs::rename(log, one);
    write_file(log, "b\n");
    after();
    expect("a\nhalf whole\nb\n");
}

TEST_P(rotation, a_rotated_file_in_another_directory_is_found_by_a_pattern) {
    fs::create_directories(rig.path("archive"));
    rig.set("rotated", std::vector<std::string>{"{dir}/archive/{name}-*"});
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    fs::rename(log, rig.path("archive/app.log-20260101"));
    write_file(log, made("c", 3));
    between();
    fs::rename(log, rig.path("archive/app.log-20260102"));
    write_file(log, made("d", 3));
    after();
    expect(made("a", 3) + made("b", 3) + made("c", 3) + made("d", 3));
}

TEST_P(rotation, dates_before_the_extension_are_generations_too) {
    write_file(log, made("a", 3));
    begin();
    before();
    append(log, made("b", 3));
    fs::rename(log, rig.path("app-2026-01-01.log"));
    write_file(log, made("c", 3));
    between();
    fs::rename(log, rig.path("app-2026-01-02.log"));
    write_file(log, made("d", 3));
    after();
    expect(made("a", 3) + made("b", 3) + made("c", 3) + made("d", 3));
}

TEST_P(rotation, a_hole_after_a_truncation_is_no_line) {
    write_file(log, made("a", 300));
    begin();
    before();
    const auto size = fs::file_size(log);
    copytruncate(log, one);
    fs::resize_file(log, size);
    append(log, made("b", 3));
    after();
    expect(made("a", 300) + made("b", 3));
}

INSTANTIATE_TEST_SUITE_P(while_followed, rotation, testing::Values(false),
                         [](const auto&) { return "online"; });
INSTANTIATE_TEST_SUITE_P(while_down, rotation, testing::Values(true),
                         [](const auto&) { return "down"; });

}  // namespace
}  // namespace weir::test
