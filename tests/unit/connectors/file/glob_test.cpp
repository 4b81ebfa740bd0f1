// Goal: patterns match the paths that a shell would match, and say where to look for them.
// Method: a table of patterns and paths.
#include "connectors/file/source/glob.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::file {
namespace {

struct example {
    const char* pattern;
    const char* path;
    bool matches;
};

TEST(path_glob, matches_as_a_shell_does) {
    for (const auto& [pattern, path, matches] : {
             example{"a/*.log", "a/b.log", true},
             {"a/*.log", "a/b/c.log", false},
             {"a/*.log", "a/.log", true},
             {"a/**/*.log", "a/b.log", true},
             {"a/**/*.log", "a/b/c/d.log", true},
             {"a/**", "a/b/c", true},
             {"**/x", "x", true},
             {"a?[0-9].log", "ab7.log", true},
             {"a?[!0-9].log", "ab7.log", false},
             {"[]x].log", "].log", true},
             {"[x", "[x", true},
             {"a\\*b", "a*b", true},
             {"a\\*b", "axb", false},
             {"*a*b*c*", "xxaxxbxxcxx", true},
             {"*a*b*c*", "xxcxxbxxaxx", false},
             {"./a//b", "a/b", true},
         }) {
        EXPECT_EQ(glob(pattern).matches(path), matches) << pattern << " " << path;
    }
}

TEST(path_glob, says_where_a_walk_begins_and_how_deep_it_goes) {
    EXPECT_EQ(glob("/var/log/*/x.log").root(), "/var/log");
    EXPECT_EQ(glob("/var/log/*/x.log").depth(), 1);
    EXPECT_EQ(glob("/x.log").root(), "/");
    EXPECT_EQ(glob("*.log").root(), ".");
    EXPECT_EQ(glob("logs/x.log").depth(), 0);
    EXPECT_EQ(glob("logs/**/x.log").depth(), -1);
    EXPECT_TRUE(glob("a/*/c/*.log").may_match_below("a/b"));
    EXPECT_TRUE(glob("a/*/c/*.log").may_match_below("a/b/c"));
    EXPECT_FALSE(glob("a/*/c/*.log").may_match_below("a/b/d"));
}

}  // namespace
}  // namespace weir::connectors::file
