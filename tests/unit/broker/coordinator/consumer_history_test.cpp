// Goal: in any order of events a partition of a consumer group has at most one owner, all that a
// client has is known to the coordinator, a load gives the same state, and once things are quiet
// the assignment is complete and balanced.
// Method: a seed drives clients that join, beat, give partitions up late, leave, fall silent, lose
// answers and send requests twice; topics that come, grow and go; a coordinator whose records
// become durable late, and crashes that lose what is not durable.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/prng.hpp"
#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {
namespace {

using request_type = protocol::consumer_group_heartbeat_request;
using answer_type = protocol::consumer_group_heartbeat_response;
using place = std::pair<topic_id, partition_index>;
using places = std::set<place>;

places places_of(const auto& topics) {
    places all;
    for (const auto& topic : topics) {
        for (const auto each : topic.partitions)
            all.emplace(topic.topic_id, each);
    }
    return all;
}

struct client {
    std::string id;  // empty: no member
    std::optional<std::string> instance;
    std::int32_t epoch = 0;
    places owned;
    std::optional<places> assigned;  // told, and not yet carried out
    std::vector<std::string> topics;
    std::optional<std::string> regex;
    bool asleep = false;
    std::optional<request_type> sent;  // without an answer yet
};

class world {
  public:
    explicit world(std::uint64_t seed) : random_(seed), clients_(5) {
        clients_[0].instance = "one";
        clients_[1].instance = "two";
        for (int topic = 0; topic < 3; ++topic)
            cluster_.add(name(topic), 1 + static_cast<std::int32_t>(random_.below(5)));
        if (random_.below(2) == 0) cluster_.settings.assignment_interval_ms = 0;
        start();
    }

    void step() {
        now_ += static_cast<time_ms>(random_.below(1500));
        run([this](effects& out) { core_->tick(now_, out); });
        if (random_.below(3) != 0) commit();
        auto& who = clients_[random_.below(clients_.size())];
        switch (random_.below(16)) {
            case 0:
                who.asleep = !who.asleep;
                break;
            case 1:
                if (random_.below(3) == 0) leave(who);
                break;
            case 2:
                if (random_.below(4) == 0) crash();
                break;
            case 3:
                if (random_.below(3) == 0) change_topics();
                break;
            case 4:
                if (random_.below(3) == 0) subscribe(who);
                break;
            case 5:
                who.sent.reset();  // the answer is lost
                break;
            case 6:
            case 7:
                carry_out(who);
                break;
            default:
                act(who);
        }
        check();
    }

    // All awake and honest, until nothing changes any more.
    void settle() {
        settling_ = true;
        for (auto& who : clients_) {
            who.asleep = false;
            who.sent.reset();
        }
        for (int round = 0; round < 80; ++round) {
            now_ += 1000;
            run([this](effects& out) { core_->tick(now_, out); });
            for (auto& who : clients_) {
                commit();
                carry_out(who);
                act(who);
                commit();
                check();
            }
        }
    }
    void check_settled() {
        const auto described = core_->describe_consumer("g");
        ASSERT_TRUE(described);
        EXPECT_EQ(described->group_state, "Stable");
        places all;
        std::size_t total = 0;
        for (const auto& who : clients_) {
            all.insert(who.owned.begin(), who.owned.end());
            total += who.owned.size();
        }
        EXPECT_EQ(all.size(), total);
        EXPECT_EQ(all, wanted());
        for (const auto& who : clients_) {
            for (const auto& [topic, partition] : who.owned) {
                EXPECT_TRUE(reads(who, topic));
                for (const auto& other : clients_) {
                    if (!reads(other, topic)) continue;
                    EXPECT_LE(who.owned.size(), other.owned.size() + 1) << "unbalanced";
                }
            }
        }
    }

  private:
    static std::string name(int topic) { return "t" + std::to_string(topic); }

