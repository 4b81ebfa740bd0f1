// Goal: fetch sessions are what KIP-227 says: who sends what changed gets what changed.
// Method: random fetches, right and wrong, against the cache and against a model that keeps plain
// lists and remembers what each fetcher was told.
#include "broker/api/fetch_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::broker::api {
namespace {

using protocol::fetch_request;
using partition_data = fetch_session::partition_data;

constexpr std::size_t slots = 3;

struct modelled {
    std::int32_t id = 0;
    std::int32_t epoch = 1;
    bool by_id = false;
    io::time_point used;
    std::vector<fetch_partition> partitions;

    auto find(const fetch_key& key) {
        return std::ranges::find(partitions, key, &fetch_partition::key);
    }
    void add(const fetch_partition& wanted) {
        const auto known = find(wanted.key);
        if (known == partitions.end()) return partitions.push_back(wanted);
        const auto told = *known;
        *known = wanted;
        known->told_high_watermark = told.told_high_watermark;
        known->told_log_start = told.told_log_start;
    }
};

class fetchers {
  public:
    explicit fetchers(std::uint64_t seed) : random_(seed), cache_(slots, seed) {}

    void step() {
        now_ += std::chrono::seconds(1 + random_.below(40));
        const std::int16_t version = random_.below(2) == 0 ? 12 : 13;
        const auto request = any_request(version);
        const auto opened = cache_.open(request, version, now_);
        auto* expected = predict(request, version);
        ASSERT_EQ(opened.has_value(), error_ == error_code::none);
        ASSERT_TRUE(opened || opened.error() == error_);
        if (!opened) return;
        ASSERT_EQ(opened->changes_only, incremental_);
        check_list(*opened->session, *expected);
        adopt_id(*opened);
        answer(*opened->session, expected->partitions, sessions_.contains(current_id_));
        ASSERT_EQ(cache_.size(), sessions_.size());
    }

  private:
    fetch_key any_key(bool by_id) {
        const auto number = random_.below(3);
        fetch_key key{.topic = {},
                      .name = "",
                      .partition = partition_index(static_cast<std::int32_t>(random_.below(3)))};
        if (by_id) {
            key.topic = {.high = number + 1, .low = 0};
        } else {
            key.name = std::string(1, static_cast<char>('a' + number));
        }
        return key;
    }

    fetch_request any_request(std::int16_t version) {
        fetch_request request;
        const bool by_id = version >= 13;
        request.session_epoch = 0;
        if (!sessions_.empty() && random_.below(5) > 0) {
            auto chosen = std::next(sessions_.begin(),
                                    static_cast<std::ptrdiff_t>(random_.below(sessions_.size())));
            request.session_id = chosen->first;
            request.session_epoch = chosen->second.epoch;
            if (random_.below(12) == 0) ++request.session_epoch;
            if (random_.below(12) == 0) request.session_id ^= 1;
            if (random_.below(15) == 0) request.session_epoch = -1;
        }
        for (std::size_t count = random_.below(4); count > 0; --count) {
            const auto key = any_key(by_id);
            auto& topic = request.topics.emplace_back();
            topic.topic = key.name;
            topic.topic_id = key.topic;
            auto& partition = topic.partitions.emplace_back();
            partition.partition = key.partition;
            partition.fetch_offset = offset(static_cast<std::int64_t>(random_.below(50)));
            partition.partition_max_bytes = static_cast<std::int32_t>(random_.below(9));
        }
        for (std::size_t count = random_.below(2); count > 0; --count) {
            const auto key = any_key(by_id);
            auto& topic = request.forgotten_topics_data.emplace_back();
            topic.topic = key.name;
            topic.topic_id = key.topic;
            topic.partitions.push_back(key.partition);
        }
        return request;
    }

    static void add_all(const fetch_request& request, modelled& to) {
        for (const auto& topic : request.topics) {
            for (const auto& each : topic.partitions) {
                to.add({.key = {.topic = topic.topic_id,
                                .name = topic.topic,
                                .partition = each.partition},
                        .fetch_offset = each.fetch_offset,
                        .max_bytes = each.partition_max_bytes});
            }
        }
    }

