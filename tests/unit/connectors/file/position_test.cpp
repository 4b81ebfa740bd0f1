// Goal: positions come back from JSON as they were, whoever stored them; what is none is refused.
// Method: random positions there and back; texts that people may have edited.
#include "connectors/file/source/position.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "connectors/file/source/flat_json.hpp"

namespace weir::connectors::file {
namespace {

TEST(file_position, comes_back_as_it_was) {
    base::prng random(3);
    for (int round = 0; round < 2'000; ++round) {
        position at;
        at.id = "id" + std::to_string(round);
        at.path = "dir/\"quoted\"\n\\\x01\xff" + std::to_string(round);
        at.log = "dir/\xe2\x82\xac";
        at.file = {random.below(1 << 20), random.next() >> 1,
                   static_cast<std::int64_t>(random.next() >> 1)};
        at.as = static_cast<encoding>(random.below(3));
        for (int each = 0; each < 40; ++each) {
            at.offset += 1 + random.below(100'000);
            at.tail_length =
                static_cast<std::uint32_t>(std::min<std::uint64_t>(tail_bytes, at.offset));
            at.tail_hash = random.next();
            if (each < 39) add_mark(at);
        }
        at.head_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(head_bytes, at.offset));
        at.head_hash = random.next();
        at.size = random.below(1 << 30);
        at.modified_ns = static_cast<std::int64_t>(random.next() >> 1);
        at.generation = random.below(1000);
        at.inside = random.below(2) == 0;
        at.gone = random.below(2) == 0;
        ASSERT_LE(at.marks.size(), 12U);
        const auto back = decode_position(partition_of(at), offset_of(at));
        ASSERT_TRUE(back.has_value());
        ASSERT_EQ(*back, at);
    }
}

TEST(file_position, marks_are_dense_near_the_end) {
    position at;
    for (int each = 1; each <= 5'000; ++each) {
        at.offset = static_cast<std::uint64_t>(each) * 100;
        at.tail_length = static_cast<std::uint32_t>(std::min<std::uint64_t>(tail_bytes, at.offset));
        add_mark(at);
    }
    EXPECT_EQ(at.marks.front().offset, 100U);
    EXPECT_EQ(at.marks.back().offset, 500'000U);
    EXPECT_GE(at.marks[at.marks.size() - 3].offset, 499'000U);
    EXPECT_LE(at.marks[2].offset, 480'000U);
}

TEST(file_position, what_is_missing_is_not_compared) {
    const auto at = decode_position(R"({ "file" : "x" })",
                                    R"({"path":"a", "position": 5.0, "more":[1,{"a":null}]})");
    ASSERT_TRUE(at.has_value());
    EXPECT_EQ(at->offset, 5U);
    EXPECT_EQ(at->tail_length, 0U);
    EXPECT_EQ(at->log, "a");
}

TEST(file_position, what_is_none_is_refused) {
    for (const char* each :
         {"", "{", "{}", "[]", R"({"path":"a"})", R"({"path":"a","position":-1})",
          R"({"path":"a","position":1,})", R"({"path":"\ud800","position":1})",
          R"({"path":"a","position":1,"encoding":"lzma"})"})
        EXPECT_FALSE(decode_position(R"({"file":"x"})", each).has_value()) << each;
    EXPECT_FALSE(decode_position(R"({"paths":"x"})", R"({"path":"a","position":1})").has_value());
}

TEST(watch_mark, comes_back_as_it_was) {
    const watch_mark mark = {"logs/**/*.log", 1'796'081'996'369'286'471};
    EXPECT_EQ(decode_mark(partition_of(mark), offset_of(mark)), mark);
    EXPECT_FALSE(decode_mark(R"({"file":"x"})", offset_of(mark)).has_value());
}

}  // namespace
}  // namespace weir::connectors::file
