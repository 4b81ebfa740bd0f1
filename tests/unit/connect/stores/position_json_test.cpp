// Goal: positions are written as Kafka Connect writes them, and what it wrote is read. Method: its
// own texts, round trips, and keys that are none.
#include "connect/stores/position_json.hpp"

#include <gtest/gtest.h>

namespace weir::connect::stores {
namespace {

TEST(position_json, writes_the_key_as_connect_does) {
    EXPECT_EQ(write_position_key("local-file-source", R"({"filename":"test.txt"})"),
              R"(["local-file-source",{"filename":"test.txt"}])");
    EXPECT_EQ(write_position_key("a\"b", "{}"), R"(["a\"b",{}])");
}

TEST(position_json, reads_what_it_writes) {
    const auto key = read_position_key(R"([ "shop" , { "server" : "shop" , "a" : 1 } ])");
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->component, "shop");
    EXPECT_EQ(key->partition, R"({"server":"shop","a":1})");
    EXPECT_EQ(read_position_key(write_position_key(key->component, key->partition)), key);
}

TEST(position_json, refuses_what_is_no_position) {
    for (const auto* text :
         {"", "[]", "{}", "[\"a\"]", "[1,{}]", "[\"a\",[]]", "[\"a\",{},1]", "[\"a\",{}", "null"}) {
        EXPECT_FALSE(read_position_key(text).has_value()) << text;
    }
    EXPECT_FALSE(compact_object("[1]").has_value());
    EXPECT_FALSE(compact_object("{\"a\":").has_value());
    EXPECT_FALSE(compact_object(std::string(100000, '[')).has_value());
    std::string deep;
    for (int level = 0; level < 1000; ++level)
        deep += "{\"a\":";
    EXPECT_FALSE(compact_object(deep).has_value());
    EXPECT_EQ(compact_object("{ \"z\" : 1, \"a\": [ 2.50, \"x\" ] }"), R"({"z":1,"a":[2.5,"x"]})");
}

}  // namespace
}  // namespace weir::connect::stores
