// Goal: values and schemas are found, compared, copied and kept as Connect's data model has them.
// Method: a struct with everything in it, and small changes of it.
#include "connect/data/value.hpp"

#include <gtest/gtest.h>

#include <array>

#include "connect/data/schema.hpp"

namespace weir::connect::data {
namespace {

const schema* order_schema(schema_store& schemas, std::string_view name = "order") {
    const auto* price = schemas.keep({.type = WEIR_BYTES,
                                      .name = decimal_name,
                                      .version = 1,
                                      .parameters = {{text_of("scale"), text_of("2")}}});
    const auto* tags =
        schemas.keep({.type = WEIR_ARRAY, .optional = true, .item = schemas.plain(WEIR_STRING)});
    return schemas.keep({.type = WEIR_STRUCT,
                         .name = name,
                         .fields = {{text_of("id"), schemas.plain(WEIR_INT64)},
                                    {text_of("price"), price},
                                    {text_of("tags"), tags}}});
}

TEST(schema, equal_ones_are_kept_once) {
    schema_store schemas;
    const auto* first = order_schema(schemas);
    const auto count = schemas.count();
    EXPECT_EQ(order_schema(schemas), first);
    EXPECT_EQ(schemas.count(), count);
    EXPECT_NE(order_schema(schemas, "invoice"), first);
    schema_store others;
    const auto* elsewhere = others.keep_all(*first);
    EXPECT_NE(elsewhere, first);
    EXPECT_TRUE(equal(*elsewhere, *first));
    EXPECT_EQ(hash_of(*elsewhere), hash_of(*first));
}

TEST(schema, a_default_is_part_of_it) {
    schema_store schemas;
    const auto seven = make_integer(WEIR_INT32, 7);
    const auto eight = make_integer(WEIR_INT32, 8);
    const auto* first = schemas.keep({.type = WEIR_INT32, .initial = &seven});
    EXPECT_NE(schemas.keep({.type = WEIR_INT32, .initial = &eight}), first);
    EXPECT_EQ(schemas.keep({.type = WEIR_INT32, .initial = &seven}), first);
    EXPECT_EQ(first->initial->of.integer, 7);
}

TEST(schema, logical_types_go_by_name_and_type) {
    schema_store schemas;
    EXPECT_EQ(value_kind(*schemas.keep({.type = WEIR_INT32, .name = date_name})), WEIR_DATE);
    EXPECT_EQ(value_kind(*schemas.keep({.type = WEIR_INT64, .name = date_name})), WEIR_INT64);
}

TEST(value, fields_of_structs_and_maps_are_found_by_name) {
    schema_store schemas;
    const auto* with = order_schema(schemas);
    const std::array fields = {make_integer(WEIR_INT64, 5), make_decimal("\x0b\xb7", 2),
                               make_null()};
    const auto order = make_struct(fields, with);
    ASSERT_NE(find_field(order, "price"), nullptr);
    EXPECT_EQ(find_field(order, "price")->scale, 2);
    EXPECT_EQ(find_field(order, "cost"), nullptr);
    const std::array pairs = {make_string("a"), make_integer(WEIR_INT64, 1), make_string("b"),
                              make_string("two")};
    const auto map = make_map(pairs);
    EXPECT_EQ(map.count, 2U);
    EXPECT_EQ(text(*find_field(map, "b")), "two");
    EXPECT_EQ(find_field(map.of.items[0], "a"), nullptr);
}

TEST(value, a_deep_copy_outlives_its_original) {
    schema_store schemas;
    arena memory;
    value copied;
    {
        std::string tag = "a tag that is long enough to live on the heap";
        std::array tags = {make_string(tag)};
        std::array fields = {make_integer(WEIR_INT64, 5), make_decimal("\x0b\xb7", 2),
                             make_array(tags)};
        const auto order = make_struct(fields, order_schema(schemas));
        copied = deep_copy(order, memory);
        EXPECT_TRUE(equal(copied, order));
        tag.assign(tag.size(), '-');
        tags[0] = make_null();
        fields[0] = make_null();
        EXPECT_FALSE(equal(copied, order));
    }
    EXPECT_EQ(text(items(*find_field(copied, "tags"))[0]),
              "a tag that is long enough to live on the heap");
}

}  // namespace
}  // namespace weir::connect::data
