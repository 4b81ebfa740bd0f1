// Goal: no transaction is torn and none is decided twice, whatever is delayed, repeated or lost,
// and wherever the coordinator crashes. Method: a seed drives clients of one transactional id each,
// a coordinator whose records become durable late, partitions that take records and markers as a
// log does, and crashes that lose what is not durable: records, answers, markers on their way.
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "base/prng.hpp"
#include "broker/coordinator/transaction/core/transaction_core.hpp"

namespace weir::broker::coordinator::transaction {
namespace {

enum class verdict : std::uint8_t { open, committed, aborted };

// What a partition knows of a producer (log::producer_state has the same rules).
struct model_partition {
    struct record {
        int transaction = 0;
        producer_id producer;
        verdict what = verdict::open;
    };
    std::map<producer_id, producer_epoch> epochs;
    std::vector<record> records;

    bool append(const producer_identity& producer, int transaction) {
        auto& epoch = epochs.try_emplace(producer.id, producer.epoch).first->second;
        if (producer.epoch < epoch) return false;
        epoch = producer.epoch;
        records.push_back({.transaction = transaction, .producer = producer.id});
        return true;
    }
    void mark(const marker_work& marker) {
        auto& epoch = epochs.try_emplace(marker.producer.id, no_producer_epoch).first->second;
        const bool late =
            marker.above_epoch ? marker.producer.epoch <= epoch : marker.producer.epoch < epoch;
        if (late) return;
        epoch = marker.producer.epoch;
        for (auto& each : records) {
            if (each.producer != marker.producer.id || each.what != verdict::open) continue;
            each.what = marker.commits ? verdict::committed : verdict::aborted;
        }
    }
};

struct client {
    enum class phase : std::uint8_t { starting, writing, ending };
    std::string id;
    std::int16_t version = 2;
    phase now = phase::starting;
    producer_identity producer;
    int transaction = 0;
    bool commits = false;
    request_token waiting = 0;
    std::optional<int> adding;  // the partition that is asked for
};

constexpr int partition_count = 3;

class world {
  public:
    explicit world(std::uint64_t seed) : random_(seed), partitions_(partition_count) {
        for (int each = 0; each < 4; ++each)
            clients_.push_back({.id = "id-" + std::to_string(each % 3),
                                .version = static_cast<std::int16_t>(each % 3 == 0 ? 1 : 2)});
    }

    void step() {
        now_ += static_cast<time_ms>(random_.below(40));
        switch (random_.below(12)) {
            case 0:
            case 1:
            case 2:
                return become_durable();
            case 3:
            case 4:
                return mark_one();
            case 5: {
                effects out;
                core_->tick(now_, out);
                return take(std::move(out));
            }
            case 6:
                if (random_.below(12) == 0) crash();
                return;
            default:
                return act(clients_[random_.below(clients_.size())]);
        }
    }

    // Lets everything come to its end; then looks at what became of each transaction.
    void settle() {
        for (int round = 0; round < 20; ++round) {
            now_ += 100'000;
            effects out;
            core_->tick(now_, out);
            take(std::move(out));
            become_durable();
            while (!markers_.empty())
                mark_one();
        }
        std::map<int, verdict> outcomes;
        for (const auto& partition : partitions_) {
            for (const auto& each : partition.records) {
                ASSERT_NE(each.what, verdict::open) << "transaction " << each.transaction;
                const auto known = outcomes.try_emplace(each.transaction, each.what).first;
                ASSERT_EQ(known->second, each.what) << "torn: transaction " << each.transaction;
            }
        }
        for (const auto& [transaction, told] : told_) {
            const auto found = outcomes.find(transaction);
            if (found != outcomes.end()) ASSERT_EQ(found->second, told) << transaction;
        }
    }
    std::size_t decided() const { return told_.size(); }

  private:
    struct held {
        std::size_t until = 0;
        std::optional<reply> answer;
        std::optional<marker_work> marker;
    };

