// weir broker: a broker alone, from a file, from KAFKA_* variables, or from nothing.
#include <fmt/format.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "broker/server/node.hpp"
#include "cli/verb.hpp"

extern char** environ;

namespace weir::cli {
namespace {

// Partitions and connections need descriptors: the soft limit goes up to the hard one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

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

void configure_logging(const config::broker_config& config) {
    base::log_options options;
    if (config.log_level == "debug") options.level = base::log_level::debug;
    if (config.log_level == "warn") options.level = base::log_level::warn;
    if (config.log_level == "error") options.level = base::log_level::error;
    if (config.log_level == "off") options.level = base::log_level::off;
    if (config.log_json) options.format = base::log_format::json;
    base::configure_log(options);
}

// Blocked in every thread, so that only sigwait sees them.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
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
    configure_logging(config);

    base::keep_memory_small();
    raise_descriptor_limit();
    const auto signals = block_signals();
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
