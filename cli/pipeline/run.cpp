// weir run: a pipeline in one process: its broker, unless it has a cluster, the worker with all its
// components, the pages about them; SIGHUP reloads it, SIGINT and SIGTERM end it.
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/log_hiding.hpp"
#include "base/memory.hpp"
#include "cli/pipeline/loading.hpp"
#include "cli/pipeline/running.hpp"
#include "cli/process.hpp"
#include "cli/verb.hpp"

namespace weir::cli {
namespace {

// Null with [kafka].
std::expected<std::unique_ptr<broker::node>, std::string> start_broker(
    const connect::pipeline::pipeline& of) {
    if (!of.broker) {
        base::log_info("the cluster is at {}", of.bootstrap);
        return nullptr;
    }
    auto written = *of.broker;
    auto node = broker::node::start(weir::config::make_broker_config(written));
    if (node) base::log_info("the broker is ready: clients connect to port {}", (*node)->port());
    return node;
}

void serve(running_pipeline& pipeline, const sigset_t& signals) {
    while (true) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) {
            base::log_info("stopping on signal {}; a second one ends at once", signal);
            end_at_next_signal();
            return;
        }
        base::log_info("reload: reading the pipeline again");
        pipeline.reload();
    }
}

int run(const std::string& path, const sigset_t& signals) {
    pipeline_loader loader(path);
    auto read = loader.load(false);
    for (const auto& each : read.warnings)
        fmt::print(stderr, "warning: {}\n", each.text());
    for (const auto& each : read.errors)
        fmt::print(stderr, "error: {}\n", each.text());
    if (!read.errors.empty()) return exit_usage;
    configure_logging(read.result.log_level, read.result.log_json);
    base::hide_in_log(weir::config::hidden_texts(read.secrets));
    for (const auto& each : loader.connectors().broken())
        base::log_warn("{}: {}", each.file, each.reason);

    auto node = start_broker(read.result);
    if (!node) {
        base::log_error("{}", node.error());
        return exit_failed;
    }
    auto pipeline = running_pipeline::start(std::move(read), node->get(), loader);
    if (!pipeline) {
        base::log_error("{}", pipeline.error());
        return exit_failed;
    }
    base::log_info("ready: {} runs", path);
    serve(**pipeline, signals);
    (*pipeline)->stop();
    base::log_info("all components have ended");
    if (*node) (*node)->stop();
    return exit_ok;
}

}  // namespace

int run_pipeline(const arguments& given) {
    const bool wrong = given.size() > 1 || (given.size() == 1 && given[0].starts_with("-"));
    const auto path = given.empty() ? default_pipeline() : given[0];
    if (wrong || path.empty()) {
        fmt::print(stderr,
                   "usage: weir run [FILE.toml|DIR]\n"
                   "without a file: weir.toml of this directory\n");
        return exit_usage;
    }
    base::keep_memory_small();
    raise_descriptor_limit();
    return run(path, block_signals(true));
}

}  // namespace weir::cli
