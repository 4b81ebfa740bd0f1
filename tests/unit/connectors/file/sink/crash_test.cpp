// Goal: whatever crashes, fills up or moves to another task, each record is in one finished file,
// once and whole. Method: seeded histories against a disk in memory; a model of the topic says what
// must be there; the counts of lost, repeated and torn records are printed.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "tests/unit/connectors/file/sink/records.hpp"

namespace weir::connectors::file::sink::test {
namespace {

constexpr int partition_count = 3;
constexpr int records_a_partition = 300;
constexpr std::int64_t day_ms = 86'400'000;

struct counts {
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;
    std::uint64_t torn = 0;
    std::uint64_t crashes = 0;
    std::uint64_t full = 0;
    std::uint64_t files = 0;
};

class history {
  public:
    history(std::uint64_t seed, bool appended, counts& into)
        : random_(seed), medium_(seed + 1), appended_(appended), counts_(into) {
        for (int number = 0; number < partition_count; ++number)
            make_partition(number);
        shape_ = random_() % 4;
    }

    void run() {
        start();
        for (int step = 0; step < 400; ++step)
            take_step();
        finish();
        check(true);
        counts_.full += medium_.refused_writes;
        counts_.files += visible(medium_).size();
    }

  private:
    struct source {
        std::vector<sample> records;
        std::size_t next = 0;        // to put
        std::int64_t committed = 0;  // offset
    };

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    void make_partition(int number) {
        auto& of = sources_.emplace_back();
        std::int64_t offset = 0;
        for (int index = 0; index < records_a_partition; ++index) {
            // Late ones among them, and gaps as transactions and compaction leave them.
            const auto late = below(10) == 0 ? 1 : 0;
            const auto day = index / 100 + 20'000 - late;
            sample made;
            made.partition = number;
            made.offset = offset;
            made.timestamp_ms = day * day_ms + index;
            made.key = below(2) == 0 ? "a/../b" : "..";
            made.json = "{\"p\":" + std::to_string(number) + ",\"o\":" + std::to_string(offset) +
                        ",\"fill\":\"" + std::string(below(60), 'x') + "\"}";
            of.records.push_back(std::move(made));
            offset += below(8) == 0 ? 3 : 1;
        }
    }

    sink_options options() {
        static constexpr const char* exact[] = {
            "out/{topic}/dt={ts:%Y-%m-%d}/{partition}-{offset}.jsonl",
            "out/{partition}/{key}/{offset:12}.jsonl", "out/{topic}-{partition}-{offset}",
            "{topic}/{ts:%d}/{key}-{partition}-{offset}.jsonl"};
        static constexpr const char* loose[] = {"out/all.jsonl", "out/{topic}/{partition}.jsonl",
                                                "out/{ts:%Y-%m-%d}.jsonl", "{key}.jsonl"};
        auto out = options_for(appended_ ? loose[shape_] : exact[shape_]);
        out.roll_size_bytes = 100 + below(2000);
        out.roll_every_ms = static_cast<std::int64_t>(100 + below(1000));
        out.roll_idle_ms = static_cast<std::int64_t>(100 + below(1000));
        out.open_max = 1 + below(6);
        return out;
    }

    // A task that reads from what was committed.
    void start() {
        while (true) {
            sink_ = std::make_unique<file_sink>(sdk::host(), options(), make_crash_disk(medium_),
                                                [this] { return now_ms_; });
            bool opened = true;
            for (int number = 0; number < partition_count && opened; ++number)
                opened = open_partition(number);
            if (opened) return;
            crash();
        }
    }
    bool open_partition(int number) {
        auto& of = sources_[static_cast<std::size_t>(number)];
        of.next = 0;
        while (of.next < of.records.size() && of.records[of.next].offset < of.committed)
            ++of.next;
        return open(*sink_, "t", number, of.committed).is_ok();
    }
    std::int64_t taken(const source& of) const {
        const auto taken = of.next == 0 ? 0 : of.records[of.next - 1].offset + 1;
        return std::max(taken, of.committed);
    }

    void crash() {
        ++counts_.crashes;
        sink_.reset();
        if (below(2) == 0)
            medium_.kill();
        else
            medium_.fail_power();
        check(false);
    }
    // What a call's end means: go on, or begin again.
    bool goes_on(const sdk::outcome& ended) {
        if (ended.is_ok()) return true;
        EXPECT_TRUE(medium_.is_broken() || ended.status == WEIR_RETRY) << ended.reason;
        if (ended.status == WEIR_RETRY && !medium_.is_broken()) return false;
        crash();
        start();
        return false;
    }