    void take(effects out) {
        for (auto& each : out.records)
            log_.push_back(std::move(each));
        for (auto& each : out.replies)
            held_.push_back({.until = log_.size(), .answer = std::move(each)});
        for (auto& each : out.markers)
            held_.push_back({.until = log_.size(), .marker = std::move(each)});
    }
    void become_durable() {
        durable_ = log_.size();
        for (auto& each : std::exchange(held_, {})) {
            if (each.marker) markers_.push_back(std::move(*each.marker));
            if (each.answer) deliver(*each.answer);
        }
    }
    void crash() {
        log_.resize(durable_);
        held_.clear();
        markers_.clear();
        core_.emplace(core_options{});
        for (const auto& each : log_) {
            std::optional<base::bytes_view> value;
            if (each.value) value = *each.value;
            core_->load(each.key, value);
        }
        effects out;
        core_->finish_load(out);
        take(std::move(out));
        // Nobody is answered: the clients ask again.
        for (auto& each : clients_)
            each.waiting = 0;
    }
    void mark_one() {
        if (markers_.empty()) return;
        const auto at = static_cast<std::ptrdiff_t>(random_.below(markers_.size()));
        const auto work = markers_[static_cast<std::size_t>(at)];
        const bool again = random_.below(5) == 0;  // written, but the answer was lost
        for (const auto& each : work.partitions)
            partitions_[static_cast<std::size_t>(each.partition.value())].mark(work);
        if (again) return;
        markers_.erase(markers_.begin() + at);
        effects out;
        core_->markers_written(work.transactional_id, work.producer, now_, out);
        take(std::move(out));
    }

    void act(client& who) {
        if (who.waiting != 0) return;
        effects out;
        who.waiting = ++last_token_;
        switch (who.now) {
            case client::phase::starting:
                core_->init(who.waiting,
                            {.transactional_id = who.id,
                             .timeout_ms = 2000,
                             .fresh = producer_id(++last_id_)},
                            now_, out);
                break;
            case client::phase::writing: {
                who.adding = static_cast<int>(random_.below(partition_count));
                core_->add_partitions(
                    who.waiting,
                    {.transactional_id = who.id,
                     .producer = who.producer,
                     .partitions = {{.topic = "t", .partition = partition_index(*who.adding)}},
                     .client_version = who.version},
                    now_, out);
                break;
            }
            case client::phase::ending:
                core_->end(who.waiting,
                           {.transactional_id = who.id,
                            .producer = who.producer,
                            .commits = who.commits,
                            .client_version = who.version,
                            .fresh = producer_id(++last_id_)},
                           now_, out);
                break;
        }
        take(std::move(out));
    }
    void deliver(const reply& what) {
        for (auto& who : clients_) {
            if (who.waiting != what.to) continue;
            who.waiting = 0;
            if (what.what.error == error_code::concurrent_transactions) return;
            if (what.what.error != error_code::none) {
                who.now = client::phase::starting;
                return;
            }
            return go_on(who, what.what);
        }
    }
    void go_on(client& who, const answer& what) {
        switch (who.now) {
            case client::phase::starting:
                who.producer = what.producer;
                who.transaction = ++last_transaction_;
                who.now = client::phase::writing;
                return;
            case client::phase::writing:
                if (!partitions_[static_cast<std::size_t>(*who.adding)].append(who.producer,
                                                                               who.transaction)) {
                    who.now = client::phase::starting;
                    return;
                }
                if (random_.below(3) == 0) {
                    who.commits = random_.below(2) == 0;
                    who.now = client::phase::ending;
                }
                return;
            case client::phase::ending:
                told_.emplace(who.transaction, who.commits ? verdict::committed : verdict::aborted);
                if (who.version >= 2) who.producer = what.producer;
                who.transaction = ++last_transaction_;
                who.now = client::phase::writing;
                return;
        }
    }

    base::prng random_;
    std::optional<transaction_core> core_{core_options{}};
    std::vector<model_partition> partitions_;
    std::vector<client> clients_;
    std::vector<log_record> log_;
    std::size_t durable_ = 0;
    std::vector<held> held_;
    std::deque<marker_work> markers_;
    std::map<int, verdict> told_;
    time_ms now_ = 1;
    request_token last_token_ = 0;
    std::int64_t last_id_ = 0;
    int last_transaction_ = 0;
};

TEST(transaction_history, no_transaction_is_torn) {
    std::size_t decided = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        world now(seed);
        for (int step = 0; step < 600; ++step)
            now.step();
        now.settle();
        if (HasFatalFailure()) return;
        decided += now.decided();
    }
    EXPECT_GT(decided, 1000U);
}

}  // namespace
}  // namespace weir::broker::coordinator::transaction
