// Goal: frames are taken as they come, answered in their order whatever is done first, and at the
// end of a connection nothing of it is left. Method: a connection in memory, a handler that the
// test finishes by hand.
#include "broker/network/client_connection.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "tests/support/manual_shard.hpp"
#include "tests/support/memory_connection.hpp"

namespace weir::broker::network {
namespace {

using namespace std::chrono_literals;

base::bytes framed(std::string_view body) {
    protocol::writer out;
    out.put_int32(static_cast<std::int32_t>(body.size()));
    out.put_raw(base::as_bytes(body));
    return std::move(out).take_bytes();
}

io::task<response> with_records(base::mutable_bytes records) {
    response answer;
    answer.frame.put_int16(0);
    answer.frame.put_records({.present = true, .memory = records}, false);
    answer.frame.put_int16(0);
    co_return answer;
}

// Somebody else who holds memory and gets on.
class other_holder final : public memory_holder {
  public:
    explicit other_holder(memory_budget& of) : memory_holder(of) {}

  private:
    void evict() override { ADD_FAILURE() << "closed although it gets on"; }
    std::optional<io::time_point> stalled_since() const override { return std::nullopt; }
};

constexpr memory_budget::wish everything{.count = 1 << 20, .whole = 1 << 10};

class client_connections : public testing::Test {
  protected:
    client_connections() {
        base::configure_log({.level = base::log_level::error});
        limits_.pipeline_max = 3;
        limits_.frame_size_max = 1 << 20;
        handler_ = [this](connection_info& info, request_frame& frame) {
            return handle(info, frame);
        };
        connection_ = std::make_unique<client_connection>(
            shard_, std::make_unique<test::memory_connection>(peer_), budget_, limits_, handler_,
            counters_);
        ended_ = shard_.spawn(connection_->run());
    }
    ~client_connections() override {
        connection_->close();
        for (const auto& text : std::vector<std::string>(begun_))
            finish(text);
        shard_.run();
        EXPECT_TRUE(*ended_);
        EXPECT_EQ(budget_.taken(), 0U);
    }

    // Answers a frame with its own text, when the test says so, or when the client is gone.
    io::task<response> handle(connection_info& info, request_frame& frame) {
        const std::string text(base::as_text(frame.bytes()));
        begun_.push_back(text);
        while (!finished_.contains(text) && !info.closed)
            co_await finished_changed_.wait();
        response answer;
        answer.frame.put_raw(base::as_bytes("<" + text + ">"));
        answer.none = text.starts_with("silent");
        answer.close = text.starts_with("last");
        co_return answer;
    }
    void send(std::string_view body) {
        peer_->send(framed(body));
        shard_.run();
    }
    void finish(const std::string& text) {
        finished_.insert(text);
        finished_changed_.notify_all();
        shard_.run();
    }
    std::string written() const { return std::string(base::as_text(peer_->written)); }

