#include "cli/tools/registry.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace weir::cli::tools {

#define X(name, function) int function(const arguments&);
#include "cli/tools/tools.tbl"
#undef X

std::span<const tool> all_tools() {
    static constexpr tool tools[] = {
#define X(name, function) {name, function},
#include "cli/tools/tools.tbl"
#undef X
    };
    return tools;
}

const tool* find_tool(std::string_view program) {
    if (const auto slash = program.rfind('/'); slash != std::string_view::npos) {
        program.remove_prefix(slash + 1);
    }
    if (program.ends_with(".sh")) program.remove_suffix(3);
    const auto tools = all_tools();
    const auto found = std::ranges::find(tools, program, &tool::name);
    return found == tools.end() ? nullptr : &*found;
}

int run_tool(const tool& which, const arguments& given) {
    // Output into a pipe that was closed (head) is an error of the write, not a signal.
    std::signal(SIGPIPE, SIG_IGN);
    const int code = which.run(given);
    std::fflush(stdout);
    return code;
}

}  // namespace weir::cli::tools