    void start() {
        core_ = std::make_unique<group_core>(options_, cluster_);
        for (const auto& each : log_) {
            core_->load(each.key,
                        each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt);
        }
        core_->finish_load(now_);
    }
    // The broker dies: what is not durable never was, and who waits hears nothing.
    void crash() {
        log_.resize(durable_);
        held_.clear();
        stored_.clear();
        for (const auto& each : log_)
            learn(each);
        for (auto& who : clients_)
            who.sent.reset();
        start();
    }
    template <class Step>
    void run(Step step) {
        effects out;
        step(out);
        for (auto& each : out.records) {
            learn(each);
            log_.push_back(std::move(each));
        }
        for (auto& each : out.replies)
            held_.push_back(std::move(each));
    }
    void commit() {
        durable_ = log_.size();
        while (!held_.empty()) {
            const auto reply = std::move(held_.front());
            held_.pop_front();
            hear(clients_[reply.to % clients_.size()], reply.to, std::get<answer_type>(reply.what));
        }
    }

    void subscribe(client& who) {
        who.topics.clear();
        who.regex.reset();
        if (random_.below(4) == 0) {
            who.regex = random_.below(2) == 0 ? "t.*" : "t[01]";
        } else {
            for (int topic = 0; topic < 4; ++topic) {
                if (random_.below(3) != 0) who.topics.push_back(name(topic));
            }
        }
        resubscribed_ = true;
    }
    void change_topics() {
        const auto topic = name(static_cast<int>(random_.below(4)));
        const auto found = cluster_.topics.find(topic);
        if (found == cluster_.topics.end()) {
            cluster_.add(topic, 1 + static_cast<std::int32_t>(random_.below(4)));
        } else if (random_.below(2) == 0) {
            ++found->second.partitions;
        } else {
            cluster_.topics.erase(found);
        }
        core_->topics_changed({topic});
    }

    request_token token_for(const client& who) {
        const auto index = static_cast<std::size_t>(&who - clients_.data());
        token_ += clients_.size();
        return token_ - token_ % clients_.size() + index;
    }
    void send(client& who, request_type request) {
        who.sent = request;
        waiting_[&who - clients_.data()] = token_for(who);
        const auto deliver = [&](request_token token) {
            run([&](effects& out) {
                core_->consumer_heartbeat(
                    token, request, {.client = {}, .version = 1, .fresh_member_id = ""}, now_, out);
            });
        };
        // A request that was sent twice is answered twice; only the newer answer is heard.
        if (!settling_ && random_.below(8) == 0) deliver(0);
        deliver(waiting_[&who - clients_.data()]);
    }
    void act(client& who) {
        if (who.asleep || who.sent) return;
        request_type request;
        request.group_id = "g";
        request.instance_id = who.instance;
        if (who.id.empty()) {
            who.id = "m" + std::to_string(++last_member_);
            who.epoch = 0;
            if (who.topics.empty() && !who.regex) subscribe(who);
        }
        request.member_id = who.id;
        request.member_epoch = who.epoch;
        // What it is about to take it neither has nor has not: then it says nothing, as Kafka's
        // client does.
        const bool may_tell = !who.assigned;
        const bool tells_all =
            who.epoch == 0 || (may_tell && (random_.below(3) == 0 || resubscribed_));
        if (tells_all) {
            resubscribed_ = false;
            request.rebalance_timeout_ms = 20'000;
            request.subscribed_topic_names = who.topics;
            request.subscribed_topic_regex = who.regex.value_or("");
        }
        if (tells_all || (may_tell && random_.below(2) == 0)) {
            request.topic_partitions.emplace();
            std::map<topic_id, std::vector<partition_index>> owned;
            for (const auto& [topic, partition] : who.owned)
                owned[topic].push_back(partition);
            for (auto& [topic, partitions] : owned)
                request.topic_partitions->push_back(
                    {.topic_id = topic, .partitions = std::move(partitions)});
        }
        send(who, std::move(request));
    }
    void leave(client& who) {
        if (who.id.empty() || who.epoch == 0 || who.asleep || who.sent) return;
        request_type request;
        request.group_id = "g";
        request.member_id = who.id;
        request.instance_id = who.instance;
        request.member_epoch = who.instance && random_.below(2) == 0 ? -2 : -1;
        forget(who);
        send(who, std::move(request));
        who.sent.reset();
    }
    static void forget(client& who) {
        who.id.clear();
        who.owned.clear();
        who.assigned.reset();
        who.epoch = 0;
    }
    // What is not assigned any more is given up first; then what is assigned is taken.
    void carry_out(client& who) {
        if (!who.assigned || who.asleep) return;
        const auto kept = std::erase_if(
            who.owned, [&](const auto& each) { return !who.assigned->contains(each); });
        if (kept > 0 && random_.below(2) == 0) return;
        who.owned = *who.assigned;
        who.assigned.reset();
    }
    void hear(client& who, request_token token, const answer_type& answer) {
        const auto index = &who - clients_.data();
        if (!who.sent || waiting_[index] != token) return;
        who.sent.reset();
        const auto error = answer.error_code;
        const bool gone = error == error_code::unknown_member_id ||
                          error == error_code::fenced_instance_id ||
                          error == error_code::group_id_not_found;
        if (gone) return forget(who);
        if (error == error_code::fenced_member_epoch) {
            // It joins again under its id. A static one has to wait for the end of its session.
            const auto id = who.id;
            forget(who);
            who.id = id;
            return;
        }
        if (error == error_code::unreleased_instance_id) return;
        ASSERT_EQ(error, error_code::none);
        who.epoch = answer.member_epoch;
        if (answer.assignment) who.assigned = places_of(answer.assignment->topic_partitions);
    }

