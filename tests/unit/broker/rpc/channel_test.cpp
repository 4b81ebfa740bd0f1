// Goal: a channel settles the versions as KIP-511 says, matches responses to requests whatever
// their order, and ends with a clear error when the peer misbehaves, is late, or goes away.
// Method: real sockets on 127.0.0.1; the peer follows a script.
#include "broker/rpc/channel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>

#include "broker/io/asio/connector.hpp"
#include "broker/protocol/messages/api_versions_request.hpp"
#include "broker/protocol/messages/list_groups_request.hpp"
#include "broker/protocol/messages/list_groups_response.hpp"
#include "broker/protocol/messages/produce_request.hpp"
#include "tests/unit/broker/rpc/scripted_peer.hpp"

namespace weir::broker::rpc {
namespace {

using namespace std::chrono_literals;
using protocol::api_key;
using protocol::list_groups_request;
using protocol::list_groups_response;
using api_version = protocol::api_versions_response::api_version;
using groups_result = rpc_result<answer<list_groups_response>>;

constexpr std::int16_t versions_key = 18;
constexpr std::int16_t groups_key = 16;

const std::vector<api_version> both_apis = {{versions_key, 0, 4}, {groups_key, 1, 3}};

base::bytes groups_frame(const received& question, const std::string& group) {
    list_groups_response body;
    body.groups.push_back({.group_id = group});
    protocol::writer out;
    body.encode(out, question.version);
    return protocol::response_header_version(question.key, question.version) == 0
               ? plain_frame(question.correlation_id, out)
               : flexible_frame(question.correlation_id, out);
}

// A client on a shard of its own: each call blocks the test until the coroutine is done.
class channel_test : public testing::Test {
  protected:
    channel_test() : shard_("client"), connector_(shard_), group_(shard_) { shard_.start(); }
    ~channel_test() override {
        if (channel_) run(ended(channel_->stop()));
        shard_.stop();
    }

    template <class T>
    T run(io::task<T> work) {
        std::promise<T> done;
        auto result = done.get_future();
        shard_.post([&] { group_.spawn(finish(std::move(work), done)); });
        return result.get();
    }

    // Two at once.
    std::pair<groups_result, groups_result> run_both(io::task<groups_result> one,
                                                     io::task<groups_result> other) {
        std::promise<groups_result> first;
        std::promise<groups_result> second;
        shard_.post([&] {
            group_.spawn(finish(std::move(one), first));
            group_.spawn(finish(std::move(other), second));
        });
        auto one_result = first.get_future().get();
        return {std::move(one_result), second.get_future().get()};
    }

    rpc_result<void> open(io::endpoint where, channel_options options = {}) {
        auto opening = channel::open(shard_, connector_, std::move(where), std::move(options),
                                     shard_.now() + 10s);
        auto opened = run(std::move(opening));
        if (!opened) return std::unexpected(opened.error());
        channel_ = std::move(*opened);
        return {};
    }

    io::task<groups_result> list_groups(io::duration patience = 10s, version_range versions = {}) {
        return channel_->call<list_groups_response>(
            request_, {.deadline = shard_.now() + patience, .versions = versions});
    }

    static io::task<bool> ended(io::task<void> work) {
        co_await std::move(work);
        co_return true;
    }

    io::asio_shard shard_;
    io::tcp_connector connector_;
    io::task_group group_;
    std::unique_ptr<channel> channel_;
    list_groups_request request_;

