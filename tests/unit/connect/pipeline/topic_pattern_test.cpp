// Goal: patterns of topics meet exactly when one name fits both. Method: pairs of patterns; for
// short ones every name is tried.
#include "connect/pipeline/topic_pattern.hpp"

#include <gtest/gtest.h>

namespace weir::connect::pipeline {
namespace {

bool fits(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern[0] == '*') {
        return fits(pattern.substr(1), name) || (!name.empty() && fits(pattern, name.substr(1)));
    }
    if (name.empty()) return false;
    return (pattern[0] == '?' || pattern[0] == name[0]) && fits(pattern.substr(1), name.substr(1));
}

std::vector<std::string> words(std::string_view letters, std::size_t longest) {
    std::vector<std::string> out = {""};
    for (std::size_t begin = 0, size = 1; size <= longest; ++size) {
        const auto end = out.size();
        for (; begin < end; ++begin) {
            for (const char letter : letters)
                out.push_back(out[begin] + letter);
        }
    }
    return out;
}

TEST(topic_pattern, patterns_meet_when_a_name_fits_both) {
    const auto patterns = words("ab*?", 3);
    const auto names = words("ab", 6);
    for (const auto& left : patterns) {
        for (const auto& right : patterns) {
            bool met = false;
            for (const auto& name : names)
                met = met || (fits(left, name) && fits(right, name));
            ASSERT_EQ(patterns_meet(left, right), met) << left << " " << right;
        }
    }
}

TEST(topic_pattern, templates_are_patterns) {
    EXPECT_EQ(pattern_of_template("shop.{schema}.{table}"), "shop.*.*");
    EXPECT_EQ(pattern_of_template("plain"), "plain");
    EXPECT_EQ(pattern_of_template("a{b"), "a*");
}

TEST(topic_pattern, names_are_kafka_s) {
    EXPECT_TRUE(is_topic_name("logs.errors_1-x"));
    EXPECT_FALSE(is_topic_name(""));
    EXPECT_FALSE(is_topic_name(".."));
    EXPECT_FALSE(is_topic_name("a*"));
    EXPECT_FALSE(is_topic_name(std::string(250, 'a')));
    EXPECT_TRUE(is_topic_pattern("a*?"));
}

}  // namespace
}  // namespace weir::connect::pipeline
