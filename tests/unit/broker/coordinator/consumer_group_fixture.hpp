// What the tests of consumer groups share: one core, members that beat, what the core appends.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::broker::coordinator::group {

class consumer_groups : public testing::Test {
  protected:
    using request_type = protocol::consumer_group_heartbeat_request;
    using answer_type = protocol::consumer_group_heartbeat_response;

    consumer_groups() {
        // A step a change, unless a test says otherwise.
        cluster_.settings.assignment_interval_ms = 0;
        limit({});
    }

    void limit(core_options options) {
        options_ = std::move(options);
        core_ = std::make_unique<group_core>(options_, cluster_);
    }

    static request_type joining(const std::string& member, std::vector<std::string> topics) {
        request_type request;
        request.group_id = "g";
        request.member_id = member;
        request.rebalance_timeout_ms = 10'000;
        request.subscribed_topic_names = std::move(topics);
        request.topic_partitions.emplace();
        return request;
    }
    static request_type beating(const std::string& member, std::int32_t epoch) {
        request_type request;
        request.group_id = "g";
        request.member_id = member;
        request.member_epoch = epoch;
        return request;
    }
    // A heartbeat that tells what the member has.
    static request_type having(const std::string& member, std::int32_t epoch,
                               const partition_map& owned) {
        auto request = beating(member, epoch);
        request.topic_partitions.emplace();
        for (const auto& [topic, partitions] : owned) {
            auto& each = request.topic_partitions->emplace_back();
            each.topic_id = topic;
            each.partitions.assign(partitions.begin(), partitions.end());
        }
        return request;
    }

    answer_type send(const request_type& request, std::int16_t version = 1) {
        return ask<answer_type>([&](request_token token, effects& out) {
            core_->consumer_heartbeat(token, request,
                                      {.client = {.client_id = "c", .client_host = "/h"},
                                       .version = version,
                                       .fresh_member_id = "fresh"},
                                      now_, out);
        });
    }
    answer_type join(const std::string& member, std::vector<std::string> topics = {"t"}) {
        return send(joining(member, std::move(topics)));
    }
    // Runs a step with one answer; what it appends is kept.
    template <class Answer, class Step>
    Answer ask(Step step) {
        effects out;
        step(1, out);
        keep(out);
        EXPECT_EQ(out.replies.size(), 1U);
        return std::get<Answer>(std::move(out.replies.back().what));
    }
    void tick(time_ms later) {
        now_ += later;
        effects out;
        core_->tick(now_, out);
        keep(out);
    }
    void keep(effects& out) {
        for (auto& each : out.records)
            records_.push_back(std::move(each));
    }

    static partition_map told(const answer_type& answer) {
        partition_map told;
        if (!answer.assignment) return told;
        for (const auto& each : answer.assignment->topic_partitions)
            told[each.topic_id].insert(each.partitions.begin(), each.partitions.end());
        return told;
    }
    static partition_set first(int count, int from = 0) {
        partition_set set;
        for (int at = from; at < from + count; ++at)
            set.insert(partition_index(at));
        return set;
    }
    protocol::consumer_group_describe_response::described_group described() const {
        return *core_->describe_consumer("g");
    }
    std::string state() const { return described().group_state; }
    error_code commit(const std::string& member, std::int32_t epoch, std::int16_t version = 9) {
        protocol::offset_commit_request request;
        request.group_id = "g";
        request.member_id = member;
        request.generation_id_or_member_epoch = generation_id(epoch);
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.partitions.emplace_back().committed_offset = offset(5);
        const auto answer =
            ask<protocol::offset_commit_response>([&](request_token token, effects& out) {
                core_->commit(token, request, version, now_, out);
            });
        return answer.topics[0].partitions[0].error_code;
    }

    // Another core out of what was appended.
    void reload() {
        core_ = std::make_unique<group_core>(options_, cluster_);
        for (const auto& each : records_) {
            core_->load(each.key,
                        each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt);
        }
        core_->finish_load(now_);
    }

    fixed_cluster cluster_;
    core_options options_;
    std::unique_ptr<group_core> core_;
    time_ms now_ = 1'000'000;
    std::vector<log_record> records_;
};

}  // namespace weir::broker::coordinator::group
