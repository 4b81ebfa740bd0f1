// Goal: offsets of a transaction count when its marker says so, and not before; what is deleted
// meanwhile stays deleted (KIP-447).
// Method: requests and markers go into the pure core; what it stored is loaded into a second one,
// which must know the same.
#include <gtest/gtest.h>

#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {
namespace {

constexpr time_ms now = 1'000'000;
constexpr std::int16_t offset_commit_version = 8;
constexpr producer_id producer{7};
constexpr producer_id other_producer{8};
const topic_partition place{.topic = "t", .partition = partition_index(0)};
const topic_partition other_place{.topic = "t", .partition = partition_index(1)};

// A core, and a log of all that it stored and heard.
class bench {
  public:
    explicit bench(core_options options = {}) : options_(options), core_(options, cluster_) {}

    group_core& core() { return core_; }

    std::vector<error_code> commit_with(producer_id of, std::int64_t at,
                                        const topic_partition& where = place) {
        protocol::txn_offset_commit_request request;
        request.group_id = "g";
        request.producer_id = of;
        request.producer_epoch = producer_epoch(0);
        return commit_with(request, at, where);
    }

    std::vector<error_code> commit_with(protocol::txn_offset_commit_request request,
                                        std::int64_t at, const topic_partition& where = place) {
        auto& topic = request.topics.emplace_back();
        topic.name = where.topic;
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = where.partition;
        partition.committed_offset = offset(at);
        partition.committed_metadata = metadata;
        effects out;
        core_.commit_with_transaction(1, request, now, out);
        keep(out);
        const auto& answer = std::get<protocol::txn_offset_commit_response>(out.replies.at(0).what);
        std::vector<error_code> errors;
        for (const auto& each : answer.topics) {
            for (const auto& one : each.partitions)
                errors.push_back(one.error_code);
        }
        return errors;
    }

    void commit(std::int64_t at) {
        protocol::offset_commit_request request;
        request.group_id = "g";
        auto& topic = request.topics.emplace_back();
        topic.name = place.topic;
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = place.partition;
        partition.committed_offset = offset(at);
        effects out;
        core_.commit(1, request, offset_commit_version, now, out);
        keep(out);
    }

    void end(producer_id of, bool commits) {
        core_.end_transaction(of, commits);
        log_.push_back({.producer = of, .is_marker = true, .commits = commits});
    }

    // Appends what a step asked for; how many records.
    std::size_t keep(const effects& out) {
        for (const auto& each : out.records)
            log_.push_back({.producer = out.producer.id, .record = each});
        return out.records.size();
    }

    // The offset as this core has it, and a second one that loads the log. They must be one.
    std::int64_t known(const topic_partition& where = place) {
        group_core twin(options_, cluster_);
        for (const auto& each : log_) {
            if (each.is_marker) {
                twin.end_transaction(each.producer, each.commits);
                continue;
            }
            const auto& [key, value] = each.record;
            const auto view = value ? std::optional<base::bytes_view>(*value) : std::nullopt;
            each.producer == no_producer_id ? twin.load(key, view)
                                            : twin.load_pending(each.producer, key, view);
        }
        twin.finish_load(now);
        EXPECT_EQ(at(twin, where), at(core_, where)) << "loaded, and as it was";
        EXPECT_EQ(twin.is_pending("g", where), core_.is_pending("g", where));
        return at(core_, where);
    }

    std::string metadata;

  private:
    struct entry {
        producer_id producer = no_producer_id;
        log_record record;
        bool is_marker = false;
        bool commits = false;
    };

    static std::int64_t at(const group_core& in, const topic_partition& where) {
        const auto* found = in.offset_of("g", where);
        return found ? found->at.value() : -1;
    }

