// Goal: text and numbers in JSON are those of Kafka's tools, whatever bytes stand in a record.
// Method: values and what Jackson and java.lang print for them.
#include "broker/protocol/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weir::broker::protocol {
namespace {

std::string text_of(std::string_view value) {
    json_writer out;
    out.put_text(value);
    return std::move(out).take();
}

TEST(json_writer, separates_members_and_elements) {
    json_writer out;
    out.begin_object();
    out.key("a");
    out.put_number(std::int64_t{1});
    out.key("b");
    out.begin_array();
    out.put_bool(true);
    out.begin_object();
    out.end_object();
    out.put_null();
    out.end_array();
    out.key("c");
    out.put_raw("{}");
    out.end_object();
    EXPECT_EQ(out.text(), R"({"a":1,"b":[true,{},null],"c":{}})");
}

TEST(json_writer, escapes_as_jackson_does) {
    EXPECT_EQ(text_of("a\"b\\c/\x7f"), "\"a\\\"b\\\\c/\x7f\"");
    EXPECT_EQ(text_of("\b\f\n\r\t"), R"("\b\f\n\r\t")");
    EXPECT_EQ(text_of(std::string_view("\0\x1f", 2)), R"("\u0000\u001F")");
    EXPECT_EQ(text_of("é€😀"), "\"é€😀\"");
}

TEST(json_writer, numbers_are_written_as_java_does) {
    EXPECT_EQ(to_java_text(0.0), "0.0");
    EXPECT_EQ(to_java_text(-0.0), "-0.0");
    EXPECT_EQ(to_java_text(1.0), "1.0");
    EXPECT_EQ(to_java_text(0.001), "0.001");
    EXPECT_EQ(to_java_text(0.00025), "2.5E-4");
    EXPECT_EQ(to_java_text(9999999.5), "9999999.5");
    EXPECT_EQ(to_java_text(1e7), "1.0E7");
    EXPECT_EQ(to_java_text(-1.5e300), "-1.5E300");
    EXPECT_EQ(to_java_text(0.1F), "0.1");
    EXPECT_EQ(to_java_text(16777216.0F), "1.6777216E7");
    EXPECT_EQ(to_java_text(std::numeric_limits<double>::infinity()), "Infinity");
    EXPECT_EQ(to_java_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(json_writer, bytes_are_base64) {
    json_writer out;
    out.begin_array();
    for (const std::string_view each : {"", "a", "ab", "abc", "abcd"})
        out.put_base64(base::as_bytes(each));
    out.end_array();
    EXPECT_EQ(out.text(), R"(["","YQ==","YWI=","YWJj","YWJjZA=="])");
}

}  // namespace
}  // namespace weir::broker::protocol
