#include "connect/kafka/group_consumer.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <string_view>

#include "connect/kafka/handle.hpp"

namespace weir::connect::kafka {
namespace {

using queue_owner = std::unique_ptr<rd_kafka_queue_t, destroyer<rd_kafka_queue_destroy>>;
using event_owner = std::unique_ptr<rd_kafka_event_t, destroyer<rd_kafka_event_destroy>>;

std::vector<assignment> assignments_of(const rd_kafka_topic_partition_list_t* list) {
    std::vector<assignment> out;
    for (int index = 0; list != nullptr && index < list->cnt; ++index) {
        const auto& each = list->elems[index];
        out.push_back({.topic = each.topic,
                       .partition = each.partition,
                       .offset = each.offset < 0 ? -1 : each.offset});
    }
    return out;
}

}  // namespace

message message_batch::at(std::size_t index) const {
    return view_of(*messages_[index]);
}

void message_batch::clear() {
    for (auto* each : messages_)
        rd_kafka_message_destroy(each);
    messages_.clear();
}

struct group_consumer::state {
    group_events events;
    std::unique_ptr<handle> client;
    rd_kafka_queue_t* queue = nullptr;

    ~state() {
        events = {};  // whose owner may be gone before the client is
        if (queue != nullptr) rd_kafka_queue_destroy(queue);
    }

    static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                             rd_kafka_topic_partition_list_t* list, void*) {
        const auto* opened = static_cast<const handle*>(rd_kafka_opaque(client));
        const auto* self = static_cast<const state*>(opened->owner());
        const bool step = std::string_view(rd_kafka_rebalance_protocol(client)) == "COOPERATIVE";
        if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            if (self->events.on_assigned) self->events.on_assigned(assignments_of(list));
            if (step) {
                (void)result_of(rd_kafka_incremental_assign(client, list));
            } else {
                (void)rd_kafka_assign(client, list);
            }
            return;
        }
        const bool lost = rd_kafka_assignment_lost(client) != 0;
        if (self->events.on_revoked) self->events.on_revoked(assignments_of(list), lost);
        if (step) {
            (void)result_of(rd_kafka_incremental_unassign(client, list));
        } else {
            (void)rd_kafka_assign(client, nullptr);
        }
    }

    // Keeps a record, tells of a problem.
    void take(rd_kafka_message_t* from, std::vector<rd_kafka_message_t*>& into) const {
        if (from->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            into.push_back(from);
            return;
        }
        if (events.on_problem) events.on_problem(problem_of(*from));
        rd_kafka_message_destroy(from);
    }
};

group_consumer::group_consumer(std::unique_ptr<state> state) : state_(std::move(state)) {}
group_consumer::~group_consumer() = default;

client_result<std::unique_ptr<group_consumer>> group_consumer::create(client_options options,
                                                                      group_events events) {
    options.settings.emplace_back("enable.auto.commit", "false");
    options.settings.emplace_back("enable.auto.offset.store", "false");
    auto made = std::make_unique<state>();
    made->events = std::move(events);
    auto opened = handle::create(
        client_kind::consumer, std::move(options), made.get(),
        [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_rebalance_cb(conf, &state::on_rebalance); });
    if (!opened) return std::unexpected(opened.error());
    made->client = std::move(*opened);
    rd_kafka_poll_set_consumer(made->client->get());
    made->queue = rd_kafka_queue_get_consumer(made->client->get());
    return std::unique_ptr<group_consumer>(new group_consumer(std::move(made)));
}

client_result<void> group_consumer::subscribe(const std::vector<std::string>& topics) {
    const list_owner list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const auto& each : topics)
        rd_kafka_topic_partition_list_add(list.get(), each.c_str(), RD_KAFKA_PARTITION_UA);
    const auto error = rd_kafka_subscribe(state_->client->get(), list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return {};
}

std::size_t group_consumer::poll(poll_times times, std::size_t count_max, message_batch& into) {
    if (count_max == 0) return 0;
    auto& kept = into.messages_;
    const auto before = kept.size();
    // The call for many messages waits until it has that many: the first one is waited for alone.
    auto* first = rd_kafka_consume_queue(state_->queue, static_cast<int>(times.wait.count()));
    if (first == nullptr) return 0;
    state_->take(first, kept);
    if (kept.size() == before) return 0;
    const auto at = kept.size();
    const auto take_more = [&](milliseconds wait, std::size_t count) {
        if (count == 0) return;
        const auto begin = kept.size();
        kept.resize(begin + count);
        const auto more = rd_kafka_consume_batch_queue(
            state_->queue, static_cast<int>(wait.count()), kept.data() + begin, count);
        kept.resize(begin + static_cast<std::size_t>(std::max<ssize_t>(more, 0)));
    };
    const auto enough = std::min(times.enough == 0 ? count_max : times.enough, count_max);
    if (times.linger.count() > 0) take_more(times.linger, enough - 1);
    take_more(milliseconds(0), count_max - 1 - (kept.size() - at));
    // Problems among them are told and taken out.
    std::size_t good = at;
    for (std::size_t index = at; index < kept.size(); ++index) {
        if (kept[index]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            kept[good++] = kept[index];
        } else {
            std::vector<rd_kafka_message_t*> none;
            state_->take(kept[index], none);
        }
    }
    kept.resize(good);
    return kept.size() - before;
}

client_result<void> group_consumer::commit(const std::vector<assignment>& next,
                                           milliseconds timeout) {
    if (next.empty()) return {};
    const auto list = list_of(next);
    auto* client = state_->client->get();
    const queue_owner queue(rd_kafka_queue_new(client));
    const auto asked = rd_kafka_commit_queue(client, list.get(), queue.get(), nullptr, nullptr);
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(asked));
    const event_owner event(rd_kafka_queue_poll(queue.get(), static_cast<int>(timeout.count())));
    if (!event) return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT));
    auto error = rd_kafka_event_error(event.get());
    const auto* answer = rd_kafka_event_topic_partition_list(event.get());
    for (int index = 0; answer != nullptr && index < answer->cnt; ++index) {
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = answer->elems[index].err;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(error));
    return {};
}

void group_consumer::pause(const std::vector<assignment>& partitions) {
    (void)rd_kafka_pause_partitions(state_->client->get(), list_of(partitions).get());
}

void group_consumer::resume(const std::vector<assignment>& partitions) {
    (void)rd_kafka_resume_partitions(state_->client->get(), list_of(partitions).get());
}

std::optional<std::int64_t> group_consumer::end_offset(const std::string& topic,
                                                       std::int32_t partition) const {
    return state_->client->high_watermark(topic, partition);
}

void group_consumer::close() {
    rd_kafka_consumer_close(state_->client->get());
}

void group_consumer::abandon() {
    // Its threads still log through what is in there.
    (void)state_.release();
}

}  // namespace weir::connect::kafka