    bool reads(const client& who, const topic_id& topic) const {
        const auto facts = cluster_.topic(topic);
        if (!facts || who.id.empty()) return false;
        if (!who.regex) return std::ranges::find(who.topics, facts->name) != who.topics.end();
        return *who.regex == "t.*" || facts->name == "t0" || facts->name == "t1";
    }
    places wanted() const {
        places all;
        for (const auto& [name, facts] : cluster_.topics) {
            const bool read = std::ranges::any_of(
                clients_, [&](const auto& who) { return reads(who, facts.id); });
            for (std::int32_t at = 0; read && at < facts.partitions; ++at)
                all.emplace(facts.id, partition_index(at));
        }
        return all;
    }

    // What a record says of what a member has.
    void learn(const log_record& from) {
        const auto value = from.value ? std::optional<base::bytes_view>(*from.value) : std::nullopt;
        const auto record = read_record(from.key, value);
        const auto* current = std::get_if<stored_current>(&*record);
        if (!current) return;
        stored_.erase(current->member);
        if (!current->value) return;
        auto& has = stored_[current->member];
        has = places_of(current->value->assigned_partitions);
        has.merge(places_of(current->value->partitions_pending_revocation));
    }
    void check() {
        places seen;
        for (const auto& [id, has] : stored_) {
            for (const auto& each : has)
                ASSERT_TRUE(seen.insert(each).second) << "a partition with two owners";
        }
        for (const auto& who : clients_) {
            const auto member = stored_.find(who.id);
            if (member == stored_.end()) continue;  // removed; it will hear of it
            for (const auto& each : who.owned)
                ASSERT_TRUE(member->second.contains(each)) << who.id << " has what is not its";
        }
        const auto before = core_->describe_consumer("g");
        if (random_.below(20) != 0 || !before) return;
        group_core twin(options_, cluster_);
        for (const auto& each : log_) {
            twin.load(each.key,
                      each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt);
        }
        twin.finish_load(now_);
        const auto after = twin.describe_consumer("g");
        ASSERT_TRUE(after);
        ASSERT_EQ(*after, *before);
    }

    core_options options_{.consumer = {.regex_refresh_interval_min_ms = 1000}};
    fixed_cluster cluster_;
    std::unique_ptr<group_core> core_;
    base::prng random_;
    std::vector<client> clients_;
    time_ms now_ = 1'000'000;
    std::vector<log_record> log_;
    std::size_t durable_ = 0;
    std::map<std::string, places> stored_;
    std::deque<reply> held_;
    request_token token_ = 0;
    std::map<std::ptrdiff_t, request_token> waiting_;
    int last_member_ = 0;
    bool resubscribed_ = false;
    bool settling_ = false;
};

TEST(consumer_group_histories, keep_their_promises) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        world run(seed);
        for (int step = 0; step < 250; ++step) {
            run.step();
            if (testing::Test::HasFatalFailure()) return;
        }
        run.settle();
        run.check_settled();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace weir::broker::coordinator::group
