// Goal: a TOML file is a tree with the place of every value, whatever way its keys are written.
// Method: files as texts; what the tree, its flat form and its errors are.
#include "config/document.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

std::vector<std::string> lines_of(const document& from) {
    std::vector<std::string> out;
    for (const auto& each : flattened(from.root))
        out.push_back(each.name + " = " + written_form(*each.value) + " @ " + each.value->place);
    return out;
}

TEST(document, keys_of_all_forms_are_the_same_dotted_names) {
    for (const auto* text :
         {"[a]\n\"b.c\" = 1\n", "[a]\nb.c = 1\n", "[a]\nb = { c = 1 }\n", "[a.b]\nc = 1\n"}) {
        const auto made = read_document(text, "f");
        ASSERT_TRUE(made.errors.empty()) << text;
        ASSERT_EQ(flattened(made.root).size(), 1U) << text;
        EXPECT_EQ(flattened(made.root)[0].name, "a.b.c") << text;
    }
}

TEST(document, entries_come_in_the_order_of_the_file_with_their_places) {
    const auto made = read_document("z = 1\na = \"t\"\n[m]\ny = true\nb = [1, \"two\"]\n", "f");
    EXPECT_EQ(lines_of(made),
              (std::vector<std::string>{"z = 1 @ f:1:5", "a = t @ f:2:5", "m.y = true @ f:4:5",
                                        "m.b = [1, \"two\"] @ f:5:5"}));
}

TEST(document, lists_of_tables_keep_their_tables) {
    const auto made =
        read_document("smt = [ { type = \"A\" },\n  { type = \"B\", x = 1 } ]\n", "f");
    const auto* steps = find_entry(made.root, "smt");
    ASSERT_NE(steps, nullptr);
    ASSERT_EQ(steps->value.items.size(), 2U);
    EXPECT_EQ(find_entry(steps->value.items[1], "type")->value.place, "f:2:12");
}

TEST(document, a_syntax_error_is_the_only_one_and_has_its_place) {
    const auto made = read_document("a = 1\nb = \n", "f");
    ASSERT_EQ(made.errors.size(), 1U);
    EXPECT_TRUE(made.errors[0].place.starts_with("f:2:")) << made.errors[0].place;
    EXPECT_TRUE(made.root.entries.empty());
}

TEST(document, texts_of_lists_are_joined_and_dates_have_none) {
    const auto made = read_document("a = [\"x\", 2, true]\nb = 1979-05-27\nc = [[1], 2]\n", "f");
    EXPECT_EQ(text_of(find_entry(made.root, "a")->value), "x,2,true");
    EXPECT_EQ(text_of(find_entry(made.root, "b")->value), std::nullopt);
    EXPECT_EQ(text_of(find_entry(made.root, "c")->value), "1,2");
}

}  // namespace
}  // namespace weir::config