    test::manual_shard shard_;
    std::shared_ptr<test::memory_peer> peer_ = std::make_shared<test::memory_peer>(shard_);
    memory_budget budget_{shard_, {.size = 1 << 20}};
    connection_limits limits_;
    traffic counters_;
    frame_handler handler_;
    std::vector<std::string> begun_;
    std::set<std::string> finished_;
    io::condition finished_changed_{shard_};
    std::unique_ptr<client_connection> connection_;
    std::shared_ptr<bool> ended_;
};

TEST_F(client_connections, answers_go_out_in_the_order_of_the_requests) {
    send("a");
    send("b");
    send("c");
    EXPECT_EQ(begun_, (std::vector<std::string>{"a", "b", "c"}));
    finish("c");
    finish("b");
    EXPECT_EQ(written(), "");
    finish("a");
    EXPECT_EQ(written(), "<a><b><c>");
}

TEST_F(client_connections, a_frame_may_come_byte_by_byte) {
    const auto bytes = framed("hello");
    for (const auto each : bytes) {
        EXPECT_TRUE(begun_.empty());
        peer_->send(base::bytes_view(&each, 1));
        shard_.run();
    }
    finish("hello");
    EXPECT_EQ(written(), "<hello>");
    EXPECT_EQ(counters_.bytes_in, bytes.size());
    EXPECT_EQ(counters_.bytes_out, 7U);
}

TEST_F(client_connections, frames_that_come_together_are_taken_apart) {
    base::bytes both = framed("one");
    const auto second = framed("");
    const auto third = framed("three");
    both.insert(both.end(), second.begin(), second.end());
    both.insert(both.end(), third.begin(), third.end() - 1);
    peer_->send(both);
    shard_.run();
    EXPECT_EQ(begun_, (std::vector<std::string>{"one", ""}));
    peer_->send(base::bytes_view(third).last(1));
    shard_.run();
    EXPECT_EQ(begun_.back(), "three");
}

TEST_F(client_connections, a_large_frame_is_whole_and_its_memory_is_charged) {
    std::string large(500'000, 'x');
    large.back() = 'y';
    peer_->read_max = 70'000;
    const auto bytes = framed(large);
    peer_->send(base::bytes_view(bytes).first(100'000));
    shard_.run();
    // Room for four times what has come; what is not written to is no memory yet.
    EXPECT_GE(budget_.taken(), 99'000U);
    EXPECT_LE(budget_.taken(), 400'000U);
    peer_->send(base::bytes_view(bytes).subspan(100'000));
    shard_.run();
    ASSERT_EQ(begun_.size(), 1U);
    EXPECT_EQ(begun_[0], large);
    EXPECT_EQ(budget_.taken(), large.size());
    finish(large);
    EXPECT_EQ(budget_.taken(), 0U);
}

TEST_F(client_connections, reading_stops_while_too_much_is_under_way) {
    for (const auto* body : {"a", "b", "c", "d", "e"})
        send(body);
    EXPECT_EQ(begun_.size(), 3U);
    finish("b");
    EXPECT_EQ(begun_.size(), 3U);
    finish("a");
    EXPECT_EQ(begun_.size(), 5U);
    EXPECT_EQ(written(), "<a><b>");
}

TEST_F(client_connections, a_client_that_does_not_read_stops_its_own_requests) {
    peer_->window = 2;
    send("a");
    finish("a");
    EXPECT_EQ(written(), "<a");
    for (const auto* body : {"b", "c", "d", "e"}) {
        finished_.insert(body);
        send(body);
    }
    EXPECT_EQ(begun_.size(), 3U);
    peer_->allow(1000);
    shard_.run();
    EXPECT_EQ(written(), "<a><b><c><d><e>");
}

TEST_F(client_connections, nothing_is_written_for_a_request_without_an_answer) {
    send("silent");
    send("b");
    finish("b");
    EXPECT_EQ(written(), "");
    finish("silent");
    EXPECT_EQ(written(), "<b>");
}

TEST_F(client_connections, an_answer_may_be_the_last) {
    send("last");
    send("b");
    finish("b");
    finish("last");
    EXPECT_EQ(written(), "<last>");
    EXPECT_TRUE(peer_->closed);
    EXPECT_TRUE(*ended_);
}

TEST_F(client_connections, lengths_that_cannot_be_end_it) {
    protocol::writer out;
    out.put_int32(-1);
    peer_->send(out.buffer());
    shard_.run();
    EXPECT_TRUE(*ended_);
    EXPECT_TRUE(peer_->closed);
}

TEST_F(client_connections, a_length_above_the_limit_ends_it_before_any_memory_is_taken) {
    protocol::writer out;
    out.put_int32((1 << 20) + 1);
    peer_->send(out.buffer());
    shard_.run();
    EXPECT_TRUE(*ended_);
    EXPECT_EQ(budget_.taken(), 0U);
}

TEST_F(client_connections, the_clients_end_is_the_end_and_handlers_are_told) {
    send("a");
    peer_->end();
    shard_.run();
    EXPECT_TRUE(connection_->info().closed);
    EXPECT_FALSE(*ended_);  // the handler is still there
    finished_changed_.notify_all();
    shard_.run();
    EXPECT_TRUE(*ended_);
    EXPECT_EQ(written(), "");
}

TEST_F(client_connections, an_end_in_the_middle_of_a_frame_gives_its_memory_back) {
    const auto bytes = framed(std::string(200'000, 'x'));
    peer_->send(base::bytes_view(bytes).first(150'000));
    shard_.run();
    EXPECT_GT(budget_.taken(), 0U);
    peer_->end();
    shard_.run();
    EXPECT_TRUE(*ended_);
    EXPECT_EQ(budget_.taken(), 0U);
    EXPECT_TRUE(begun_.empty());
}

TEST_F(client_connections, a_frame_that_gets_no_memory_in_time_ends_it) {
    other_holder other(budget_);
    ASSERT_TRUE(budget_.try_take(other, everything));
    send("a");
    EXPECT_TRUE(begun_.empty());
    for (int second = 0; second < 10; ++second) {
        EXPECT_FALSE(*ended_);
        shard_.advance(1s);
    }
    EXPECT_TRUE(*ended_);
    budget_.give_back(other, everything);
}

TEST_F(client_connections, closing_ends_it_while_it_waits_for_memory) {
    other_holder other(budget_);
    ASSERT_TRUE(budget_.try_take(other, everything));
    send("a");
    connection_->close();
    shard_.run();
    EXPECT_TRUE(*ended_);
    budget_.give_back(other, everything);
}

TEST_F(client_connections, while_a_request_waits_long_no_other_is_read) {
    std::optional<long_wait> waits(std::in_place, connection_->info());
    send("join");
    send("b");
    EXPECT_EQ(begun_, (std::vector<std::string>{"join"}));
    waits.reset();
    finish("join");
    EXPECT_EQ(begun_, (std::vector<std::string>{"join", "b"}));
    finish("b");
    EXPECT_EQ(written(), "<join><b>");
}

TEST_F(client_connections, nothing_that_moves_for_long_is_idle) {
    const auto begun = connection_->last_active();
    shard_.advance(1min);
    EXPECT_EQ(connection_->last_active(), begun);
    send("a");
    shard_.advance(1min);
    EXPECT_EQ(connection_->last_active(), begun + 2min);  // it is our turn
    peer_->window = 1;
    finish("a");
    const auto sent = connection_->last_active();
    shard_.advance(1min);
    EXPECT_EQ(connection_->last_active(), sent);  // the client does not read
    peer_->allow(100);
    shard_.run();
    EXPECT_EQ(connection_->last_active(), sent + 1min);
}

TEST_F(client_connections, records_that_were_not_copied_are_sent_in_their_place) {
    auto records = base::to_bytes(std::string_view("RECORDS"));
    handler_ = [&records](connection_info&, request_frame&) { return with_records(records); };
    send("fetch");
    EXPECT_EQ(written(), std::string("\0\0\0\0\0\7RECORDS\0\0", 15));
}

}  // namespace
}  // namespace weir::broker::network