    template <class T>
    static io::task<void> finish(io::task<T> work, std::promise<T>& done) {
        done.set_value(co_await std::move(work));
    }
};

// Answers ApiVersions, and ListGroups with the number of the question as the group's name.
reaction well_behaved(const received& question) {
    if (question.key == api_key::api_versions)
        return {.frames = {versions_frame(question, both_apis)}};
    return {.frames = {groups_frame(question, std::to_string(question.correlation_id))}};
}

TEST_F(channel_test, opens_with_one_question_and_sends_in_the_highest_common_version) {
    std::atomic<int> asked = 0;
    std::atomic<std::int16_t> version = -1;
    const scripted_peer peer([&](const received& question) {
        asked += question.key == api_key::api_versions ? 1 : 0;
        if (question.key == api_key::list_groups) version = question.version;
        return well_behaved(question);
    });
    ASSERT_TRUE(open(peer.address()));
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(channel_->version_for<list_groups_request>(), 3);
    const auto reply = run(list_groups());
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ((*reply)->groups.front().group_id, "1");
    EXPECT_EQ(version, 3);
    EXPECT_EQ(reply->version, 3);
}

TEST_F(channel_test, asks_again_in_the_version_that_an_older_broker_names) {
    std::vector<std::int16_t> versions;
    const scripted_peer peer([&](const received& question) -> reaction {
        if (question.key != api_key::api_versions) return well_behaved(question);
        versions.push_back(question.version);
        if (question.version <= 2) return {.frames = {versions_frame(question, both_apis)}};
        protocol::api_versions_response refusal;
        refusal.error_code = error_code::unsupported_version;
        refusal.api_keys = {{versions_key, 0, 2}};
        protocol::writer body;
        refusal.encode(body, 0);
        return {.frames = {plain_frame(question.correlation_id, body)}};
    });
    ASSERT_TRUE(open(peer.address()));
    EXPECT_TRUE(run(list_groups()));
    EXPECT_EQ(versions, (std::vector<std::int16_t>{4, 2}));
}

TEST_F(channel_test, falls_back_to_version_0_when_the_broker_names_none) {
    std::vector<std::int16_t> versions;
    const scripted_peer peer([&](const received& question) -> reaction {
        versions.push_back(question.version);
        if (question.version == 0) return {.frames = {versions_frame(question, both_apis)}};
        protocol::api_versions_response refusal;
        refusal.error_code = error_code::unsupported_version;
        protocol::writer body;
        refusal.encode(body, 0);
        return {.frames = {plain_frame(question.correlation_id, body)}};
    });
    ASSERT_TRUE(open(peer.address()));
    EXPECT_EQ(versions, (std::vector<std::int16_t>{4, 0}));
}

TEST_F(channel_test, gives_each_caller_its_own_response_whatever_the_order) {
    std::vector<received> held;
    const scripted_peer peer([&](const received& question) -> reaction {
        if (question.key == api_key::api_versions) return well_behaved(question);
        held.push_back(question);
        if (held.size() < 2) return {};
        return {.frames = {groups_frame(held[1], "second"), groups_frame(held[0], "first")}};
    });
    ASSERT_TRUE(open(peer.address()));
    const auto [first, second] = run_both(list_groups(), list_groups());
    ASSERT_TRUE(first && second);
    EXPECT_EQ((*first)->groups.front().group_id, "first");
    EXPECT_EQ((*second)->groups.front().group_id, "second");
}

TEST_F(channel_test, closes_when_a_deadline_passes_and_fails_what_else_is_under_way) {
    const scripted_peer peer([](const received& question) -> reaction {
        if (question.key == api_key::api_versions) return well_behaved(question);
        return {};
    });
    ASSERT_TRUE(open(peer.address()));
    const auto [late, patient] = run_both(list_groups(50ms), list_groups(60s));
    ASSERT_FALSE(late || patient);
    EXPECT_EQ(late.error().code, rpc_errc::timed_out);
    EXPECT_EQ(patient.error().code, rpc_errc::timed_out);
    EXPECT_TRUE(channel_->is_closed());
    const auto after = run(list_groups());
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code, rpc_errc::timed_out);
}

TEST_F(channel_test, fails_with_closed_when_the_peer_hangs_up) {
    const scripted_peer peer([](const received& question) -> reaction {
        if (question.key == api_key::api_versions) return well_behaved(question);
        return {.hang_up = true};
    });
    ASSERT_TRUE(open(peer.address()));
    const auto reply = run(list_groups());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, rpc_errc::closed);
}

