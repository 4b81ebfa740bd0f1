// Goal: no position is ever given ahead of a record that is not acknowledged, none of the middle of
// a unit, and in the end all of them are. Method: seeded histories of batches that are acknowledged
// in any order, against a model that knows every record.
#include "connect/worker/core/offset_tracker.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/prng.hpp"

namespace weir::connect::worker::core {
namespace {

TEST(offset_tracker, gives_positions_of_the_acknowledged_prefix_only) {
    offset_tracker tracker;
    tracker.add(2, {{"{\"f\":1}", "{\"o\":1}"}}, false);
    tracker.add(1, {{"{\"f\":1}", "{\"o\":2}"}}, false);
    tracker.acknowledge(2);
    EXPECT_FALSE(tracker.take().has_value());
    tracker.acknowledge(1);
    EXPECT_FALSE(tracker.take().has_value());
    tracker.acknowledge(1);
    const auto done = tracker.take();
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->batches, 2U);
    EXPECT_EQ(done->positions, (std::vector<position>{{"{\"f\":1}", "{\"o\":2}"}}));
    EXPECT_FALSE(tracker.has_content());
}

TEST(offset_tracker, holds_back_a_unit_that_goes_on) {
    offset_tracker tracker;
    tracker.add(0, {{"a", "1"}}, false);
    tracker.add(1, {{"a", "2"}}, true);
    EXPECT_TRUE(tracker.is_open());
    tracker.acknowledge_all();
    EXPECT_EQ(tracker.take()->positions, (std::vector<position>{{"a", "1"}}));
    EXPECT_FALSE(tracker.take().has_value());
    tracker.add(0, {}, false);
    const auto done = tracker.take();
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->batches, 3U);
    EXPECT_EQ(done->positions, (std::vector<position>{{"a", "2"}}));
}

TEST(offset_tracker, ignores_acknowledgements_of_batches_that_it_does_not_have) {
    offset_tracker tracker;
    tracker.acknowledge(0);
    tracker.acknowledge(7);
    EXPECT_EQ(tracker.add(1, {}, false), 1U);
    tracker.acknowledge(2, 100);
    EXPECT_FALSE(tracker.take().has_value());
}

// What the model knows of a batch.
struct sent_batch {
    std::uint64_t waiting = 0;
    bool open = false;
};

void check(const progress& done, const std::vector<sent_batch>& sent, std::uint64_t taken) {
    ASSERT_GT(done.batches, taken);
    ASSERT_LE(done.batches, sent.size());
    for (std::uint64_t index = 0; index < done.batches; ++index)
        ASSERT_EQ(sent[index].waiting, 0U) << "batch " << index + 1;
    ASSERT_FALSE(sent[done.batches - 1].open);
    for (const auto& each : done.positions)
        ASSERT_LE(std::stoull(each.offset), done.batches);
}

TEST(offset_tracker, never_runs_ahead_of_data_in_random_histories) {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        base::prng random(seed);
        offset_tracker tracker;
        std::vector<sent_batch> sent;
        std::uint64_t taken = 0;
        for (int event = 0; event < 100; ++event) {
            const auto dice = random.below(10);
            if (dice < 4) {
                sent_batch made{.waiting = random.below(4), .open = random.below(4) == 0};
                std::vector<position> positions;
                // The offset is the number of the batch.
                if (random.below(3) > 0) {
                    positions.push_back({.partition = std::to_string(random.below(3)),
                                         .offset = std::to_string(sent.size() + 1)});
                }
                ASSERT_EQ(tracker.add(made.waiting, positions, made.open), sent.size() + 1);
                sent.push_back(made);
            } else if (dice < 9 && !sent.empty()) {
                const auto which = random.below(sent.size());
                if (sent[which].waiting == 0) continue;
                --sent[which].waiting;
                tracker.acknowledge(which + 1);
            } else if (const auto done = tracker.take()) {
                check(*done, sent, taken);
                taken = done->batches;
            }
        }
        tracker.acknowledge_all();
        tracker.add(0, {}, false);
        const auto done = tracker.take();
        ASSERT_TRUE(done.has_value());
        EXPECT_EQ(done->batches, sent.size() + 1);
        EXPECT_EQ(tracker.pending(), 0U);
    }
}

}  // namespace
}  // namespace weir::connect::worker::core
