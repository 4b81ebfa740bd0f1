// Goal: a chain is made of Kafka's names or says all that is wrong at once, and runs its steps in
// order. Method: steps by hand; what each transform does is compared with Kafka's by tests/golden.
#include "transforms/smt/chain.hpp"

#include <gtest/gtest.h>

#include "connect/data/value.hpp"

namespace weir::transforms::smt {
namespace {

using namespace connect;

using steps = std::vector<data::transform_step>;

std::vector<data::transform_problem> problems_of(const steps& of) {
    auto made = make_chain(of);
    return made ? std::vector<data::transform_problem>{} : made.error();
}

TEST(chain, names_of_classes_stand_for_their_transforms) {
    EXPECT_TRUE(make_chain({}).has_value());
    EXPECT_TRUE(problems_of({{.type = "org.apache.kafka.connect.transforms.HoistField$Key",
                              .options = {{"field", "f"}}}})
                    .empty());
    EXPECT_TRUE(
        problems_of(
            {{.type = "Filter",
              .predicate = "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone"}})
            .empty());
}

TEST(chain, all_problems_are_found_at_once_with_suggestions) {
    const auto found = problems_of({{.type = "MaskFeild$Value"},
                                    {.type = "MaskField"},
                                    {.type = "Filter$Value"},
                                    {.type = "MaskField$Value", .options = {{"field", "a"}}},
                                    {.type = "Filter", .predicate = "HasHeader"}});
    ASSERT_EQ(found.size(), 6U);
    EXPECT_EQ(found[0].reason,
              "there is no transform \"MaskFeild$Value\"; did you mean MaskField?");
    EXPECT_NE(found[1].reason.find("MaskField$Key or MaskField$Value"), std::string::npos);
    EXPECT_EQ(found[2].reason, "Filter has neither $Key nor $Value");
    EXPECT_EQ(found[3].step, 3U);
    EXPECT_EQ(found[3].option, "field");
    EXPECT_EQ(found[3].reason, "unknown option; did you mean fields?");
    EXPECT_EQ(found[4].reason,
              "Missing required configuration \"fields\" which has no default value.");
    EXPECT_EQ(found[5].reason, "there is no predicate \"HasHeader\"; did you mean HasHeaderKey?");
}

TEST(chain, steps_run_in_order_and_a_failure_names_its_step) {
    const auto made = make_chain({{.type = "HoistField$Value", .options = {{"field", "outer"}}},
                                  {.type = "InsertField$Value", .options = {{"topic.field", "t"}}},
                                  {.type = "Filter",
                                   .predicate = "TopicNameMatches",
                                   .predicate_options = {{"pattern", "x"}}},
                                  {.type = "Cast$Value", .options = {{"spec", "outer:int8"}}}});
    ASSERT_TRUE(made.has_value());
    data::arena memory;
    data::record record = {};
    record.topic = data::text_of("orders");
    record.value = data::make_string("12");
    ASSERT_EQ((*made)->apply(record, memory), true);
    EXPECT_EQ(data::find_field(record.value, "outer")->kind, WEIR_INT8);
    EXPECT_EQ(data::text(*data::find_field(record.value, "t")), "orders");

    record.value = data::make_string("twelve");
    const auto failed = (*made)->apply(record, memory);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().transform, "Cast$Value");
    EXPECT_EQ(failed.error().reason, "Value (twelve) was out of range for requested data type");

    record.topic = data::text_of("x");
    record.value = data::make_string("12");
    EXPECT_EQ((*made)->apply(record, memory), false);
}

}  // namespace
}  // namespace weir::transforms::smt
