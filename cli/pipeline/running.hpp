// running: the components of a pipeline at work, the pages about them, and what a reload changes.
// One thread starts, reloads and stops; the pages are asked for from the server's.
#pragma once

#include <memory>
#include <mutex>

#include "broker/server/node.hpp"
#include "cli/pipeline/loading.hpp"
#include "connect/http/runtime.hpp"
#include "connect/http/server.hpp"
#include "connect/pipeline/difference.hpp"
#include "connect/worker/worker.hpp"

namespace weir::cli {

// What is running now, as the pages and the next reload need it.
struct current_pipeline {
    connect::pipeline::pipeline what;
    std::vector<std::string> secrets;  // of all reloads: they may still be in somebody's message
    std::vector<connect::http::plugin_view> plugins;
};

class running_pipeline {
  public:
    // `node` is null with [kafka]; it and `loader` outlive this. The error is a sentence.
    static std::expected<std::unique_ptr<running_pipeline>, std::string> start(
        connect::pipeline::reading read, broker::node* node, pipeline_loader& loader);
    ~running_pipeline();

    // Reads the files again; what is wrong or needs a restart changes nothing. All of it is logged.
    void reload();
    // Ends the pages, then the components.
    void stop();

  private:
    running_pipeline(connect::pipeline::reading read, broker::node* node, pipeline_loader& loader);
    std::expected<void, std::string> start_worker();
    std::expected<void, std::string> start_pages();
    void start_component(const connect::pipeline::component& what);
    void update_component(const connect::pipeline::component& what);
    void remove_component(const connect::pipeline::component& what);
    void forget_absent();
    void apply(const connect::pipeline::difference& changes,
               const connect::pipeline::pipeline& before);
    void take(connect::pipeline::reading read);
    const weir_connector* connector_of(connect::pipeline::component_kind kind,
                                       const std::string& type) const;

    // For the pages.
    connect::http::runtime pages();
    std::vector<connect::http::connector_view> views() const;
    connect::http::connector_view view_of(const connect::pipeline::component& of,
                                          const connect::worker::component_status* status) const;
    std::optional<connect::worker::component_id> find(const std::string& name) const;
    connect::http::action_result act(const std::string& name, connect::http::connector_action what,
                                     connect::http::restart_options how);

    broker::node* node_;
    pipeline_loader& loader_;
    mutable std::mutex mutex_;
    current_pipeline current_;  // under mutex_
    std::unique_ptr<connect::worker::worker> worker_;
    std::unique_ptr<connect::http::server> server_;
};

}  // namespace weir::cli
