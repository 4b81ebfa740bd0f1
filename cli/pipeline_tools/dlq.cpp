// weir dlq: dead letters: listed, shown, replayed.
#include "cli/pipeline_tools/dlq.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "cli/tools/console/stop_signals.hpp"

namespace weir::cli {

namespace pipeline_tools {

dead_letter letter_of(const connect::kafka::message& record) {
    dead_letter out;
    for (const auto& each : record.headers())
        add_header(out, each.key, each.value);
    return out;
}

}  // namespace pipeline_tools

namespace {

struct part {
    std::string_view name;
    std::string_view text;
    int (*run)(const arguments&);
};
constexpr part parts[] = {
    {"list", "the dead letter topics and why their records are there", pipeline_tools::dlq_list},
    {"show", "each dead letter of a topic: why, from where, its bytes", pipeline_tools::dlq_show},
    {"replay", "send dead letters back to the topics they came from", pipeline_tools::dlq_replay},
};

int usage(std::FILE* to) {
    fmt::print(to, "usage: weir dlq list|show|replay ... (each with --help)\n\n");
    for (const auto& each : parts)
        fmt::print(to, "  {:<8} {}\n", each.name, each.text);
    return to == stdout ? exit_ok : exit_usage;
}

}  // namespace

int run_dlq(const arguments& given) {
    if (given.empty()) return usage(stderr);
    if (given[0] == "--help" || given[0] == "-h") return usage(stdout);
    for (const auto& each : parts) {
        if (each.name != given[0]) continue;
        std::signal(SIGPIPE, SIG_IGN);
        tools::console::watch_stop_signals();
        return each.run({given.begin() + 1, given.end()});
    }
    fmt::print(stderr, "weir dlq: unknown verb '{}'\n", given[0]);
    return usage(stderr);
}

}  // namespace weir::cli
