// waiting_room: requests that wait for a coordinator's answer. Owned by a shard.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>

#include "broker/io/condition.hpp"
#include "broker/protocol/error_codes.hpp"

namespace weir::broker::coordinator {

template <class Response>
class waiting_room {
  public:
    explicit waiting_room(io::shard& home) : home_(home) {}

    // A new request's number.
    std::uint64_t enter() {
        const auto token = ++last_token_;
        waiters_.emplace(token, std::make_unique<waiter>(home_));
        return token;
    }
    void answer(std::uint64_t token, Response what) {
        const auto found = waiters_.find(token);
        if (found == waiters_.end()) return;
        found->second->answer = std::move(what);
        found->second->changed.notify_all();
    }
    // Everyone who waits, and who comes later, gets the error.
    void fail(error_code error) {
        failed_ = error;
        for (auto& [token, each] : waiters_)
            each->changed.notify_all();
    }
    // Waits for the answer of a request that has entered.
    io::task<std::expected<Response, error_code>> leave(std::uint64_t token) {
        auto& mine = *waiters_.at(token);
        while (!mine.answer && failed_ == error_code::none)
            co_await mine.changed.wait();
        using outcome = std::expected<Response, error_code>;
        outcome result =
            mine.answer ? outcome(std::move(*mine.answer)) : outcome(std::unexpected(failed_));
        waiters_.erase(token);
        co_return result;
    }

  private:
    struct waiter {
        explicit waiter(io::shard& on) : changed(on) {}
        std::optional<Response> answer;
        io::condition changed;
    };

    io::shard& home_;
    error_code failed_ = error_code::none;
    std::uint64_t last_token_ = 0;
    std::map<std::uint64_t, std::unique_ptr<waiter>> waiters_;
};

}  // namespace weir::broker::coordinator
