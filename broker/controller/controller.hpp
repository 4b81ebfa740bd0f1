// controller: the driver of controller_core. Plans a request, appends its records to the metadata
// log, and answers when they are committed and every shard has applied them. Owned by one shard;
// every call runs there (io::run_on from others).
//
// Once the metadata log is offline nothing is planned any more: what was planned and did not get
// into the log is in the core's image, which must not be taken for the truth.
#pragma once

#include <memory>
#include <vector>

#include "broker/controller/core/controller_core.hpp"
#include "broker/controller/publisher.hpp"
#include "broker/io/condition.hpp"
#include "broker/raft/metadata_log.hpp"

namespace weir::broker::controller {

class controller {
  public:
    // `core` has replayed what the log holds.
    controller(io::shard& home, raft::metadata_log& log, controller_core core,
               metadata_publisher publish);

    io::task<protocol::create_topics_response> create_topics(
        protocol::create_topics_request request);
    io::task<protocol::delete_topics_response> delete_topics(
        protocol::delete_topics_request request);
    io::task<protocol::create_partitions_response> create_partitions(
        protocol::create_partitions_request request);
    io::task<error_code> change_configs(config_resource resource,
                                        std::vector<config_change> changes);
    io::task<error_code> register_broker(broker_image broker, base::uuid incarnation);
    // The features of a new cluster.
    io::task<error_code> set_initial_features();
    io::task<protocol::update_features_response> update_features(
        protocol::update_features_request request);
    io::task<protocol::elect_leaders_response> elect_leaders(
        protocol::elect_leaders_request request);

    struct producer_ids {
        error_code error = error_code::none;
        producer_id first;
        std::int32_t count = 0;
    };
    io::task<producer_ids> allocate_producer_ids(node_id broker);

    const metadata_image& image() const { return core_.image(); }
    bool is_offline() const { return log_.is_offline(); }

  private:
    // Makes the records durable and visible; in order of calling.
    io::task<error_code> commit(metadata_records records);

    raft::metadata_log& log_;
    controller_core core_;
    metadata_publisher publish_;
    metadata_image published_;
    std::uint64_t planned_ = 0;  // plans handed out, and those that are published
    std::uint64_t done_ = 0;
    io::condition turn_;
};

}  // namespace weir::broker::controller
