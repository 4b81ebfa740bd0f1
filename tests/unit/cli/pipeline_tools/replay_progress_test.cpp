// Goal: no record is replayed twice and none is forgotten, whichever a filter chose. Method: by
// hand, and seeded histories against a set of offsets; what is committed comes back the same.
#include "cli/pipeline_tools/replay_progress.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/prng.hpp"

namespace weir::cli::pipeline_tools {
namespace {

TEST(replay_progress, what_is_done_in_order_needs_no_ranges) {
    replay_progress done(5);
    done.add(5, 5);
    done.add(6, 9);
    EXPECT_EQ(done.next(), 10);
    EXPECT_EQ(done.text(), "");
    EXPECT_TRUE(done.has(0));
    EXPECT_FALSE(done.has(10));
}

TEST(replay_progress, what_is_chosen_above_is_kept_until_the_gap_closes) {
    replay_progress done;
    done.add(3, 4);
    done.add(8, 8);
    done.add(6, 6);
    EXPECT_EQ(done.next(), 0);
    EXPECT_EQ(done.text(), "weir:3-4,6-6,8-8");
    done.add(5, 5);
    EXPECT_EQ(done.text(), "weir:3-6,8-8");
    done.add(0, 2);
    EXPECT_EQ(done.next(), 7);
    EXPECT_EQ(done.text(), "weir:8-8");
    done.begins_at(8);
    EXPECT_EQ(done.next(), 9);
    EXPECT_EQ(done.text(), "");
    done.add(12, 11);
    EXPECT_EQ(done.text(), "");
}

TEST(replay_progress, texts_of_others_are_refused) {
    for (const auto* each :
         {"x", "weir:x", "weir:1", "weir:9-8", "weir:5-6", "weir:8-9,10-11", "weir:8-9,8-9",
          "weir:8-9;", "weir:-8-9", "weir:8-99999999999999999999"})
        EXPECT_FALSE(replay_progress::parse(5, each)) << each;
    EXPECT_FALSE(replay_progress::parse(-1, ""));
    EXPECT_TRUE(replay_progress::parse(5, "weir:7-7,9-9"));
}

TEST(replay_progress, histories_agree_with_a_set_and_survive_a_commit) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        base::prng random(seed);
        replay_progress done;
        std::set<std::int64_t> model;
        for (int step = 0; step < 60; ++step) {
            const auto first = static_cast<std::int64_t>(random.below(100));
            const auto last = first + static_cast<std::int64_t>(random.below(4)) - 1;
            done.add(first, last);
            for (auto each = first; each <= last; ++each)
                model.insert(each);
            const auto back = replay_progress::parse(done.next(), done.text());
            ASSERT_TRUE(back) << done.text();
            ASSERT_EQ(*back, done);
            for (std::int64_t each = 0; each < 110; ++each)
                ASSERT_EQ(done.has(each), model.contains(each)) << seed << ": " << each;
        }
    }
}

}  // namespace
}  // namespace weir::cli::pipeline_tools
