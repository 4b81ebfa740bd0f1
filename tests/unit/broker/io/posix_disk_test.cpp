// Goal: the real disk does what the seam promises. Method: a directory of its own below the
// temporary one.
#include "broker/io/posix_disk.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace weir::broker::io {
namespace {

class posix_disks : public testing::Test {
  protected:
    posix_disks()
        : root_(std::filesystem::temp_directory_path() /
                ("weir-disk-test-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(root_);
        disk_ = std::move(*open_posix_disk(root_.string()));
    }
    ~posix_disks() override { std::filesystem::remove_all(root_); }

    std::string text_of(const std::string& path) {
        const auto content = read_file(*disk_, path, 1 << 20);
        return content ? std::string(base::as_text(*content)) : "(" + content.error().message + ")";
    }

    std::filesystem::path root_;
    std::unique_ptr<disk> disk_;
};

TEST_F(posix_disks, bytes_stand_where_they_were_written) {
    const auto file = *disk_->open("a", open_mode::create);
    const base::bytes_view pieces[] = {base::as_bytes("one"), {}, base::as_bytes("two")};
    ASSERT_TRUE(file->write_at(2, pieces).has_value());
    ASSERT_TRUE(file->sync().has_value());
    EXPECT_EQ(*file->size(), 8U);
    base::bytes read(10);
    EXPECT_EQ(*file->read_at(1, read), 7U);
    EXPECT_EQ(base::as_text(read).substr(1, 6), "onetwo");
    EXPECT_EQ(*file->read_at(100, read), 0U);
    ASSERT_TRUE(file->truncate(5).has_value());
    EXPECT_EQ(*file->size(), 5U);
}

TEST_F(posix_disks, more_pieces_than_one_system_call_takes_are_written) {
    const auto file = *disk_->open("a", open_mode::create);
    const std::vector<base::bytes_view> pieces(5000, base::as_bytes("ab"));
    ASSERT_TRUE(file->write_at(0, pieces).has_value());
    EXPECT_EQ(*file->size(), 10'000U);
}

TEST_F(posix_disks, what_is_missing_is_made_only_on_request) {
    const auto missing = disk_->open("a", open_mode::read_write);
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().code, ENOENT);
    EXPECT_NE(missing.error().message.find("a: No such file"), std::string::npos);
    EXPECT_FALSE(*disk_->exists("a"));
    ASSERT_TRUE(disk_->open("a", open_mode::create).has_value());
    EXPECT_TRUE(*disk_->exists("a"));
    EXPECT_TRUE(disk_->remove("a").has_value());
    EXPECT_TRUE(disk_->remove("a").has_value());
    EXPECT_TRUE(disk_->remove_tree("a").has_value());
}

TEST_F(posix_disks, a_directory_is_listed_in_order) {
    ASSERT_TRUE(disk_->make_directory("d").has_value());
    ASSERT_TRUE(disk_->make_directory("d").has_value());
    for (const auto* name : {"d/c", "d/a", "d/b"})
        ASSERT_TRUE(disk_->open(name, open_mode::create).has_value());
    ASSERT_TRUE(disk_->make_directory("d/e").has_value());
    std::string names;
    for (const auto& each : *disk_->list("d"))
        names += each.name + (each.is_directory ? "/ " : " ");
    EXPECT_EQ(names, "a b c e/ ");
    EXPECT_FALSE(disk_->list("nowhere").has_value());
    ASSERT_TRUE(disk_->rename("d", "f").has_value());
    EXPECT_TRUE(*disk_->exists("f/a"));
    ASSERT_TRUE(disk_->remove_tree("f").has_value());
    EXPECT_FALSE(*disk_->exists("f"));
}

TEST_F(posix_disks, replacing_a_file_is_all_or_nothing) {
    ASSERT_TRUE(replace_file(*disk_, "a", base::as_bytes("longer")).has_value());
    ASSERT_TRUE(replace_file(*disk_, "a", base::as_bytes("new")).has_value());
    EXPECT_EQ(text_of("a"), "new");
    EXPECT_FALSE(*disk_->exists("a.tmp"));
    ASSERT_TRUE(overwrite_file(*disk_, "a", base::as_bytes("x")).has_value());
    EXPECT_EQ(text_of("a"), "x");
    EXPECT_FALSE(replace_file(*disk_, "no/where", base::as_bytes("x")).has_value());
}

TEST_F(posix_disks, a_file_that_is_too_large_is_not_read) {
    ASSERT_TRUE(overwrite_file(*disk_, "a", base::as_bytes("12345")).has_value());
    const auto read = read_file(*disk_, "a", 4);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, EFBIG);
}

TEST_F(posix_disks, the_root_is_made_with_its_parents_and_has_space) {
    const auto deep = open_posix_disk((root_ / "x/y/z").string());
    ASSERT_TRUE(deep.has_value());
    const auto space = (*deep)->space();
    ASSERT_TRUE(space.has_value());
    EXPECT_GT(space->total_bytes, space->usable_bytes / 2);
    EXPECT_TRUE((*deep)->sync_directory(".").has_value());
    EXPECT_TRUE((*deep)->sync_all().has_value());
}

}  // namespace
}  // namespace weir::broker::io
