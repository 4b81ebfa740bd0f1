// Goal: lines become the records that Kafka's LineMessageReader makes of them, and bytes the text
// that its deserializers give. Method: lines and bytes with what must come out, errors included.
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/tools/console/deserializer.hpp"
#include "cli/tools/console/line_input.hpp"
#include "cli/tools/console/line_reader.hpp"

namespace weir::cli::tools::console {
namespace {

// A record on one line: headers, key and value, "-" for what is null.
std::string read(const std::vector<std::string>& settings, std::string_view line) {
    properties from;
    from.read_arguments(settings);
    auto reader = line_reader::create(from);
    if (!reader) return reader.error().message;
    reader->count_line();
    const auto record = reader->parse(line);
    if (!record) return record.error().message;
    std::string out;
    for (const auto& each : record->headers)
        out += fmt::format("{}={} ", each.key, each.value.value_or("-"));
    return out + fmt::format("{}|{}", record->key.value_or("-"), record->value.value_or("-"));
}

TEST(line_reader, a_line_is_a_value_unless_told_otherwise) {
    EXPECT_EQ(read({}, "a\tb"), "-|a\tb");
    EXPECT_EQ(read({"parse.key=true"}, "a\tb\tc"), "a|b\tc");
    EXPECT_EQ(read({"parse.key=TRUE", "key.separator=::"}, "::v"), "|v");
    EXPECT_EQ(read({"parse.key=true", "ignore.error=true"}, "abc"), "-|abc");
    EXPECT_EQ(read({"parse.key=true"}, "abc"), "No key separator found on line number 1: 'abc'");
}

TEST(line_reader, headers_are_pairs) {
    const std::vector<std::string> both = {"parse.key=true", "parse.headers=true"};
    EXPECT_EQ(read(both, "a:1,b:2:3\tk\tv"), "a=1 b=2:3 k|v");
    EXPECT_EQ(read(both, "a:1,,\tk\tv"), "a=1 k|v");
    EXPECT_EQ(read(both, "a\tk\tv"), "No header key separator found in pair 'a' on line number 1");
    EXPECT_EQ(read(both, "a:1"), "No headers delimiter found on line number 1: 'a:1'");
    EXPECT_EQ(read({"parse.headers=true", "headers.separator=[;/]"}, "a:1;b:2/c:3\tv"),
              "a=1 b=2 c=3 -|v");
}

TEST(line_reader, the_null_marker_makes_null) {
    const std::vector<std::string> all = {"parse.key=true", "parse.headers=true", "null.marker=N"};
    EXPECT_EQ(read(all, "a:N\tN\tN"), "a=- -|-");
    EXPECT_EQ(read(all, "N\tk\tv"), "k|v");
    EXPECT_EQ(read(all, "N:1\tk\tv"),
              "Header keys should not be equal to the null marker 'N' as they can't be null");
}

TEST(line_reader, separators_must_differ) {
    EXPECT_EQ(read({"headers.delimiter=,"}, ""),
              "headers.delimiter and headers.separator may not be equal");
    EXPECT_EQ(read({"null.marker=\t"}, ""), "null.marker and key.separator may not be equal");
}

TEST(line_input, lines_end_as_in_java) {
    using namespace std::chrono_literals;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string text = "one\ntwo\r\nthree\rfour\n\n\xff\r";
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    line_input input(ends[0]);
    std::vector<std::string> lines;
    while (input.next(0ms) == input_state::line)
        lines.emplace_back(input.line());
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three", "four", "", "\xef\xbf\xbd"}));
    // The newline that belongs to the \r comes late; a line without an end comes with the end.
    ASSERT_EQ(::write(ends[1], "\nlast", 5), 5);
    EXPECT_EQ(input.next(0ms), input_state::nothing_yet);
    ::close(ends[1]);
    EXPECT_EQ(input.next(1000ms), input_state::line);
    EXPECT_EQ(input.line(), "last");
    EXPECT_EQ(input.next(1000ms), input_state::end);
    ::close(ends[0]);
}

std::string text_of(const std::string& name, std::string_view data) {
    const auto found = find_deserializer("org.apache.kafka.common.serialization." + name);
    if (found == nullptr) return "no such class";
    std::string out;
    const auto read = found(base::as_bytes(data), out);
    return read ? out : read.error().message;
}

TEST(deserializers, give_the_text_that_java_prints) {
    using std::string_view_literals::operator""sv;
    EXPECT_EQ(text_of("StringDeserializer", "a\xff"), "a\xef\xbf\xbd");
    EXPECT_EQ(text_of("IntegerDeserializer", "\xff\xff\xff\xfe"), "-2");
    EXPECT_EQ(text_of("LongDeserializer", "\0\0\0\0\0\0\1\0"sv), "256");
    EXPECT_EQ(text_of("ShortDeserializer", "abc"),
              "Size of data received by ShortDeserializer is not 2");
    EXPECT_EQ(text_of("DoubleDeserializer", "\x3f\xf8\0\0\0\0\0\0"sv), "1.5");
    EXPECT_EQ(text_of("FloatDeserializer", "\x3d\xcc\xcc\xcd"), "0.1");
    EXPECT_EQ(text_of("BooleanDeserializer", "\1"), "true");
    EXPECT_EQ(text_of("BooleanDeserializer", "\2"),
              "Unexpected byte received by BooleanDeserializer: 2");
    EXPECT_EQ(text_of("BytesDeserializer", "a\\\xff"), "a\\x5C\\xFF");
    EXPECT_EQ(text_of("ByteBufferDeserializer", "abc"),
              "java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]");
    EXPECT_EQ(text_of("UUIDDeserializer", "1-2-3-4-5"), "00000001-0002-0003-0004-000000000005");
    EXPECT_EQ(text_of("UUIDDeserializer", "1-2-3-4"), "Error parsing data into UUID");
    EXPECT_EQ(text_of("NoDeserializer", ""), "no such class");
}

}  // namespace
}  // namespace weir::cli::tools::console
