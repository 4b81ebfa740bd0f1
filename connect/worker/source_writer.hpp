// source_writer: the producer of a source: its records, its dead letters and its positions. Belongs
// to the thread of its run.
//
// exactly_once: all of them in one transaction of the id connect-cluster-NAME-TASK. Positions are
// written just before the commit, so that the topic of positions is held up for a moment only.
// at_least_once: an idempotent producer; positions of what is acknowledged.
//
// Invariant: a position becomes readable not before the records it stands for.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "connect/kafka/producer.hpp"
#include "connect/worker/core/offset_tracker.hpp"
#include "connect/worker/task_setup.hpp"
#include "connect/worker/topic_maker.hpp"

namespace weir::connect::worker {

// What ended badly, as the end of a run.
using write_result = std::expected<void, run_end>;

class source_writer {
  public:
    explicit source_writer(const task_setup& setup)
        : setup_(setup), topics_(setup.options->request_timeout) {}
    ~source_writer();
    source_writer(const source_writer&) = delete;
    source_writer& operator=(const source_writer&) = delete;

    // Makes the producer and the topic of positions; with transactions, fences those that ran this
    // task before, so that positions can be read now.
    write_result open();

    // Sends one batch. What it views may go when this returns.
    struct batch {
        std::span<const kafka::record> records;
        std::uint64_t bytes = 0;
        std::vector<core::position> positions;
        bool open = false;
    };
    write_result send(batch what);
    // Whether something is there to be committed, and can be.
    bool is_committable() const { return tracker_.has_content() && !tracker_.is_open(); }
    // In the middle of a unit.
    bool is_open() const { return tracker_.is_open(); }
    bool has_records() const { return records_ > 0; }
    std::uint64_t records() const { return records_; }
    // At least once: positions are under way, and commit() is to be asked soon.
    bool is_waiting() const { return positions_waiting_ > 0 || durable_batches_ > 0; }
    std::uint64_t bytes() const { return bytes_; }
    std::int64_t age_ms() const { return tracker_.has_content() ? steady_ms() - since_ms_ : 0; }

    // Commits what can be. Gives how many batches are durable now, 0 for none since the last time.
    // Exactly once: waits for it. At least once: sends positions of what is acknowledged, and gives
    // what has become durable meanwhile.
    std::expected<std::uint64_t, run_end> commit();
    // At least once: waits until everything that was sent is durable, and its positions.
    std::expected<std::uint64_t, run_end> commit_all(milliseconds timeout);
    // Serves the client; notices what went wrong.
    write_result serve(milliseconds timeout);
    // Undoes what is not committed.
    void abort();

    std::int64_t record_bytes_max() const { return record_bytes_max_; }

  private:
    write_result make_topics(std::span<const kafka::record> records);
    write_result send_all(std::span<const kafka::record> records, std::uint64_t tag);
    write_result send_positions(const core::progress& of, std::uint64_t tag);
    write_result begin();
    write_result finish_transaction();
    std::expected<std::uint64_t, run_end> commit_transaction();
    run_end end_of(const kafka::client_error& error) const;
    void on_delivery(const kafka::delivery& what);
    bool is_exactly_once() const {
        return setup_.component->delivery == pipeline::delivery_mode::exactly_once;
    }

    const task_setup& setup_;
    topic_maker topics_;
    std::unique_ptr<kafka::producer> producer_;
    core::offset_tracker tracker_;
    std::optional<kafka::client_error> failed_;  // of a delivery
    std::string last_topic_;
    bool in_transaction_ = false;
    std::uint64_t records_ = 0;  // not committed
    std::uint64_t bytes_ = 0;
    std::int64_t since_ms_ = 0;  // the first of them
    std::int64_t record_bytes_max_ = 1000000;
    // At least once: positions on their way, the batches they stand for, what is durable.
    std::uint64_t positions_waiting_ = 0;
    std::uint64_t positions_batches_ = 0;
    std::uint64_t durable_batches_ = 0;
};

}  // namespace weir::connect::worker
