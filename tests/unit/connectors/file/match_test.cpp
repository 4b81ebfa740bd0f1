// Goal: the decision which file goes on from which position, rule by rule.
// Method: files and positions in memory; the contents are strings.
#include "connectors/file/source/match.hpp"

#include <gtest/gtest.h>

#include <map>

#include "connectors/file/source/content_hash.hpp"

namespace weir::connectors::file {
namespace {

class memory : public content {
  public:
    seen_file file(const std::string& path, std::uint64_t inode, const std::string& bytes) {
        contents[path] = bytes;
        seen_file out{.path = path,
                      .log = "app.log",
                      .file = {1, inode, static_cast<std::int64_t>(inode)},
                      .size = bytes.size(),
                      .modified_ns = static_cast<std::int64_t>(inode),
                      .current = path == "app.log",
                      .wanted = true};
        if (path.ends_with(".gz")) out.as = encoding::gzip;
        return out;
    }
    known_position known(const std::string& path, std::uint64_t inode, const std::string& bytes) {
        known_position out;
        out.at = {.id = path,
                  .path = path,
                  .log = "app.log",
                  .file = {1, inode, static_cast<std::int64_t>(inode)},
                  .offset = bytes.size()};
        delivered[path] = bytes;
        return out;
    }

    likeness compare(const position& at, const seen_file& file) override {
        const auto wanted = delivered[at.id].substr(0, at.offset);
        const auto& bytes = contents[file.path];
        if (bytes.starts_with(wanted)) return likeness::continues;
        return wanted.starts_with(bytes) ? likeness::spent : likeness::other;
    }
    bool begins(const seen_file& part, const seen_file& whole) override {
        return contents[whole.path].starts_with(contents[part.path]);
    }
    std::uint64_t length(const seen_file& file) override { return contents[file.path].size(); }

    std::map<std::string, std::string> contents;
    std::map<std::string, std::string> delivered;
};

struct file_matching : testing::Test {
    memory bytes;
    std::string text = std::string(2000, 'x');
};

TEST_F(file_matching, a_renamed_file_is_known_by_inode_and_content) {
    const std::vector known = {bytes.known("app.log", 1, text)};
    const std::vector files = {bytes.file("app.log.1", 1, text + "y"),
                               bytes.file("app.log", 2, "z")};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.kept.size(), 1U);
    EXPECT_EQ(out.kept[0].file, 0U);
    EXPECT_EQ(out.begun, std::vector<std::size_t>{1});
}

TEST_F(file_matching, an_inode_with_other_content_is_another_generation) {
    const std::vector known = {bytes.known("app.log", 1, text)};
    const std::vector files = {bytes.file("app.log", 1, "z")};
    const auto out = match(known, files, bytes);
    EXPECT_EQ(out.gone, std::vector<std::size_t>{0});
    EXPECT_EQ(out.begun, std::vector<std::size_t>{0});
}

TEST_F(file_matching, an_inode_born_at_another_time_is_another_file) {
    const std::vector known = {bytes.known("app.log", 1, "head\n")};
    auto file = bytes.file("app.log", 1, "head\nmore\n");
    file.file.born_ns = 5;
    const std::vector files = {file};
    EXPECT_EQ(match(known, files, bytes).begun, std::vector<std::size_t>{0});
}

TEST_F(file_matching, the_compressed_copy_goes_on_unless_the_original_is_still_there) {
    const std::vector known = {bytes.known("app.log.1", 1, text)};
    std::vector files = {bytes.file("app.log.1.gz", 3, text + "y")};
    auto out = match(known, files, bytes);
    ASSERT_EQ(out.moved.size(), 1U);
    EXPECT_FALSE(out.moved[0].spent);
    files.push_back(bytes.file("app.log.1", 1, text + "y"));
    out = match(known, files, bytes);
    EXPECT_EQ(out.held, std::vector<std::size_t>{0});
    EXPECT_EQ(out.kept.size(), 1U);
}

TEST_F(file_matching, a_short_head_in_common_is_no_evidence) {
    const std::vector known = {bytes.known("app.log", 1, "head\n")};
    const std::vector files = {bytes.file("app.log", 2, "head\nmore\n")};
    const auto out = match(known, files, bytes);
    EXPECT_EQ(out.gone.size(), 1U);
    EXPECT_EQ(out.begun.size(), 1U);
}

TEST_F(file_matching, a_younger_copy_that_differs_shows_a_truncation) {
    const std::vector known = {bytes.known("app.log", 1, "head\n")};
    const std::vector files = {bytes.file("app.log", 1, "head\nb\n"),
                               bytes.file("app.log.1", 2, "head\na\n")};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.moved.size(), 1U);
    EXPECT_EQ(out.moved[0].file, 1U);
    EXPECT_EQ(out.begun, std::vector<std::size_t>{0});
}

TEST_F(file_matching, a_copy_in_the_making_is_held) {
    const std::vector known = {bytes.known("app.log", 1, text)};
    const std::vector files = {bytes.file("app.log", 1, text),
                               bytes.file("app.log.1", 2, text.substr(0, 1500))};
    EXPECT_EQ(match(known, files, bytes).held, std::vector<std::size_t>{1});
}