    void put_some() {
        std::vector<weir_record> batch;
        std::vector<std::size_t> after;
        for (auto& of : sources_) {
            const auto end = std::min(of.records.size(), of.next + below(20));
            for (auto index = of.next; index < end; ++index)
                batch.push_back(of.records[index].record());
            after.push_back(end);
        }
        auto ended = put(*sink_, batch).outcome;
        // The same call again, as the host does; space comes back after a while.
        for (int tries = 0; ended.status == WEIR_RETRY && tries < 20; ++tries) {
            if (below(4) == 0) medium_.space = below(2) == 0 ? UINT64_MAX : below(20'000);
            now_ms_ += 50;
            ended = put(*sink_, batch).outcome;
        }
        if (!ended.is_ok()) {
            crash();
            start();
            return;
        }
        for (std::size_t number = 0; number < sources_.size(); ++number)
            sources_[number].next = after[number];
    }

    void commit() {
        std::vector<weir_partition> at;
        const std::string topic = "t";
        for (int number = 0; number < partition_count; ++number) {
            at.push_back(
                {sdk::text(topic), number, 0, taken(sources_[static_cast<std::size_t>(number)])});
        }
        if (!goes_on(sink_->committable(at))) return;
        if (below(5) == 0) return;  // the commit itself failed
        for (int number = 0; number < partition_count; ++number) {
            auto& of = sources_[static_cast<std::size_t>(number)];
            const auto offset = at[static_cast<std::size_t>(number)].offset;
            EXPECT_GE(offset, of.committed);
            of.committed = std::max(of.committed, offset);
        }
    }

    // A partition goes away and comes back.
    void move_partition() {
        const auto number = static_cast<std::int32_t>(below(partition_count));
        const std::string topic = "t";
        const weir_partition at = {sdk::text(topic), number, 0, -1};
        EXPECT_TRUE(sink_->close({&at, 1}).is_ok());
        for (int tries = 0; tries < 20; ++tries) {
            if (open_partition(number)) return;
            if (medium_.is_broken()) break;
            medium_.space = UINT64_MAX;
        }
        crash();
        start();
    }

    void take_step() {
        now_ms_ += static_cast<std::int64_t>(below(100));
        const auto dice = below(100);
        if (dice < 55) return put_some();
        if (dice < 75) return commit();
        if (dice < 78) return move_partition();
        if (dice < 82) {
            (void)goes_on(sink_->flush());
            return;
        }
        if (dice < 88) {
            medium_.space = below(5000);
            return;
        }
        if (dice < 92) {
            medium_.space = UINT64_MAX;
            return;
        }
        if (dice < 97) {
            medium_.calls_left = 1 + below(60);  // it breaks soon, in the middle of something
            return;
        }
        crash();
        start();
    }

    void finish() {
        medium_.kill();
        const auto is_done = [this] {
            return std::ranges::all_of(sources_, [this](const source& of) {
                return of.committed == taken(of) && of.next == of.records.size();
            });
        };
        for (int round = 0; round < 2000 && !is_done(); ++round) {
            put_some();
            EXPECT_TRUE(sink_->flush().is_ok());
            commit();
        }
        EXPECT_TRUE(is_done());
    }

    // What is in the files now: no torn line, none twice, and all that was committed.
    void check(bool complete) {
        std::map<std::string, int> seen;
        for (const auto& name : visible(medium_)) {
            auto text = std::string_view(medium_.names.at(name)->data);
            while (!text.empty()) {
                const auto end = text.find('\n');
                // Of a file that is appended to, only the last row, until it is opened again.
                if (end == text.npos && appended_ && !complete) break;
                if (end == text.npos) ++counts_.torn;
                ++seen[std::string(text.substr(0, end))];
                text.remove_prefix(end == text.npos ? text.size() : end + 1);
            }
        }
        std::size_t known = 0;
        for (const auto& of : sources_) {
            for (std::size_t index = 0; index < of.records.size(); ++index) {
                const auto& each = of.records[index];
                const auto found = seen.find(each.json);
                const int times = found == seen.end() ? 0 : found->second;
                if (times > 0) ++known;
                if (times == 0 && (complete || each.offset < of.committed)) ++counts_.lost;
                if (times > 1) counts_.repeated += static_cast<std::uint64_t>(times - 1);
            }
        }
        counts_.torn += seen.size() - known;
    }

    std::mt19937_64 random_;
    crash_medium medium_;
    bool appended_;
    counts& counts_;
    std::vector<source> sources_;
    std::uint64_t shape_ = 0;
    std::int64_t now_ms_ = 1000;
    std::unique_ptr<file_sink> sink_;
};

counts run_all(bool appended) {
    counts all;
    constexpr std::uint64_t seeds = 60;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const auto before = all.lost + all.torn + (appended ? 0 : all.repeated);
        history(seed, appended, all).run();
        const auto after = all.lost + all.torn + (appended ? 0 : all.repeated);
        EXPECT_EQ(before, after) << "seed " << seed;
    }
    std::printf(
        "%s: lost %lu, repeated %lu, torn %lu in %lu histories with %lu crashes, "
        "%lu writes to a full disk, %lu files\n",
        appended ? "appended" : "with {offset}", all.lost, all.repeated, all.torn, seeds,
        all.crashes, all.full, all.files);
    return all;
}

TEST(crash, with_an_offset_in_the_name_no_record_is_lost_repeated_or_torn) {
    const auto all = run_all(false);
    EXPECT_EQ(all.lost + all.repeated + all.torn, 0U);
    EXPECT_GT(all.crashes, 600U);
    EXPECT_GT(all.full, 100U);
}

TEST(crash, appended_lines_are_neither_lost_nor_torn) {
    const auto all = run_all(true);
    EXPECT_EQ(all.lost + all.torn, 0U);
    EXPECT_GT(all.crashes, 600U);
}

}  // namespace
}  // namespace weir::connectors::file::sink::test
