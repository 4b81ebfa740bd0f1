// weir broker: a broker alone, from a file, from KAFKA_* variables, or from nothing.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "broker/server/node.hpp"
#include "cli/process.hpp"
#include "cli/verb.hpp"

extern char** environ;

namespace weir::cli {
namespace {

bool read_file(const std::string& path, config::settings& into) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        fmt::print(stderr, "{}: cannot be read\n", path);
        return false;
    }
    std::ostringstream text;
    text << in.rdbuf();
    if (path.ends_with(".toml")) {
        config::read_toml(text.str(), path, into);
    } else {
        config::read_properties(text.str(), path, into);
    }
    return true;
}

}  // namespace

int run_broker(const arguments& given) {
    if (given.size() > 1 || (given.size() == 1 && given[0].starts_with("-"))) {
        fmt::print(stderr, "usage: weir broker [server.properties|FILE.toml]\n");
        return exit_usage;
    }
    config::settings written;
    if (!given.empty() && !read_file(given[0], written)) return exit_usage;
    config::read_environment(environ, written);
    auto config = config::make_broker_config(written);
    for (const auto& each : written.warnings)
        fmt::print(stderr, "warning: {}\n", each.text());
    for (const auto& each : written.errors)
        fmt::print(stderr, "error: {}\n", each.text());
    if (!written.errors.empty()) return exit_usage;
    configure_logging(config.log_level, config.log_json);

    base::keep_memory_small();
    raise_descriptor_limit();
    const auto signals = block_signals(false);
    auto node = broker::node::start(std::move(config));
    if (!node) {
        fmt::print(stderr, "error: {}\n", node.error());
        return exit_failed;
    }
    base::log_info("ready: clients connect to port {}", (*node)->port());
    int signal = 0;
    sigwait(&signals, &signal);
    base::log_info("stopping on signal {}", signal);
    (*node)->stop();
    return exit_ok;
}

}  // namespace weir::cli