    core_options options_;
    fixed_cluster cluster_;
    group_core core_;
    std::vector<entry> log_;
};

const std::vector<error_code> fine{error_code::none};

TEST(transactional_offsets, count_when_the_transaction_is_committed) {
    bench made;
    EXPECT_EQ(made.commit_with(producer, 5), fine);
    EXPECT_EQ(made.known(), -1);
    EXPECT_TRUE(made.core().is_pending("g", place));
    EXPECT_FALSE(made.core().is_pending("g", other_place));
    made.end(other_producer, true);
    EXPECT_EQ(made.known(), -1);
    made.end(producer, true);
    EXPECT_EQ(made.known(), 5);
    EXPECT_FALSE(made.core().is_pending("g", place));
}

TEST(transactional_offsets, an_abort_leaves_what_was_before) {
    bench made;
    made.commit(3);
    made.commit_with(producer, 5);
    made.end(producer, false);
    EXPECT_EQ(made.known(), 3);
    made.commit_with(producer, 6);
    made.commit_with(producer, 7);
    made.end(producer, true);
    EXPECT_EQ(made.known(), 7);
}

TEST(transactional_offsets, the_later_commit_stays_whenever_its_marker_comes) {
    bench made;
    made.commit_with(producer, 5);
    made.commit_with(other_producer, 6);
    made.end(other_producer, true);
    made.end(producer, true);
    EXPECT_EQ(made.known(), 6);
    made.commit_with(producer, 7);
    made.commit(8);
    made.end(producer, true);
    EXPECT_EQ(made.known(), 8);
}

TEST(transactional_offsets, of_a_group_that_is_not_there_make_it) {
    bench made;
    made.commit_with(producer, 5);
    ASSERT_EQ(made.core().list().size(), 1U);
    EXPECT_EQ(made.core().list()[0].state, "Empty");
    EXPECT_EQ(made.known(), -1);
    effects out;
    made.core().expire_offsets(now + 1'000'000'000'000, out);
    EXPECT_EQ(made.core().list().size(), 1U) << "a transaction may bring offsets";
    made.end(producer, false);
    made.core().expire_offsets(now, out);
    EXPECT_TRUE(made.core().list().empty());
    EXPECT_TRUE(out.records.empty());
}

TEST(transactional_offsets, a_deleted_group_does_not_come_back) {
    bench made;
    made.commit(3);
    made.commit_with(producer, 5);
    made.commit_with(producer, 6, other_place);
    effects out;
    made.core().delete_group(1, "g", out);
    EXPECT_EQ(std::get<error_code>(out.replies.at(0).what), error_code::none);
    EXPECT_EQ(made.keep(out), 3U) << "two partitions and the group";
    made.end(producer, true);
    EXPECT_EQ(made.known(), -1);
    EXPECT_EQ(made.known(other_place), -1);
}

TEST(transactional_offsets, a_deleted_offset_does_not_come_back) {
    bench made;
    made.commit_with(producer, 5);
    made.commit_with(producer, 6, other_place);
    protocol::offset_delete_request request;
    request.group_id = "g";
    auto& topic = request.topics.emplace_back();
    topic.name = place.topic;
    topic.partitions.emplace_back().partition_index = place.partition;
    effects out;
    made.core().delete_offsets(1, request, out);
    EXPECT_EQ(made.keep(out), 1U);
    EXPECT_FALSE(made.core().is_pending("g", place));
    made.end(producer, true);
    EXPECT_EQ(made.known(), -1);
    EXPECT_EQ(made.known(other_place), 6);
}

TEST(transactional_offsets, of_a_deleted_topic_do_not_come_back) {
    bench made;
    const topic_partition elsewhere{.topic = "kept", .partition = partition_index(0)};
    made.commit(3);
    made.commit_with(producer, 5);
    made.commit_with(producer, 6, elsewhere);
    effects out;
    made.core().topics_deleted({"t"}, out);
    EXPECT_EQ(made.keep(out), 1U);
    made.end(producer, true);
    EXPECT_EQ(made.known(), -1);
    EXPECT_EQ(made.known(elsewhere), 6);
}

TEST(transactional_offsets, keep_the_offset_that_they_may_replace_from_expiring) {
    bench made({.offsets_retention_ms = 1000});
    made.commit(3);
    made.commit_with(producer, 5);
    effects out;
    made.core().expire_offsets(now + 2000, out);
    EXPECT_EQ(made.keep(out), 0U);
    made.end(producer, false);
    EXPECT_EQ(made.known(), 3);
    made.core().expire_offsets(now + 2000, out);
    EXPECT_EQ(made.keep(out), 1U);
    EXPECT_EQ(made.known(), -1);
}

TEST(transactional_offsets, of_somebody_who_is_no_member_are_refused) {
    bench made;
    protocol::txn_offset_commit_request request;
    request.group_id = "g";
    request.producer_id = producer;
    request.generation_id = generation_id(1);
    request.member_id = "stranger";
    EXPECT_EQ(made.commit_with(request, 5), std::vector{error_code::illegal_generation});
    EXPECT_TRUE(made.core().list().empty());
    made.commit(3);
    EXPECT_EQ(made.commit_with(request, 5), std::vector{error_code::unknown_member_id});
    made.end(producer, true);
    EXPECT_EQ(made.known(), 3);
}

TEST(transactional_offsets, metadata_has_its_bound) {
    bench made({.offset_metadata_bytes_max = 10});
    made.metadata = std::string(11, 'x');
    EXPECT_EQ(made.commit_with(producer, 5), std::vector{error_code::offset_metadata_too_large});
    made.end(producer, true);
    EXPECT_EQ(made.known(), -1);
}

}  // namespace
}  // namespace weir::broker::coordinator::group
