// Goal: KAFKA_* variables are options as in the usual container images; every value is checked.
// Method: environments and settings as lists; what they come to.
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace weir::config {
namespace {

settings read(std::vector<const char*> variables) {
    variables.push_back(nullptr);
    settings into;
    read_environment(variables.data(), into);
    return into;
}

TEST(environment, one_underscore_is_a_dot_two_an_underscore_three_a_dash) {
    const auto all = read({"KAFKA_NODE_ID=1", "KAFKA_A__B=2", "KAFKA_A___B_C=3"});
    EXPECT_EQ(all.find("node.id")->value, "1");
    EXPECT_EQ(all.find("node.id")->place, "KAFKA_NODE_ID");
    EXPECT_EQ(all.find("a_b")->value, "2");
    EXPECT_EQ(all.find("a-b.c")->value, "3");
}

TEST(environment, what_is_for_the_jvm_or_others_is_left_alone) {
    EXPECT_TRUE(
        read({"KAFKA_HEAP_OPTS=-Xmx1G", "KAFKA_OPTS=x", "PATH=p", "KAFKA", "="}).values.empty());
}

TEST(environment, the_cluster_id_has_a_name_of_its_own) {
    EXPECT_EQ(read({"CLUSTER_ID=abc"}).find("cluster.id")->value, "abc");
}

TEST(environment, a_value_may_hold_equals_signs_and_be_empty) {
    const auto all = read({"KAFKA_LISTENERS=A://h:1=2", "KAFKA_WEIR_METRICS_LISTENER="});
    EXPECT_EQ(all.find("listeners")->value, "A://h:1=2");
    EXPECT_EQ(all.find("weir.metrics.listener")->value, "");
}

TEST(check_settings, later_sources_come_over_earlier_ones) {
    settings into;
    read_properties("num.partitions=1\nnode.id=1\n", "f", into);
    const char* variables[] = {"KAFKA_NUM_PARTITIONS=2", nullptr};
    read_environment(variables, into);
    EXPECT_EQ(into.find("num.partitions")->value, "2");
    EXPECT_EQ(into.find("node.id")->value, "1");
}

TEST(check_settings, bad_values_are_errors_and_unknown_names_warnings_with_their_places) {
    settings into;
    read_properties("num.partitions=x\nnum.partitons=1\nzzz.zzz.zzz=1\nnode.id=-5\n", "f", into);
    check_settings(into);
    ASSERT_EQ(into.errors.size(), 2U);
    EXPECT_EQ(into.errors[0].text(), "f:4: node.id: '-5': Value must be at least 0");
    EXPECT_EQ(into.errors[1].text(), "f:1: num.partitions: 'x': Not a number of type INT");
    ASSERT_EQ(into.warnings.size(), 2U);
    EXPECT_EQ(into.warnings[0].text(),
              "f:2: num.partitons: unknown option, ignored; did you mean num.partitions?");
    EXPECT_EQ(into.warnings[1].text(), "f:3: zzz.zzz.zzz: unknown option, ignored");
}

}  // namespace
}  // namespace weir::config
