// process: what the verbs that serve set up for the whole process.
#pragma once

#include <csignal>
#include <string>

namespace weir::cli {

// Partitions and connections need descriptors: the soft limit goes up to the hard one.
void raise_descriptor_limit();

// `level` as weir.log.level has it.
void configure_logging(const std::string& level, bool json);

// SIGINT, SIGTERM and, if asked for, SIGHUP: blocked in every thread from now on, so that only
// sigwait sees them. SIGPIPE is ignored.
sigset_t block_signals(bool hang_up);

// From now on SIGINT and SIGTERM end the process at once, whatever it does.
void end_at_next_signal();

}  // namespace weir::cli
