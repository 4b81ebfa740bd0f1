// Goal: lines are what stands between line ends, however the buffer grew; events begin where the
// start says.
// Method: examples, and random texts against a naive splitter, given in random pieces.
#include "connectors/file/source/split.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/prng.hpp"
#include "connectors/file/source/join.hpp"

namespace weir::connectors::file {
namespace {

using lines = std::vector<std::string>;

lines naive(const std::string& text, std::size_t most, bool last) {
    lines out;
    std::string line;
    const auto put = [&](bool ended) {
        if (ended && line.ends_with('\r')) line.pop_back();
        out.push_back(line.substr(0, most));
        line.clear();
    };
    for (const char each : text) {
        if (each == '\n') {
            put(true);
        } else {
            line += each;
        }
    }
    // Too long whatever comes: its beginning is known already.
    const bool too_long = line.size() > most + 1;
    if ((last && !line.empty()) || too_long) put(false);
    return out;
}

TEST(line_splitter, gives_what_a_naive_one_gives_in_whatever_pieces) {
    base::prng random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const auto size = random.below(40);
        for (std::uint64_t at = 0; at < size; ++at)
            text += "\n\r\0ab"[random.below(5)];
        const auto most = 1 + random.below(6);
        const bool last = random.below(2) == 0;
        lines got;
        split_state state;
        for (std::size_t end = 0;;) {
            end = std::min(text.size(), end + 1 + random.below(8));
            const bool over = end == text.size();
            const std::string piece = text.substr(0, end);
            split(piece, over && last, most, state, [&](const line_span& span) {
                got.push_back(piece.substr(span.begin, span.end - span.begin));
                return true;
            });
            if (over) break;
        }
        ASSERT_EQ(got, naive(text, most, last)) << testing::PrintToString(text) << " " << most;
    }
}

TEST(line_splitter, goes_on_where_it_was_stopped) {
    const std::string text = "a\nb\nc\n";
    split_state state;
    lines got;
    const auto one = [&](const line_span& span) {
        if (got.size() % 2 == 1) return false;
        got.push_back(text.substr(span.begin, span.end - span.begin));
        return true;
    };
    EXPECT_FALSE(split(text, false, 10, state, one));
    EXPECT_EQ(state.taken, 2U);
    got.push_back("stop");
    EXPECT_FALSE(split(text, false, 10, state, one));
    EXPECT_EQ(got, (lines{"a", "stop", "b"}));
}

TEST(line_joiner, events_are_contiguous_and_lose_nothing) {
    base::prng random(11);
    for (int round = 0; round < 5'000; ++round) {
        std::string text;
        const auto size = random.below(60);
        for (std::uint64_t at = 0; at < size; ++at)
            text += "\nsa"[random.below(3)];
        text += '\n';
        joiner join({1 + random.below(12), 1 + random.below(4)});
        std::size_t end = 0;
        const auto event = [&](const line_span& span) {
            EXPECT_EQ(span.begin, end);
            end = span.next;
            return true;
        };
        split_state state;
        split(text, false, 100, state, [&](const line_span& span) {
            return join.add(span, text[span.begin] == 's', event);
        });
        join.flush(event);
        ASSERT_EQ(end, text.size());
    }
}

}  // namespace
}  // namespace weir::connectors::file
