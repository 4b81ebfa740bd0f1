// library: a shared object that may be a plugin. Gateway to the dynamic loader and to the processes
// in which such objects are tried first.
//
// What a shared object does when it is loaded cannot be undone: it may crash, hang or throw. So
// each one is first loaded by a child process (probe), which tells in time whether it is safe.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <vector>

#include "connect/abi/plugin.h"

namespace weir::connect::plugin {

// Loads it into this process, for ever, and checks its tables. The error is a sentence.
std::expected<const weir_plugin*, std::string> open_plugin(const std::string& file);

struct probe_options {
    // The program that calls run_probe when its arguments are `plugin-probe FILE`.
    std::string program = "/proc/self/exe";
    std::chrono::milliseconds deadline{10'000};
};
// Tries all of them at the same time, each in a process of its own. An empty text: it can be
// loaded; else why not, as a sentence.
std::vector<std::string> probe(const std::vector<std::string>& files, const probe_options& options);

// The child: loads the file, tells what it finds to standard output, and ends; never returns.
[[noreturn]] void run_probe(const std::string& file);

inline constexpr const char* probe_verb = "plugin-probe";

}  // namespace weir::connect::plugin
