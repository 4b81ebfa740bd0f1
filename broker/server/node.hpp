// node: a broker in a process: the only place that wires the broker together. Embeddable:
//
//   weir::config::settings written;                       // nothing set: the defaults
//   written.values["listeners"] = {"PLAINTEXT://127.0.0.1:0", "example"};
//   auto config = weir::config::make_broker_config(written);
//   auto node = weir::broker::node::start(config);
//   ... (*node)->port() ...
//   (*node)->stop();                                      // or let it go out of scope
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "config/broker_config.hpp"

namespace weir::broker {

struct node_options {
    // Called once when clients can connect, from a thread of the node.
    std::function<void(std::uint16_t port)> on_ready;
};

class node {
  public:
    // Formats an empty data directory, recovers what is there, listens. Blocks until clients can
    // connect. The error is a sentence that says what to do.
    static std::expected<std::unique_ptr<node>, std::string> start(config::broker_config config,
                                                                   node_options options = {});
    // Stops.
    ~node();
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    // The port of the first listener for clients.
    std::uint16_t port() const;
    const std::string& cluster_id() const;
    // The port of /metrics; 0 when there is none.
    std::uint16_t metrics_port() const;
    // What /metrics shows, for a page of the embedding program's. Asks all shards and waits for
    // them: not for threads of the node, and not while stop() runs.
    std::vector<base::metric_family> metrics() const;
    // Ends what is under way, syncs, marks a clean stop. May be called more than once.
    void stop();

  private:
    struct parts;
    explicit node(std::unique_ptr<parts> inside);
    std::unique_ptr<parts> parts_;
};

}  // namespace weir::broker
