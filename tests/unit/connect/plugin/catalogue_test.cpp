// Goal: a shared object that is broken in any way is told of clearly, in time, and the others are
// used all the same. Method: real shared objects of plugins/, scanned by this program, which is
// also the one that tries them (main).
#include "connect/plugin/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace weir::connect::plugin {
namespace {

const std::string plugins = WEIR_TEST_PLUGINS;
constexpr std::chrono::milliseconds short_deadline{3000};

std::string verdict_on(const std::string& name) {
    return probe({plugins + "/broken/" + name + ".so"}, {.deadline = short_deadline})[0];
}

TEST(catalogue, a_whole_plugin_is_loaded_with_its_connectors) {
    catalogue all;
    all.scan({plugins, "no/such/directory"});
    EXPECT_TRUE(all.broken().empty());
    const auto* ticks = all.find(connector_kind::source, "ticks");
    ASSERT_NE(ticks, nullptr);
    EXPECT_EQ(ticks->version, "1.0");
    EXPECT_EQ(std::filesystem::path(ticks->file).filename(), "sample.so");
    EXPECT_NE(all.find(connector_kind::sink, "swallow"), nullptr);
    EXPECT_EQ(all.find(connector_kind::sink, "ticks"), nullptr);
    all.scan({plugins});
    EXPECT_EQ(all.all().size(), 2U);
}

TEST(catalogue, each_way_of_being_broken_is_told_apart) {
    EXPECT_TRUE(verdict_on("throwing").ends_with("exception when it is loaded: no mood"))
        << verdict_on("throwing");
    EXPECT_TRUE(verdict_on("crashing").starts_with("it crashes when it is loaded: Segm"))
        << verdict_on("crashing");
    const auto unresolved = verdict_on("unresolved");
    EXPECT_TRUE(unresolved.starts_with("it cannot be loaded: ") &&
                unresolved.contains("weir_test_function_of_nobody"))
        << unresolved;
    EXPECT_EQ(verdict_on("versioned"),
              "it was built for ABI version 2, this weir has 1; build it anew");
    EXPECT_TRUE(verdict_on("refusing").starts_with("it cannot work with ABI version 1"));
    EXPECT_EQ(verdict_on("speechless"), "it is no plugin: it has no symbol weir_plugin_entry");
    EXPECT_TRUE(verdict_on("garbage").starts_with("it crashes when it is loaded: "))
        << verdict_on("garbage");
    EXPECT_EQ(verdict_on("countless"), "it has 1073741824 connectors");
    EXPECT_EQ(verdict_on("throwing_entry"), "it throws an exception when it is loaded");
    EXPECT_TRUE(verdict_on("no_such_file").starts_with("it cannot be loaded: "));
}

TEST(catalogue, one_that_hangs_is_given_up_at_the_deadline) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(probe({plugins + "/broken/hanging.so"}, {.deadline = std::chrono::seconds(1)})[0],
              "it hangs: loading it took longer than 1 s");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

// It says nothing, and its process ends well: only the word at the end tells it apart.
TEST(catalogue, one_that_ends_the_process_is_not_taken_for_sound) {
    EXPECT_EQ(verdict_on("exiting"), "it ended the process that tried it, with code 0");
}

TEST(catalogue, the_others_are_loaded_beside_broken_ones) {
    catalogue all;
    all.scan({plugins + "/broken", plugins}, {.deadline = short_deadline});
    EXPECT_EQ(all.broken().size(), 11U);
    EXPECT_EQ(all.all().size(), 2U);
}

TEST(catalogue, a_type_that_is_taken_stays_with_the_first_one) {
    catalogue all;
    all.scan({plugins});
    EXPECT_FALSE(all.add(all.find(connector_kind::source, "ticks")->table));
    EXPECT_EQ(all.all().size(), 2U);
}

TEST(catalogue, the_search_path_begins_beside_the_program) {
    const auto path = search_path("a:b::c", {"d"});
    ASSERT_EQ(path.size(), 5U);
    EXPECT_TRUE(path[0].ends_with("/connectors"));
    EXPECT_EQ(path[1], "a");
    EXPECT_EQ(path[4], "d");
}

}  // namespace
}  // namespace weir::connect::plugin

int main(int count, char** values) {
    namespace plugin = weir::connect::plugin;
    if (count == 3 && std::string_view(values[1]) == plugin::probe_verb) {
        plugin::run_probe(values[2]);
    }
    testing::InitGoogleTest(&count, values);
    return RUN_ALL_TESTS();
}
