// stop_signals: SIGINT and SIGTERM end a tool in order, as a JVM's shutdown hook does: what is
// under way is finished, and the exit code says which signal it was. A second one ends it at once.
#pragma once

namespace weir::cli::tools::console {

// From here on the signals are noted. Whoever waits looks every stop_interval_ms.
void watch_stop_signals();
inline constexpr int stop_interval_ms = 50;

bool stop_requested();
// `otherwise` when no signal came; else 130 or 143.
int exit_code_after(int otherwise);

}  // namespace weir::cli::tools::console
