// Goal: rotated names are known as generations of their log, other names are not.
// Method: a table of patterns, logs and paths.
#include "connectors/file/source/family.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::file {
namespace {

std::string log_of(const std::vector<std::string>& patterns, const std::string& path,
                   const std::vector<std::string>& logs) {
    log_index index;
    for (const auto& each : logs)
        index.add(each);
    return rotation_rules(patterns)
        .log_of(path, index, [](const std::string&) { return false; })
        .value_or("");
}

TEST(rotation_rules, find_the_log_of_a_rotated_name) {
    const std::vector<std::string> usual = {"{path}[.-][0-9]*", "{stem}[.-][0-9]*{ext}*"};
    const std::vector<std::string> logs = {"d/app.log", "d/app.log.1", "d/b[1].log"};
    EXPECT_EQ(log_of(usual, "d/app.log.1", logs), "d/app.log");
    EXPECT_EQ(log_of(usual, "d/app.log.1.gz", logs), "d/app.log");
    EXPECT_EQ(log_of(usual, "d/app-20260101.log", logs), "d/app.log");
    EXPECT_EQ(log_of(usual, "d/app-20260101.log.gz", logs), "d/app.log");
    EXPECT_EQ(log_of(usual, "d/b[1].log.2", logs), "d/b[1].log");
    EXPECT_EQ(log_of(usual, "d/app.log.swp", logs), "");
    EXPECT_EQ(log_of(usual, "e/app.log.1", logs), "");
    EXPECT_EQ(log_of(usual, "d/app.log", logs), "");
}

TEST(rotation_rules, know_other_directories) {
    const std::vector<std::string> logs = {"d/app.log"};
    EXPECT_EQ(log_of({"{dir}/old/{name}.*"}, "d/old/app.log.1", logs), "d/app.log");
    EXPECT_EQ(log_of({"/archive/{name}.*"}, "/archive/app.log.1", logs), "d/app.log");
    EXPECT_EQ(rotation_rules({"{dir}/old/{name}.*", "{path}.*"}).directories_of("d/app.log"),
              std::vector<std::string>{"d/old"});
    EXPECT_FALSE(rotation_rules::problem_of("old/*").empty());
    EXPECT_TRUE(rotation_rules::problem_of("{path}.*").empty());
}

}  // namespace
}  // namespace weir::connectors::file
