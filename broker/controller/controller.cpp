#include "broker/controller/controller.hpp"

#include <set>

namespace weir::broker::controller {

controller::controller(io::shard& home, raft::metadata_log& log, controller_core core,
                       metadata_publisher publish)
    : log_(log),
      core_(std::move(core)),
      publish_(std::move(publish)),
      published_(core_.image()),
      turn_(home) {}

io::task<error_code> controller::commit(metadata_records records) {
    if (records.empty()) co_return error_code::none;
    std::vector<base::bytes> values;
    values.reserve(records.size());
    for (const auto& record : records)
        values.push_back(encode_metadata_record(record));
    // Appends happen before the first suspension, hence in the order of the plans.
    const auto turn = planned_++;
    auto appended = log_.append(std::move(values));
    const auto outcome = co_await std::move(appended);
    while (done_ != turn)
        co_await turn_.wait();
    if (outcome) {
        metadata_delta delta;
        for (const auto& record : records) {
            delta.add(record, published_);
            published_.apply(record);
        }
        published_.applied_offset = outcome->last_offset;
        published_.applied_epoch = outcome->epoch;
        auto snapshot = std::make_shared<const metadata_image>(published_);
        co_await publish_(std::move(snapshot), std::move(delta));
    }
    ++done_;
    turn_.notify_all();
    co_return outcome ? error_code::none : error_code::kafka_storage_error;
}

io::task<protocol::create_topics_response> controller::create_topics(
    protocol::create_topics_request request) {
    if (log_.is_offline()) {
        protocol::create_topics_response response;
        std::set<std::string> named;
        for (auto& topic : request.topics) {
            if (!named.insert(topic.name).second) continue;
            auto& answer = response.topics.emplace_back();
            answer.name = std::move(topic.name);
            answer.error_code = error_code::kafka_storage_error;
            answer.error_message = log_.failure();
        }
        co_return response;
    }
    auto plan = core_.create_topics(request);
    const auto outcome = co_await commit(std::move(plan.records));
    if (outcome != error_code::none) {
        for (auto& topic : plan.response.topics)
            topic.error_code = outcome;
    }
    co_return std::move(plan.response);
}

io::task<protocol::delete_topics_response> controller::delete_topics(
    protocol::delete_topics_request request) {
    if (log_.is_offline()) {
        protocol::delete_topics_response response;
        const auto refuse = [&](std::optional<std::string> name, const topic_id& id) {
            auto& answer = response.responses.emplace_back();
            answer.name = std::move(name);
            answer.topic_id = id;
            answer.error_code = error_code::kafka_storage_error;
            answer.error_message = log_.failure();
        };
        for (auto& each : request.topics)
            refuse(std::move(each.name), each.topic_id);
        for (auto& name : request.topic_names)
            refuse(std::move(name), {});
        co_return response;
    }
    auto plan = core_.delete_topics(request);
    const auto outcome = co_await commit(std::move(plan.records));
    if (outcome != error_code::none) {
        for (auto& topic : plan.response.responses)
            topic.error_code = outcome;
    }
    co_return std::move(plan.response);
}

io::task<protocol::create_partitions_response> controller::create_partitions(
    protocol::create_partitions_request request) {
    if (log_.is_offline()) {
        protocol::create_partitions_response response;
        for (auto& topic : request.topics) {
            auto& answer = response.results.emplace_back();
            answer.name = std::move(topic.name);
            answer.error_code = error_code::kafka_storage_error;
            answer.error_message = log_.failure();
        }
        co_return response;
    }
    auto plan = core_.create_partitions(request);
    const auto outcome = co_await commit(std::move(plan.records));
    if (outcome != error_code::none) {
        for (auto& topic : plan.response.results)
            topic.error_code = outcome;
    }
    co_return std::move(plan.response);
}

io::task<error_code> controller::change_configs(config_resource resource,
                                                std::vector<config_change> changes) {
    auto records = core_.change_configs(resource, changes);
    co_return co_await commit(std::move(records));
}

io::task<error_code> controller::register_broker(broker_image broker, base::uuid incarnation) {
    auto records = core_.register_broker(broker, incarnation);
    co_return co_await commit(std::move(records));
}

io::task<error_code> controller::set_initial_features() {
    auto records = core_.initial_features();
    co_return co_await commit(std::move(records));
}

io::task<protocol::update_features_response> controller::update_features(
    protocol::update_features_request request) {
    protocol::update_features_response failed;
    failed.error_code = error_code::kafka_storage_error;
    failed.error_message.reset();
    if (log_.is_offline()) {
        failed.error_message = log_.failure();
        co_return failed;
    }
    auto plan = core_.update_features(request);
    const auto outcome = co_await commit(std::move(plan.records));
    if (outcome != error_code::none) co_return failed;
    co_return std::move(plan.response);
}

io::task<protocol::elect_leaders_response> controller::elect_leaders(
    protocol::elect_leaders_request request) {
    protocol::elect_leaders_response failed;
    failed.error_code = error_code::kafka_storage_error;
    if (log_.is_offline()) co_return failed;
    auto plan = core_.elect_leaders(request);
    const auto outcome = co_await commit(std::move(plan.records));
    if (outcome != error_code::none) co_return failed;
    co_return std::move(plan.response);
}

io::task<controller::producer_ids> controller::allocate_producer_ids(node_id broker) {
    auto block = core_.allocate_producer_ids(broker);
    producer_ids ids{.error = block.error, .first = block.first, .count = block.count};
    if (ids.error != error_code::none) co_return ids;
    ids.error = co_await commit(std::move(block.records));
    co_return ids;
}

}  // namespace weir::broker::controller