TEST_F(channel_test, refuses_what_the_broker_does_not_serve_in_the_words_of_kafka) {
    const scripted_peer peer(well_behaved);
    ASSERT_TRUE(open(peer.address()));
    const auto absent = channel_->version_for<protocol::produce_request>();
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, rpc_errc::unsupported_version);
    EXPECT_EQ(absent.error().message, "The node does not support PRODUCE");
    const auto reply = run(list_groups(10s, {.min = 4}));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().message,
              "The node does not support LIST_GROUPS with version in range [4,5]. The supported "
              "range is [1,3].");
    EXPECT_FALSE(channel_->is_closed());
}

TEST_F(channel_test, does_not_believe_a_response_that_is_too_large) {
    const scripted_peer peer([](const received& question) -> reaction {
        if (question.key == api_key::api_versions) return well_behaved(question);
        protocol::writer lie;
        lie.put_int32(2'000'000'000);
        return {.frames = {std::move(lie).take_bytes()}};
    });
    ASSERT_TRUE(open(peer.address(), {.response_size_max = 1024 * 1024}));
    const auto reply = run(list_groups());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, rpc_errc::malformed);
    EXPECT_TRUE(channel_->is_closed());
}

TEST_F(channel_test, does_not_believe_a_response_to_nothing) {
    const scripted_peer peer([](const received& question) -> reaction {
        if (question.key == api_key::api_versions) return well_behaved(question);
        auto other = question;
        other.correlation_id += 7;
        return {.frames = {groups_frame(other, "stray")}};
    });
    ASSERT_TRUE(open(peer.address()));
    const auto reply = run(list_groups());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, rpc_errc::malformed);
}

TEST_F(channel_test, tells_a_body_that_cannot_be_read_and_goes_on) {
    std::atomic<bool> torn = false;
    const scripted_peer peer([&](const received& question) -> reaction {
        if (question.key == api_key::api_versions || torn.exchange(true)) {
            return well_behaved(question);
        }
        return {.frames = {flexible_frame(question.correlation_id, {})}};
    });
    ASSERT_TRUE(open(peer.address()));
    const auto reply = run(list_groups());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, rpc_errc::malformed);
    EXPECT_TRUE(run(list_groups()));
}

TEST_F(channel_test, fails_the_calls_under_way_when_it_is_stopped) {
    std::promise<void> arrived;
    const scripted_peer peer([&](const received& question) -> reaction {
        if (question.key == api_key::api_versions) return well_behaved(question);
        arrived.set_value();
        return {};
    });
    ASSERT_TRUE(open(peer.address()));
    std::promise<groups_result> done;
    shard_.post([&] { group_.spawn(finish(list_groups(60s), done)); });
    arrived.get_future().get();
    run(ended(channel_->stop()));
    const auto reply = done.get_future().get();
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, rpc_errc::closed);
    channel_.reset();
}

TEST_F(channel_test, says_that_nobody_listens) {
    io::endpoint nobody;
    {
        const scripted_peer gone(well_behaved);
        nobody = gone.address();
    }
    const auto opened = open(nobody);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, rpc_errc::unreachable);
    EXPECT_NE(opened.error().message.find("127.0.0.1"), std::string::npos);
}

TEST_F(channel_test, finds_a_broker_by_the_name_of_its_host) {
    const scripted_peer peer(well_behaved);
    EXPECT_TRUE(open({.host = "localhost", .port = peer.address().port}));
}

TEST_F(channel_test, says_that_a_name_is_not_known) {
    const auto opened = open({.host = "no-such-host.invalid", .port = 9092});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, rpc_errc::unreachable);
}

}  // namespace
}  // namespace weir::broker::rpc
