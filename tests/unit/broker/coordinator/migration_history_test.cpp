// Goal: whatever the order in which members of both protocols come and go, a partition has one
// owner at a time, the group has the protocol of its members, and in the end all is assigned.
// Method: a seed drives members of the classic protocol (who give up all at a rebalance) and of the
// consumer protocol; at random points the core is replaced by one that is loaded from the records.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.hpp"
#include "broker/coordinator/group/core/consumer_protocol.hpp"
#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {
namespace {

constexpr std::int32_t partition_count = 5;

struct client {
    bool classic = false;
    std::string id;
    std::int32_t epoch = 0;  // or generation
    bool joined = false;     // classic: it has a generation, and needs its assignment
    std::map<std::string, base::bytes> assignments;  // classic: what it made as the leader
    partition_set owned;
    request_token waiting = 0;
};

class world {
  public:
    explicit world(std::uint64_t seed) : random_(seed), clients_(4) {
        cluster_.settings.assignment_interval_ms = 0;
        topic_ = cluster_.add("t", partition_count);
        for (auto& each : clients_)
            each.classic = random_.below(2) == 0;
        start();
    }
    void step() {
        now_ += static_cast<time_ms>(random_.below(200));
        run([this](effects& out) { core_->tick(now_, out); });
        auto& who = clients_[random_.below(clients_.size())];
        if (random_.below(60) == 0) return reload();
        if (random_.below(25) == 0) return leave(who);
        act(who);
        check();
    }
    void settle() {
        for (int round = 0; round < 400; ++round) {
            now_ += 300;
            run([this](effects& out) { core_->tick(now_, out); });
            for (auto& who : clients_)
                act(who);
            check();
        }
        partition_set all;
        for (const auto& who : clients_)
            all.insert(who.owned.begin(), who.owned.end());
        EXPECT_EQ(all.size(), std::size_t{partition_count});
        const bool only_classic =
            std::ranges::all_of(clients_, [](const auto& who) { return who.classic; });
        EXPECT_EQ(core_->list().at(0).type, only_classic ? "classic" : "consumer");
        EXPECT_EQ(core_->list().at(0).state, "Stable");
    }

  private:
    void start() {
        core_ = std::make_unique<group_core>(options_, cluster_);
        for (const auto& each : log_) {
            core_->load(each.key,
                        each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt);
        }
        core_->finish_load(now_);
    }
    void reload() {
        start();
        for (auto& who : clients_)
            who.waiting = 0;
    }
    template <class Step>
    void run(Step step) {
        effects out;
        step(out);
        for (auto& each : out.records)
            log_.push_back(std::move(each));
        for (auto& each : out.replies) {
            for (auto& who : clients_) {
                if (who.waiting != each.to) continue;
                who.waiting = 0;
                std::visit([&](const auto& answer) { hear(who, answer); }, each.what);
            }
        }
    }
    template <class Step>
    void ask(client& who, Step step) {
        const auto token = who.waiting = ++token_;
        run([&](effects& out) { step(token, out); });
    }

