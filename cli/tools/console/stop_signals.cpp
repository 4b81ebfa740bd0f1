#include "cli/tools/console/stop_signals.hpp"

#include <csignal>
#include <initializer_list>

namespace weir::cli::tools::console {
namespace {

// The only thing that a handler may touch. The program has one tool, so that it is one for all.
volatile std::sig_atomic_t noted_signal = 0;

void note(int signal) {
    noted_signal = signal;
    std::signal(signal, SIG_DFL);
}

}  // namespace

void watch_stop_signals() {
    for (const int each : {SIGINT, SIGTERM, SIGHUP})
        std::signal(each, note);
}

bool stop_requested() {
    return noted_signal != 0;
}

int exit_code_after(int otherwise) {
    return stop_requested() ? 128 + noted_signal : otherwise;
}

}  // namespace weir::cli::tools::console