TEST_F(file_matching, unknown_generations_begin_oldest_first_and_the_current_one_last) {
    const std::vector files = {bytes.file("app.log", 9, "d"), bytes.file("app.log.1", 8, "c"),
                               bytes.file("app.log.10", 7, "a"),
                               bytes.file("app.log.2.gz", 12, "b")};
    const auto out = match({}, files, bytes);
    EXPECT_EQ(out.begun, (std::vector<std::size_t>{2, 3, 1, 0}));
}

TEST_F(file_matching, a_rotated_file_is_never_current_again) {
    const std::vector known = {bytes.known("app.log.3", 1, text)};
    const std::vector files = {bytes.file("app.log", 2, text), bytes.file("app.log.1", 3, text),
                               bytes.file("app.log.4", 4, text + "y")};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.moved.size(), 1U);
    EXPECT_EQ(out.moved[0].file, 2U);
}

TEST_F(file_matching, of_several_copies_of_a_truncated_file_the_oldest_goes_on) {
    const std::vector known = {bytes.known("app.log", 1, "head\n")};
    const std::vector files = {bytes.file("app.log", 1, "head\nc\n"),
                               bytes.file("app.log.1", 3, "head\nb\n"),
                               bytes.file("app.log.2", 2, "head\na\n")};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.moved.size(), 1U);
    EXPECT_EQ(out.moved[0].file, 2U);
    EXPECT_EQ(out.begun, (std::vector<std::size_t>{1, 0}));
}

TEST_F(file_matching, a_file_found_late_comes_before_the_younger_ones) {
    auto one = bytes.known("app.log", 3, "c\n");
    one.at.generation = 5;
    const std::vector known = {one};
    const std::vector files = {bytes.file("app.log", 3, "c\n"), bytes.file("app.log.1", 2, "b\n")};
    const auto out = match(known, files, bytes);
    EXPECT_EQ(out.begun, std::vector<std::size_t>{1});
    EXPECT_EQ(out.begun_before, std::vector<std::size_t>{0});
}

TEST_F(file_matching, a_short_copy_is_evidence_when_others_begin_otherwise) {
    const std::vector known = {bytes.known("app.log", 1, "a\n")};
    const std::vector files = {bytes.file("app.log", 4, "z\n"),
                               bytes.file("app.log.1", 3, "a\nb\n")};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.moved.size(), 1U);
    EXPECT_EQ(out.moved[0].file, 1U);
}

TEST_F(file_matching, a_file_shorter_than_it_was_is_another_generation) {
    auto one = bytes.known("app.log", 1, "head\n");
    one.at.size = 100;
    const std::vector known = {one};
    const std::vector files = {bytes.file("app.log", 1, "head\nz\n")};
    EXPECT_EQ(match(known, files, bytes).begun, std::vector<std::size_t>{0});
}

TEST_F(file_matching, of_two_positions_in_one_file_the_younger_one_stays) {
    auto older = bytes.known("app.log", 1, "head\n");
    auto younger = older;
    older.at.generation = 1;
    older.at.gone = true;
    younger.at.generation = 2;
    const std::vector known = {older, younger};
    const std::vector files = {bytes.file("app.log", 1, "head\nz\n")};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.kept.size(), 1U);
    EXPECT_EQ(out.kept[0].known, 1U);
}

TEST_F(file_matching, a_compressed_file_with_the_time_of_the_original_is_its_copy) {
    auto one = bytes.known("app.log.1", 1, "head\n");
    one.at.modified_ns = 7;
    one.at.gone = true;
    const std::vector known = {one};
    auto copy = bytes.file("app.log.1.gz", 5, "head\n");
    copy.modified_ns = 7;
    const std::vector files = {bytes.file("app.log", 4, "head\n"), copy};
    const auto out = match(known, files, bytes);
    ASSERT_EQ(out.moved.size(), 1U);
    EXPECT_EQ(out.moved[0].file, 1U);
}

TEST_F(file_matching, a_head_in_common_does_not_show_that_all_was_read) {
    auto one = bytes.known("app.log.1", 1, "head\na\n" + text);
    one.at.marks = {{5, 0}};
    const std::vector known = {one};
    // It is `spent` for the marks only: what is after the head is not compared.
    bytes.delivered["app.log.1"] = "head\n" + std::string(20, 'b') + text;
    one.at.offset = bytes.delivered["app.log.1"].size();
    const std::vector files = {bytes.file("app.log", 4, "head\nz\n"),
                               bytes.file("app.log.1", 5, "head\n" + std::string(20, 'b'))};
    const auto out = match(known, files, bytes);
    EXPECT_EQ(out.gone, std::vector<std::size_t>{0});
    EXPECT_EQ(out.begun, (std::vector<std::size_t>{1, 0}));
}

TEST(content_hash, depends_on_bytes_and_length) {
    EXPECT_EQ(content_hash(""), content_hash(std::string_view()));
    EXPECT_NE(content_hash("a"), content_hash(std::string_view("a\0", 2)));
    EXPECT_EQ(content_hash("the quick brown fox"), content_hash("the quick brown fox"));
}

}  // namespace
}  // namespace weir::connectors::file
