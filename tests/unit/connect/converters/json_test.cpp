// Goal: JSON is read as Kafka's JsonConverter does, nothing that is no JSON is taken for it, and
// what is written is read again. Method: documents by hand; an outside parser says what is valid.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "connect/converters/converter.hpp"
#include "connect/converters/json_reader.hpp"
#include "connect/converters/json_writer.hpp"
#include "connect/data/decimal.hpp"

namespace weir::connect::converters {
namespace {

using data::value;

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

class json : public testing::Test {
  protected:
    std::string round_trip(std::string_view text) {
        const auto made = reader_.read(text, memory_);
        if (!made) return made.error();
        writer_.clear();
        EXPECT_TRUE(writer_.write(nullptr, *made).has_value());
        return std::string(writer_.view());
    }

    data::arena memory_;
    json_reader reader_;
    json_writer writer_;
};

TEST_F(json, documents_are_read_and_written_alike) {
    for (const std::string_view text :
         {R"({"a":1,"b":[true,false,null,"x",{"c":{}}],"d":-2.5,"":""})", "[]", "{}", "5", "null",
          R"("text")", R"({"long":9223372036854775807,"low":-9223372036854775808})",
          R"({"text":"\"\\\b\f\n\r\t\u001F é 漢 😀"})", R"([1.0E10,1.0E-4,0.001,1234567.0])"}) {
        EXPECT_EQ(round_trip(text), text);
    }
}

TEST_F(json, escapes_are_resolved_in_keys_and_values) {
    EXPECT_EQ(round_trip(R"({"\u0061\n":"\ud83d\ude00\/\u00e9"})"), R"({"a\n":"😀/é"})");
    EXPECT_EQ(round_trip(R"("half \ud800 of a pair")"), "\"half \xef\xbf\xbd of a pair\"");
}

TEST_F(json, numbers_are_those_of_java) {
    EXPECT_EQ(round_trip("[007, -0, -0.0, 1e400, 1e-400]"), R"([7,0,0.0,"Infinity",0.0])");
    // A BigInteger's longValue().
    EXPECT_EQ(round_trip("[18446744073709551617, 9223372036854775808]"),
              "[1,-9223372036854775808]");
}

TEST_F(json, of_members_with_one_name_the_last_counts) {
    EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
    std::string large = "{";
    for (int index = 0; index < 40; ++index)
        large += "\"k" + std::to_string(index % 20) + "\":" + std::to_string(index) + ",";
    large += "\"z\":0}";
    const auto made = reader_.read(large, memory_);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->count, 21U);
    EXPECT_EQ(data::find_field(*made, "k3")->of.integer, 23);
}

TEST_F(json, what_is_no_json_is_refused) {
    for (const std::string_view text : {"{",
                                        "}",
                                        "[1",
                                        "[1,]",
                                        "[1 2]",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{a:1}",
                                        "[tru]",
                                        "[truex]",
                                        "[nul]",
                                        "[1.]",
                                        "[.5]",
                                        "[1e]",
                                        "[+1]",
                                        "[--1]",
                                        "[1]2",
                                        "[1] x",
                                        "{}{}",
                                        "[\"a]",
                                        "[\"\\x\"]",
                                        "[\"\\u12\"]",
                                        "[\"a\nb\"]",
                                        "\"a\"b\"",
                                        "nope",
                                        "[\xff]",
                                        "\"\xff\"",
                                        "[NaN]",
                                        "{\"a\":[}]",
                                        "[\"a\"\"b\"]",
                                        "\"",
                                        "\"\\\"",
                                        "[1}",
                                        "{\"a\":1]",
                                        R"(["a":"b"}, 7])",
                                        R"({"a":"b":"c"})"}) {
        EXPECT_FALSE(reader_.read(text, memory_).has_value()) << text;
        EXPECT_FALSE(reader_.is_document(text)) << text;
        EXPECT_FALSE(nlohmann::json::accept(text)) << text;
    }
    EXPECT_TRUE(data::is_null(*reader_.read("  \n", memory_)));
}

TEST_F(json, depth_and_numbers_are_bounded) {
    EXPECT_TRUE(reader_.read(nested(json_depth_max), memory_).has_value());
    EXPECT_FALSE(reader_.read(nested(json_depth_max + 1), memory_).has_value());
    EXPECT_TRUE(reader_.is_document(nested(json_depth_max)));
    EXPECT_FALSE(reader_.is_document(nested(100'000)));
    EXPECT_FALSE(reader_.read(std::string(json_number_size_max + 1, '1'), memory_).has_value());
}

TEST_F(json, text_at_every_place_of_a_page_is_read_the_same) {
    std::vector<char> pages(3 * 4096, '#');
    const std::string_view text = R"({"key":"a text of some length","n":[1,2,3]})";
    for (std::size_t at = 4000; at < 4200; ++at) {
        std::ranges::copy(text, pages.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_EQ(round_trip({pages.data() + at, text.size()}), text);
    }
}

TEST_F(json, maps_with_other_keys_are_lists_of_pairs) {
    const std::array pairs = {data::make_integer(WEIR_INT32, 1), data::make_string("one")};
    ASSERT_TRUE(writer_.write(nullptr, data::make_map(pairs)).has_value());
    EXPECT_EQ(writer_.view(), R"([[1,"one"]])");
}

}  // namespace
}  // namespace weir::connect::converters
