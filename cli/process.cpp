#include "cli/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include "base/log.hpp"
#include "cli/verb.hpp"

namespace weir::cli {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

void configure_logging(const std::string& level, bool json) {
    base::log_options options;
    if (level == "debug") options.level = base::log_level::debug;
    if (level == "warn") options.level = base::log_level::warn;
    if (level == "error") options.level = base::log_level::error;
    if (level == "off") options.level = base::log_level::off;
    if (json) options.format = base::log_format::json;
    base::configure_log(options);
}

sigset_t block_signals(bool hang_up) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (hang_up) sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

void end_at_next_signal() {
    const auto end = [](int) { ::_exit(exit_failed); };
    std::signal(SIGINT, end);
    std::signal(SIGTERM, end);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace weir::cli
