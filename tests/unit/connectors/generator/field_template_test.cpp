// Goal: fields are made as their templates say. Method: many values of each, and what is wrong.
#include "connectors/generator/field_template.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weir::connectors::generator {
namespace {

class fields : public testing::Test {
  protected:
    weir_value make(std::string_view text, std::uint64_t number, std::uint64_t seed = 7) {
        const auto parsed = field_template::parse(text);
        EXPECT_TRUE(parsed.has_value()) << text;
        if (!parsed) return {};
        kept_ = *parsed;
        return kept_.make({.seed = seed, .number = number, .now_ms = 123}, words_, room_);
    }
    std::string text(std::string_view of, std::uint64_t number) {
        const auto made = make(of, number);
        return {made.of.data, made.count};
    }

    word_pool words_{1, 1000};
    field_template kept_ = *field_template::parse("seq");
    char room_[uuid_bytes] = {};
};

TEST_F(fields, numbers_stay_within_their_bounds_and_reach_them) {
    std::set<std::int64_t> seen;
    for (std::uint64_t number = 0; number < 1000; ++number) {
        seen.insert(make("int(-2, 2)", number).of.integer);
        const auto real = make("float(0.5,1.5)", number).of.real;
        EXPECT_TRUE(real >= 0.5 && real <= 1.5);
        EXPECT_LE(make("bool", number).of.integer, 1);
    }
    EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
    (void)make("int(-9223372036854775808,9223372036854775807)", 5);
}

TEST_F(fields, texts_are_as_they_are_asked_for) {
    std::set<std::string> uuids;
    for (std::uint64_t number = 0; number < 1000; ++number) {
        EXPECT_EQ(text("text(20)", number).size(), 20U);
        const auto uuid = text("uuid", number);
        EXPECT_EQ(uuid[14], '4') << uuid;
        EXPECT_TRUE(std::string_view("89ab").contains(uuid[19])) << uuid;
        EXPECT_EQ(uuid[8], '-');
        uuids.insert(uuid);
        const auto choice = text("choice(a, b ,c)", number);
        EXPECT_TRUE(choice == "a" || choice == "b" || choice == "c") << choice;
    }
    EXPECT_EQ(uuids.size(), 1000U);
    EXPECT_EQ(text("const(x y)", 3), "x y");
}

TEST_F(fields, times_and_numbers_of_records_go_on) {
    EXPECT_EQ(make("seq", 41).of.integer, 41);
    EXPECT_EQ(make("now", 41).of.integer, 123);
    EXPECT_EQ(make("time(1000,60)", 3).of.integer, 1180);
}

TEST_F(fields, the_same_seed_and_number_make_the_same) {
    EXPECT_EQ(text("uuid", 5), text("uuid", 5));
    EXPECT_EQ(make("int(0,1000000)", 5, 1).of.integer, make("int(0,1000000)", 5, 1).of.integer);
    EXPECT_NE(make("int(0,1000000)", 5, 1).of.integer, make("int(0,1000000)", 5, 2).of.integer);
}

TEST_F(fields, what_is_wrong_is_said) {
    for (const auto* bad : {"", "number", "int", "int(1)", "int(5,1)", "int(a,b)", "int(1,2",
                            "float(1,x)", "float(nan,1)", "text", "text(-1)", "text(9999999999)",
                            "choice", "uuid(1)", "time(1)", "seq()x"})
        EXPECT_FALSE(field_template::parse(bad).has_value()) << bad;
}

}  // namespace
}  // namespace weir::connectors::generator