    void act(client& who) {
        if (who.waiting != 0) return;
        if (!who.classic) return beat(who);
        if (who.epoch == 0) return join(who);
        if (who.joined) return sync(who);
        protocol::heartbeat_request request;
        request.group_id = "g";
        request.member_id = who.id;
        request.generation_id = generation_id(who.epoch);
        ask(who, [&](request_token token, effects& out) {
            core_->heartbeat(token, request, now_, out);
        });
    }
    void beat(client& who) {
        protocol::consumer_group_heartbeat_request request;
        request.group_id = "g";
        if (who.id.empty()) who.id = "m" + std::to_string(++last_member_);
        request.member_id = who.id;
        request.member_epoch = who.epoch;
        request.rebalance_timeout_ms = 30'000;
        request.subscribed_topic_names = {"t"};
        request.topic_partitions.emplace();
        if (!who.owned.empty()) {
            request.topic_partitions->push_back(
                {.topic_id = topic_, .partitions = {who.owned.begin(), who.owned.end()}});
        }
        ask(who, [&](request_token token, effects& out) {
            core_->consumer_heartbeat(token, request, {.version = 1}, now_, out);
        });
    }
    void join(client& who) {
        who.owned.clear();  // eager
        protocol::join_group_request request;
        request.group_id = "g";
        request.member_id = who.id;
        request.session_timeout_ms = 30'000;
        request.rebalance_timeout_ms = 30'000;
        request.protocol_type = "consumer";
        protocol::consumer_protocol_subscription subscription;
        subscription.topics = {"t"};
        protocol::writer out;
        out.put_int16(0);
        subscription.encode(out, 0);
        auto& protocol = request.protocols.emplace_back();
        protocol.name = "range";
        protocol.metadata = std::move(out).take_bytes();
        const join_context context{.version = 3,
                                   .fresh_member_id = "c" + std::to_string(++last_member_)};
        ask(who, [&](request_token token, effects& effects_out) {
            core_->join(token, request, context, now_, effects_out);
        });
    }
    void sync(client& who) {
        protocol::sync_group_request request;
        request.group_id = "g";
        request.member_id = who.id;
        request.generation_id = generation_id(who.epoch);
        for (const auto& [id, data] : who.assignments)
            request.assignments.push_back({.member_id = id, .assignment = data});
        ask(who,
            [&](request_token token, effects& out) { core_->sync(token, request, now_, out); });
    }
    void leave(client& who) {
        if (who.waiting != 0 || who.epoch == 0) return;
        if (who.classic) {
            protocol::leave_group_request request;
            request.group_id = "g";
            request.members.emplace_back().member_id = who.id;
            ask(who, [&](request_token token, effects& out) {
                core_->leave(token, request, now_, out);
            });
        } else {
            protocol::consumer_group_heartbeat_request request;
            request.group_id = "g";
            request.member_id = who.id;
            request.member_epoch = -1;
            ask(who, [&](request_token token, effects& out) {
                core_->consumer_heartbeat(token, request, {.version = 1}, now_, out);
            });
        }
        who = {.classic = random_.below(2) == 0};
    }

    template <class Answer>
    void hear(client&, const Answer&) {}
    void hear(client& who, const protocol::consumer_group_heartbeat_response& answer) {
        if (answer.error_code != error_code::none) {
            // What it has is lost to it; it joins again.
            who = {.classic = false, .id = who.id};
            return;
        }
        who.epoch = answer.member_epoch;
        if (!answer.assignment) return;
        who.owned.clear();
        for (const auto& each : answer.assignment->topic_partitions)
            who.owned.insert(each.partitions.begin(), each.partitions.end());
    }
    void hear(client& who, const protocol::join_group_response& answer) {
        if (answer.error_code != error_code::none) {
            if (answer.error_code == error_code::unknown_member_id) who.id.clear();
            return;
        }
        who.id = answer.member_id;
        who.epoch = answer.generation_id.value();
        who.joined = true;
        who.assignments.clear();
        std::size_t next = 0;
        std::vector<partition_set> shares(answer.members.size());
        for (std::int32_t at = 0; at < partition_count && !shares.empty(); ++at)
            shares[next++ % shares.size()].insert(partition_index(at));
        for (std::size_t at = 0; at < shares.size(); ++at) {
            partition_map share;
            if (!shares[at].empty()) share[topic_] = shares[at];
            who.assignments[answer.members[at].member_id] = write_assignment(share, {}, cluster_);
        }
    }
    void hear(client& who, const protocol::sync_group_response& answer) {
        if (answer.error_code != error_code::none) return give_up(who, answer.error_code);
        who.joined = false;
        const auto assignment = read_assignment(answer.assignment);
        if (!assignment) return;  // the leader did not know of it
        auto partitions = partitions_of(*assignment, cluster_);
        who.owned = std::move(partitions[topic_]);
    }
    static void hear(client& who, const protocol::heartbeat_response& answer) {
        if (answer.error_code != error_code::none) give_up(who, answer.error_code);
    }
    static void give_up(client& who, error_code error) {
        const auto id = error == error_code::unknown_member_id ? std::string() : who.id;
        who = {.classic = true, .id = id};
    }

    void check() const {
        partition_set seen;
        for (const auto& who : clients_) {
            for (const auto each : who.owned)
                ASSERT_TRUE(seen.insert(each).second) << "a partition with two owners";
        }
    }

    core_options options_{.initial_rebalance_delay_ms = 0};
    fixed_cluster cluster_;
    topic_id topic_;
    std::unique_ptr<group_core> core_;
    base::prng random_;
    std::vector<client> clients_;
    time_ms now_ = 1'000'000;
    std::vector<log_record> log_;
    request_token token_ = 0;
    int last_member_ = 0;
};

TEST(migration_histories, keep_their_promises) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        world run(seed);
        for (int step = 0; step < 300; ++step) {
            run.step();
            if (testing::Test::HasFatalFailure()) return;
        }
        run.settle();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace weir::broker::coordinator::group
