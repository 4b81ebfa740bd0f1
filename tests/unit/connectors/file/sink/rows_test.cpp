// Goal: rows as JSON Lines, CSV of RFC 4180 and raw bytes, of every kind of value. Method: values
// by hand, and what the formats say of them; files cut at every byte.
#include "connectors/file/sink/rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "connect/sdk/values.hpp"

namespace weir::connectors::file::sink {
namespace {

weir_value json(std::string_view text) {
    return sdk::text_value(WEIR_JSON, text);
}
row_options csv_options() {
    row_options out;
    out.format = row_format::csv;
    return out;
}
// The rows of JSON texts.
std::string csv(const row_options& options, std::initializer_list<std::string_view> texts) {
    row_writer writer(options);
    std::string out;
    for (const auto each : texts)
        EXPECT_EQ(writer.append(out, json(each)), "");
    return out;
}
std::string text(const weir_value& value) {
    std::string out;
    append_text(out, value);
    return out;
}
std::string as_json(const weir_value& value) {
    std::string out;
    append_json(out, value);
    return out;
}

TEST(rows, json_lines_are_the_values_and_line_breaks) {
    row_options options;
    row_writer writer(options);
    std::string out;
    EXPECT_EQ(writer.append(out, json("{\"a\":1}")), "");
    EXPECT_EQ(writer.append(out, sdk::null_value()), "");
    EXPECT_NE(writer.append(out, sdk::string_value("x")), "");
    EXPECT_EQ(out, "{\"a\":1}\nnull\n");
}

TEST(rows, raw_rows_are_bytes_with_a_delimiter) {
    row_options options;
    options.format = row_format::raw;
    options.delimiter = "--";
    row_writer writer(options);
    std::string out;
    EXPECT_EQ(writer.append(out, sdk::text_value(WEIR_BYTES, {"a\0b", 3})), "");
    EXPECT_EQ(writer.append(out, sdk::null_value()), "");
    EXPECT_EQ(out, std::string("a\0b----", 7));
}

TEST(rows, csv_quotes_what_needs_it) {
    EXPECT_EQ(
        csv(csv_options(), {R"({"a":"x,y","b":"say \"hi\"","c":"two\nlines","d":"","e":null})",
                            R"({"b":"B","a":1.50,"c":[1,"2"],"e":{"x":true}})"}),
        "a,b,c,d,e\r\n"
        "\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\",\"\",\r\n"
        "1.50,B,\"[1,\"\"2\"\"]\",,\"{\"\"x\"\":true}\"\r\n");
}

TEST(rows, csv_takes_columns_separator_and_header_from_the_options) {
    auto options = csv_options();
    options.columns = {"b", "nothing", "a"};
    options.separator = ';';
    EXPECT_EQ(csv(options, {R"({"a":"1;2","b":"3,4","c":5})"}), "b;nothing;a\r\n3,4;;\"1;2\"\r\n");
    options.header = false;
    EXPECT_EQ(csv(options, {R"({"a":1})"}), ";;1\r\n");
    row_writer writer(options);
    std::string out;
    EXPECT_EQ(writer.append(out, json(R"({"a":1,"c":2,"d":3})")), "");
    EXPECT_EQ(writer.left_out(), 2U);
}

TEST(rows, csv_needs_values_with_fields) {
    const auto options = csv_options();
    row_writer writer(options);
    std::string out;
    for (const auto* bad :
         {"5", "[1]", "\"x\"", "{\"a\":1", "{\"a\" 1}", "{a:1}", "{\"a\":}", "{} x"})
        EXPECT_NE(writer.append(out, json(bad)), "") << bad;
    EXPECT_NE(writer.append(out, sdk::null_value()), "") << "no columns yet";
    EXPECT_EQ(out, "");
    EXPECT_EQ(writer.append(out, json(" { \"\\u00fc\\ud83d\\ude00\" : \"\\u0041\\/\" } ")), "");
    EXPECT_EQ(out, "\u00fc\U0001F600\r\nA/\r\n");
}

TEST(rows, csv_takes_structs_and_maps) {
    const auto schema = sdk::plain_schema(WEIR_INT64);
    const weir_field fields[] = {{sdk::text("id"), &schema}, {sdk::text("n"), &schema}};
    const auto of = sdk::struct_schema(fields);
    const weir_value values[] = {sdk::integer_value(WEIR_INT64, 7), sdk::null_value()};
    const weir_value pairs[] = {sdk::string_value("n"), sdk::integer_value(WEIR_BOOLEAN, 1)};
    const auto options = csv_options();
    row_writer writer(options);
    std::string out;
    EXPECT_EQ(writer.append(out, sdk::struct_value(values, &of)), "");
    EXPECT_EQ(writer.append(out, sdk::map_value(pairs)), "");
    EXPECT_EQ(out, "id,n\r\n7,\r\n,true\r\n");
}

TEST(rows, values_are_texts_that_people_read) {
    EXPECT_EQ(text(sdk::real_value(WEIR_FLOAT64, 0.1)), "0.1");
    EXPECT_EQ(text(sdk::real_value(WEIR_FLOAT32, 0.1F)), "0.1");
    EXPECT_EQ(text(sdk::integer_value(WEIR_DATE, 20'000)), "2024-10-04");
    EXPECT_EQ(text(sdk::integer_value(WEIR_TIME, 3'723'004)), "01:02:03.004");
    EXPECT_EQ(text(sdk::integer_value(WEIR_TIMESTAMP, -1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(text(sdk::text_value(WEIR_BYTES, "any c")), "YW55IGM=");
    EXPECT_EQ(text(sdk::decimal_value("\x30\x39", 2)), "123.45");
    EXPECT_EQ(text(sdk::decimal_value("\xff", 3)), "-0.001");
    EXPECT_EQ(text(sdk::decimal_value("\x05", -2)), "500");
    EXPECT_EQ(text(sdk::decimal_value(std::string_view("\0", 1), 0)), "0");
    const std::string large("\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    EXPECT_EQ(text(sdk::decimal_value(large, 0)), "2361183241434822606847");
    const weir_value items[] = {sdk::string_value("a\"\n\x01"), sdk::null_value(),
                                sdk::integer_value(WEIR_DATE, 0),
                                sdk::real_value(WEIR_FLOAT64, INFINITY)};
    EXPECT_EQ(as_json(sdk::array_value(items)), R"(["a\"\n\u0001",null,"1970-01-01","inf"])");
}

// Where the rows of each beginning of the text end, found piece by piece.
void try_every_cut(const row_options& options, const std::string& whole,
                   const std::vector<std::size_t>& ends) {
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::size_t wanted = 0;
        for (const auto end : ends)
            wanted = end <= size ? end : wanted;
        for (const std::size_t piece : {1, 3, 1000}) {
            row_end_finder finder(options);
            for (std::size_t at = 0; at < size; at += piece)
                finder.take(std::string_view(whole).substr(at, std::min(piece, size - at)));
            EXPECT_EQ(finder.end(), wanted) << size << " bytes in pieces of " << piece;
        }
    }
}

TEST(rows, the_last_whole_row_is_found_wherever_a_file_is_cut) {
    try_every_cut({}, "a\nbcd\n\ne\n", {2, 6, 7, 9});
    row_options raw;
    raw.format = row_format::raw;
    raw.delimiter = "<>";
    try_every_cut(raw, "a<>b<c><>d", {3, 9});
    try_every_cut(csv_options(), "a,b\r\n\"x\ny\",\"\"\"\"\r\n1,2\r\n", {5, 17, 22});
}

}  // namespace
}  // namespace weir::connectors::file::sink
