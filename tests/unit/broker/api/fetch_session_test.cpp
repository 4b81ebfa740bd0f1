// Goal: the rules of fetch sessions (KIP-227), one by one; tests/property has them all at once.
// Method: requests by hand against a cache of two.
#include "broker/api/fetch_session.hpp"

#include <gtest/gtest.h>

namespace weir::broker::api {
namespace {

using namespace std::chrono_literals;
using protocol::fetch_request;

constexpr std::int16_t by_name = 12;
constexpr std::int16_t by_id = 13;

class fetch_sessions : public testing::Test {
  protected:
    static fetch_request about(std::vector<std::string> topics, std::int32_t id = 0,
                               std::int32_t epoch = 0) {
        fetch_request request;
        request.session_id = id;
        request.session_epoch = epoch;
        for (auto& name : topics) {
            auto& topic = request.topics.emplace_back();
            topic.topic = std::move(name);
            topic.partitions.emplace_back().fetch_offset = offset(7);
        }
        return request;
    }
    auto open(const fetch_request& request, std::int16_t version = by_name) {
        return cache_.open(request, version, now_);
    }
    std::int32_t begin(std::vector<std::string> topics) {
        const auto opened = open(about(std::move(topics)));
        EXPECT_TRUE(opened.has_value());
        return opened->session_id;
    }
    static std::string names(fetch_session& of) {
        std::string all;
        for (const auto& each : of.partitions())
            all += each.key.name;
        return all;
    }
    static fetch_key key(const std::string& name) {
        return {.topic = {}, .name = name, .partition = partition_index(0)};
    }

    fetch_session_cache cache_{2, 1};
    io::time_point now_{1h};
};

TEST_F(fetch_sessions, a_full_fetch_with_epoch_0_begins_one) {
    const auto opened = open(about({"a", "b"}));
    ASSERT_TRUE(opened.has_value());
    EXPECT_NE(opened->session_id, 0);
    EXPECT_FALSE(opened->changes_only);
    EXPECT_EQ(names(*opened->session), "ab");
}

TEST_F(fetch_sessions, a_full_fetch_with_epoch_minus_1_has_none) {
    const auto id = begin({"a"});
    const auto opened = open(about({"b"}, id, -1));
    EXPECT_EQ(opened->session_id, 0);
    EXPECT_EQ(cache_.size(), 0U);
    EXPECT_EQ(open(about({}, id, 1)).error(), error_code::fetch_session_id_not_found);
}

TEST_F(fetch_sessions, later_fetches_say_what_changed) {
    const auto id = begin({"a", "b"});
    auto request = about({"c"}, id, 1);
    auto& forgotten = request.forgotten_topics_data.emplace_back();
    forgotten.topic = "a";
    forgotten.partitions.push_back(partition_index(0));
    const auto opened = open(request);
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(opened->changes_only);
    EXPECT_EQ(names(*opened->session), "bc");
}

TEST_F(fetch_sessions, epochs_count_up_and_a_wrong_one_is_told) {
    const auto id = begin({"a"});
    EXPECT_TRUE(open(about({}, id, 1)).has_value());
    EXPECT_TRUE(open(about({}, id, 2)).has_value());
    EXPECT_EQ(open(about({}, id, 2)).error(), error_code::invalid_fetch_session_epoch);
    EXPECT_TRUE(open(about({}, id, 3)).has_value());
}

TEST_F(fetch_sessions, names_and_ids_do_not_mix) {
    const auto id = begin({"a"});
    EXPECT_EQ(open(about({}, id, 1), by_id).error(), error_code::fetch_session_topic_id_error);
}

TEST_F(fetch_sessions, before_version_7_there_are_none) {
    const auto opened = open(about({"a"}), 6);
    EXPECT_EQ(opened->session_id, 0);
    EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(fetch_sessions, a_full_cache_keeps_what_is_in_use) {
    const auto first = begin({"a"});
    now_ += 1min;
    begin({"b"});
    EXPECT_EQ(begin({"c"}), 0);
    now_ += 1min;
    EXPECT_NE(begin({"d"}), 0);  // the first was not used for two minutes
    EXPECT_EQ(open(about({}, first, 1)).error(), error_code::fetch_session_id_not_found);
    EXPECT_EQ(cache_.size(), 2U);
}

TEST_F(fetch_sessions, only_news_are_told) {
    auto opened = open(about({"a", "b"}));
    auto& session = *opened->session;
    fetch_session::partition_data answer;
    answer.high_watermark = offset(5);
    answer.log_start_offset = offset(0);
    EXPECT_TRUE(session.must_tell(key("a"), answer));
    EXPECT_FALSE(session.must_tell(key("a"), answer));
    answer.high_watermark = offset(6);
    EXPECT_TRUE(session.must_tell(key("a"), answer));
    answer.log_start_offset = offset(1);
    EXPECT_TRUE(session.must_tell(key("a"), answer));
    EXPECT_FALSE(session.must_tell(key("unknown"), answer));
}

TEST_F(fetch_sessions, after_an_error_the_next_good_answer_is_told) {
    auto opened = open(about({"a"}));
    auto& session = *opened->session;
    fetch_session::partition_data answer;
    answer.high_watermark = offset(5);
    EXPECT_TRUE(session.must_tell(key("a"), answer));
    auto failed = answer;
    failed.error_code = error_code::kafka_storage_error;
    EXPECT_TRUE(session.must_tell(key("a"), failed));
    EXPECT_TRUE(session.must_tell(key("a"), answer));
    EXPECT_FALSE(session.must_tell(key("a"), answer));
}

TEST_F(fetch_sessions, who_gave_records_is_read_last_next_time) {
    auto opened = open(about({"a", "b", "c"}));
    fetch_session::partition_data answer;
    base::bytes memory(1);
    answer.records = {.present = true, .memory = memory};
    EXPECT_TRUE(opened->session->must_tell(key("a"), answer));
    EXPECT_EQ(names(*opened->session), "bca");
}

}  // namespace
}  // namespace weir::broker::api
