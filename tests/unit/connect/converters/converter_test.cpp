// Goal: each converter makes the values that its name says, tombstones stay tombstones, and schemas
// are read once. Method: bytes by hand, there and back.
#include "connect/converters/converter.hpp"

#include <gtest/gtest.h>

#include "connect/converters/json_converter.hpp"

namespace weir::connect::converters {
namespace {

using data::value;

class converters : public testing::Test {
  protected:
    value to_value(converter& by, std::string_view text) {
        const auto made = by.to_value(base::as_bytes(text), memory_, schemas_);
        EXPECT_TRUE(made.has_value()) << made.error();
        return made.value_or(data::make_null());
    }
    std::string to_text(converter& by, const value& from) {
        const auto made = by.to_bytes(from, memory_);
        if (!made) return made.error();
        return *made ? std::string(base::as_text(**made)) : "(none)";
    }
    std::unique_ptr<converter> make(std::string_view name, bool expand = false) {
        auto made = make_converter({.name = name, .expand_json = expand});
        EXPECT_TRUE(made.has_value());
        return std::move(*made);
    }

    data::arena memory_;
    data::schema_store schemas_;
};

TEST_F(converters, auto_asks_the_bytes_what_they_are) {
    const auto by = make("auto");
    EXPECT_EQ(to_value(*by, R"({"a":1})").kind, WEIR_JSON);
    EXPECT_EQ(to_value(*by, "[1,2]").kind, WEIR_JSON);
    EXPECT_EQ(to_value(*by, "{not json}").kind, WEIR_STRING);
    EXPECT_EQ(to_value(*by, "").kind, WEIR_STRING);
    EXPECT_EQ(to_value(*by, "5").kind, WEIR_STRING);
    EXPECT_EQ(to_value(*by, "\xff\xfe").kind, WEIR_BYTES);
    EXPECT_TRUE(data::is_null(*by->to_value(std::nullopt, memory_, schemas_)));
    EXPECT_EQ(data::text(to_value(*by, "{\n \"a\" : \"x y\"\r\n}\n")), R"({"a":"x y"})");
}

TEST_F(converters, auto_takes_json_apart_for_transforms) {
    const auto by = make("auto", true);
    const auto made = to_value(*by, R"({"a":{"b":7}})");
    ASSERT_EQ(made.kind, WEIR_MAP);
    EXPECT_EQ(data::find_field(*data::find_field(made, "a"), "b")->of.integer, 7);
    EXPECT_EQ(to_text(*by, made), R"({"a":{"b":7}})");
    EXPECT_EQ(to_value(*by, "{broken").kind, WEIR_STRING);
}

TEST_F(converters, bytes_and_strings_have_optional_schemas) {
    const auto strings = make("string");
    const auto text = to_value(*strings, "abc");
    EXPECT_EQ(text.schema->type, WEIR_STRING);
    EXPECT_EQ(text.schema->optional, 1);
    EXPECT_EQ(data::text(to_value(*strings, "a\xff")), "a\xef\xbf\xbd");
    const auto bytes = make("org.apache.kafka.connect.converters.ByteArrayConverter");
    EXPECT_EQ(to_value(*bytes, "\xff").kind, WEIR_BYTES);
    EXPECT_EQ(to_text(*bytes, text), "Invalid schema type for ByteArrayConverter: STRING");
    EXPECT_EQ(to_text(*strings, data::make_null()), "(none)");
}

TEST_F(converters, a_schema_is_read_once_and_written_once) {
    const auto by = make("json_schema");
    const std::string_view text =
        R"({"schema":{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},)"
        R"({"type":"string","optional":true,"field":"name"}],"optional":false},)"
        R"("payload":{"id":5,"name":null}})";
    const auto first = to_value(*by, text);
    ASSERT_EQ(first.kind, WEIR_STRUCT);
    const auto count = schemas_.count();
    EXPECT_EQ(to_value(*by, text).schema, first.schema);
    EXPECT_EQ(schemas_.count(), count);
    EXPECT_EQ(to_text(*by, first), text);
    EXPECT_EQ(to_text(*by, first), text);
    EXPECT_FALSE(by->to_value(base::as_bytes(R"({"id":5})"), memory_, schemas_).has_value());
}

TEST_F(converters, an_unknown_name_lists_those_there_are) {
    const auto none = make_converter({.name = "avro"});
    ASSERT_FALSE(none.has_value());
    EXPECT_NE(none.error().find("json_schema"), std::string::npos);
    EXPECT_FALSE(make_converter({.name = "json", .decimal_format = "TEXT"}).has_value());
}

TEST_F(converters, every_value_is_json_for_those_who_ask) {
    EXPECT_EQ(data::text(*to_json(data::make_string("a\"b"), memory_)), R"("a\"b")");
    EXPECT_EQ(data::text(*to_json(data::make_decimal("\x04\xd2", 2), memory_)), "12.34");
    EXPECT_TRUE(data::is_null(*to_json(data::make_null(), memory_)));
    const std::array items = {data::make_integer(WEIR_INT8, 1), data::make_null()};
    EXPECT_EQ(data::text(*to_json(data::make_array(items), memory_)), "[1,null]");
}

}  // namespace
}  // namespace weir::connect::converters
