// Goal: in any order of events every generation has one assignment, made by its leader, and nothing
// that was acknowledged is lost when the coordinator is loaded again.
// Method: a seed drives clients that join, sync, beat, commit, leave and fall silent; at random
// points the core is replaced by one that is loaded from the records so far.
#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {
namespace {

struct client {
    std::string id;
    generation_id generation{-1};
    bool leads = false;
    std::vector<std::string> members;
    request_token waiting = 0;
};

class world {
  public:
    explicit world(std::uint64_t seed) : random_(seed), clients_(4) {}

    void step() {
        now_ += static_cast<time_ms>(random_.below(1500));
        effects out;
        core_->tick(now_, out);
        take(out);
        auto& who = clients_[random_.below(clients_.size())];
        if (who.waiting != 0) return;
        switch (random_.below(8)) {
            case 0:
            case 1:
                return join(who);
            case 2:
            case 3:
                return sync(who);
            case 4:
                return commit(who);
            case 5:
                return leave(who);
            case 6:
                if (random_.below(6) == 0) reload();
                return;
            default:
                return beat(who);
        }
    }
    void check() const {
        for (const auto& [where, at] : committed_) {
            const auto* stored = core_->offset_of("g", where);
            ASSERT_NE(stored, nullptr);
            ASSERT_EQ(stored->at, at);
        }
    }

  private:
    template <class Request>
    Request request_of(const client& who) {
        Request request;
        request.group_id = "g";
        request.member_id = who.id;
        if constexpr (requires { request.generation_id; }) request.generation_id = who.generation;
        return request;
    }

    void join(client& who) {
        protocol::join_group_request request;
        request.group_id = "g";
        request.member_id = who.id;
        request.session_timeout_ms = 10'000;
        request.rebalance_timeout_ms = 8'000;
        request.protocol_type = "consumer";
        request.protocols.emplace_back().name = "range";
        const join_context context{.version = 9,
                                   .fresh_member_id = "m" + std::to_string(++member_)};
        effects out;
        who.waiting = ++token_;
        core_->join(token_, request, context, now_, out);
        take(out);
    }
    void sync(client& who) {
        if (who.generation < generation_id(0)) return;
        auto request = request_of<protocol::sync_group_request>(who);
        for (const auto& each : who.members) {
            auto& assignment = request.assignments.emplace_back();
            assignment.member_id = each;
            assignment.assignment = base::to_bytes(
                std::string_view(each + "@" + std::to_string(who.generation.value())));
        }
        effects out;
        who.waiting = ++token_;
        core_->sync(token_, request, now_, out);
        take(out);
    }
    void beat(client& who) {
        effects out;
        who.waiting = ++token_;
        core_->heartbeat(token_, request_of<protocol::heartbeat_request>(who), now_, out);
        take(out);
    }
    void leave(client& who) {
        protocol::leave_group_request request;
        request.group_id = "g";
        request.members.emplace_back().member_id = who.id;
        effects out;
        core_->leave(++token_, request, now_, out);
        take(out);
        who = {};
    }
    void commit(client& who) {
        protocol::offset_commit_request request;
        request.group_id = "g";
        request.member_id = who.id;
        request.generation_id_or_member_epoch = who.generation;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = partition_index(static_cast<std::int32_t>(random_.below(3)));
        partition.committed_offset = offset(static_cast<std::int64_t>(random_.below(1000)));
        effects out;
        core_->commit(++token_, request, 9, now_, out);
        const auto& answer = std::get<protocol::offset_commit_response>(out.replies.front().what);
        if (answer.topics[0].partitions[0].error_code == error_code::none) {
            committed_[{.topic = "t", .partition = partition.partition_index}] =
                partition.committed_offset;
        }
        take(out);
    }
    // A crash of the broker: what is durable is loaded, all connections are gone.
    void reload() {
        core_ = std::make_unique<group_core>(options_, cluster_);
        for (const auto& each : log_) {
            core_->load(each.key,
                        each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt);
        }
        core_->finish_load(now_);
        for (auto& each : clients_)
            each.waiting = 0;
        // A generation becomes durable with its assignment: one that was only joined is forgotten,
        // in Kafka too, and its number is given again.
        generation_id durable{0};
        for (const auto& each : log_) {
            const auto value =
                each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt;
            const auto record = read_record(each.key, value);
            const auto* stored = std::get_if<stored_classic>(&*record);
            if (stored) durable = generation_id(stored->value ? stored->value->generation : 0);
        }
        std::erase_if(leaders_, [durable](const auto& each) { return each.first > durable; });
    }

    void take(effects& out) {
        for (auto& each : out.records)
            log_.push_back(std::move(each));
        for (auto& each : out.replies) {
            for (auto& who : clients_) {
                if (who.waiting != each.to) continue;
                who.waiting = 0;
                hear(who, each.what);
            }
        }
    }
    void hear(client& who, const any_response& what) {
        if (const auto* joined = std::get_if<protocol::join_group_response>(&what)) {
            hear_join(who, *joined);
        } else if (const auto* synced = std::get_if<protocol::sync_group_response>(&what)) {
            if (synced->error_code != error_code::none) return forget(who, synced->error_code);
            // Made for this member, in this generation, by one leader.
            EXPECT_EQ(base::as_text(synced->assignment),
                      who.id + "@" + std::to_string(who.generation.value()));
        } else if (const auto* beaten = std::get_if<protocol::heartbeat_response>(&what)) {
            forget(who, beaten->error_code);
        }
    }
    void hear_join(client& who, const protocol::join_group_response& joined) {
        if (joined.error_code == error_code::member_id_required) {
            who.id = joined.member_id;
            return;
        }
        if (joined.error_code != error_code::none) return forget(who, joined.error_code);
        who.id = joined.member_id;
        who.generation = joined.generation_id;
        who.members.clear();
        for (const auto& each : joined.members)
            who.members.push_back(each.member_id);
        const auto leader = leaders_.emplace(joined.generation_id, joined.leader).first;
        EXPECT_EQ(leader->second, joined.leader) << "two leaders in one generation";
    }
    static void forget(client& who, error_code error) {
        if (error == error_code::unknown_member_id) who = {};
    }

    fixed_cluster cluster_;
    core_options options_{.initial_rebalance_delay_ms = 100};
    std::unique_ptr<group_core> core_ = std::make_unique<group_core>(options_, cluster_);
    base::prng random_;
    std::vector<client> clients_;
    time_ms now_ = 1'000'000;
    request_token token_ = 0;
    int member_ = 0;
    std::vector<log_record> log_;
    std::map<topic_partition, offset> committed_;
    std::map<generation_id, std::string> leaders_;
};

TEST(group_histories, keep_their_promises) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        world run(seed);
        for (int step = 0; step < 300; ++step)
            run.step();
        run.check();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace weir::broker::coordinator::group