    // What must come of the request: sets error_, incremental_; gives the session it is about.
    modelled* predict(const fetch_request& request, std::int16_t version) {
        const bool by_id = version >= 13;
        incremental_ = request.session_epoch > 0;
        error_ = error_code::none;
        current_id_ = 0;
        if (!incremental_) return predict_full(request, by_id);
        const auto found = sessions_.find(request.session_id);
        if (found == sessions_.end()) return fail(error_code::fetch_session_id_not_found);
        auto& session = found->second;
        if (session.epoch != request.session_epoch) {
            return fail(error_code::invalid_fetch_session_epoch);
        }
        if (session.by_id != by_id) return fail(error_code::fetch_session_topic_id_error);
        ++session.epoch;
        session.used = now_;
        current_id_ = session.id;
        add_all(request, session);
        for (const auto& topic : request.forgotten_topics_data) {
            const fetch_key key{.topic = topic.topic_id,
                                .name = topic.topic,
                                .partition = topic.partitions.front()};
            std::erase_if(session.partitions, [&](const auto& each) { return each.key == key; });
        }
        if (!session.partitions.empty()) return &session;
        // A session about nothing ends.
        scratch_ = session;
        current_id_ = 0;
        sessions_.erase(found);
        return &scratch_;
    }
    modelled* predict_full(const fetch_request& request, bool by_id) {
        sessions_.erase(request.session_id);
        scratch_ = {.by_id = by_id, .used = now_};
        add_all(request, scratch_);
        wants_session_ = request.session_epoch == 0;
        return &scratch_;
    }
    modelled* fail(error_code error) {
        error_ = error;
        return nullptr;
    }

    // A full fetch got a session when there was room: the oldest may go after two minutes.
    void adopt_id(const fetch_context& opened) {
        if (incremental_) return;
        bool room = sessions_.size() < slots;
        if (wants_session_ && !room) {
            const auto oldest = std::ranges::min_element(
                sessions_, {}, [](const auto& each) { return each.second.used; });
            room = now_ - oldest->second.used >= std::chrono::minutes(2);
            if (room) sessions_.erase(oldest);
        }
        ASSERT_EQ(opened.session_id != 0, wants_session_ && room);
        if (opened.session_id == 0) return;
        ASSERT_FALSE(sessions_.contains(opened.session_id));
        scratch_.id = current_id_ = opened.session_id;
        sessions_[opened.session_id] = scratch_;
    }

    static void check_list(fetch_session& session, const modelled& expected) {
        ASSERT_EQ(session.partitions().size(), expected.partitions.size());
        auto other = expected.partitions.begin();
        for (const auto& each : session.partitions()) {
            ASSERT_EQ(each.key, other->key);
            ASSERT_EQ(each.fetch_offset, other->fetch_offset);
            ASSERT_EQ(each.max_bytes, other->max_bytes);
            ++other;
        }
    }

    // Answers for all partitions; what is told and the order afterwards must be the model's.
    void answer(fetch_session& session, std::vector<fetch_partition>& scratch, bool is_kept) {
        auto& partitions = is_kept ? sessions_[current_id_].partitions : scratch;
        const auto keys = partitions;
        base::bytes memory(4);
        for (const auto& each : keys) {
            partition_data answer;
            answer.high_watermark = offset(static_cast<std::int64_t>(random_.below(3)));
            answer.log_start_offset = offset(static_cast<std::int64_t>(random_.below(2)));
            const bool has_records = random_.below(4) == 0;
            const bool failed = random_.below(10) == 0;
            if (has_records) answer.records = {.present = true, .memory = memory};
            if (failed) answer.error_code = error_code::kafka_storage_error;
            const auto place = std::ranges::find(partitions, each.key, &fetch_partition::key);
            const bool news = has_records || failed ||
                              place->told_high_watermark != answer.high_watermark ||
                              place->told_log_start != answer.log_start_offset;
            place->told_high_watermark = failed ? no_offset : answer.high_watermark;
            place->told_log_start = answer.log_start_offset;
            if (has_records) std::rotate(place, place + 1, partitions.end());
            ASSERT_EQ(session.must_tell(each.key, answer), news);
        }
        check_list(session, {.partitions = partitions});
    }

    base::prng random_;
    fetch_session_cache cache_;
    io::time_point now_{};
    std::map<std::int32_t, modelled> sessions_;
    modelled scratch_;
    error_code error_ = error_code::none;
    bool incremental_ = false;
    bool wants_session_ = false;
    std::int32_t current_id_ = 0;
};

TEST(fetch_sessions, behave_as_the_model_does) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        fetchers of(seed);
        for (int step = 0; step < 200; ++step) {
            of.step();
            ASSERT_FALSE(testing::Test::HasFailure()) << "step " << step;
        }
    }
}

}  // namespace
}  // namespace weir::broker::api
