// weir: the program. The first argument names a verb; the name of the program itself may name one
// of Kafka's tools (cli/tools).
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "cli/tools/registry.hpp"
#include "cli/verb.hpp"
#include "connect/plugin/library.hpp"

namespace weir::cli {
namespace {

struct verb {
    std::string_view name;
    std::string_view text;
    int (*run)(const arguments&);
};

constexpr verb verbs[] = {
    {"run", "run a pipeline: weir run [FILE.toml|DIR]", run_pipeline},
    {"check", "check a pipeline: weir check [FILE.toml|DIR] [--connect] [--json]", check_pipeline},
    {"plugins", "list connectors: weir plugins [TYPE] [--json]", list_plugins},
    {"broker", "run a broker: weir broker [server.properties|FILE.toml]", run_broker},
    {"tap", "show the records of topics as they come: weir tap TOPIC...", run_tap},
    {"top", "show what a running pipeline does: weir top", run_top},
    {"dlq", "list, show and replay dead letters: weir dlq list|show|replay", run_dlq},
    {"tool", "run one of Kafka's command line tools: weir tool kafka-topics.sh ...", run_tool_verb},
};

int usage(std::FILE* to) {
    fmt::print(to, "usage: weir VERB ...\n\n");
    for (const auto& each : verbs)
        fmt::print(to, "  {:<10} {}\n", each.name, each.text);
    return to == stdout ? exit_ok : exit_usage;
}

int run(const arguments& given) {
    if (given.empty()) return usage(stderr);
    if (given[0] == "--help" || given[0] == "help") return usage(stdout);
    // Not for people: how a shared object is tried before it is loaded.
    if (given[0] == connect::plugin::probe_verb && given.size() == 2) {
        connect::plugin::run_probe(given[1]);
    }
    for (const auto& each : verbs) {
        if (each.name == given[0]) return each.run({given.begin() + 1, given.end()});
    }
    fmt::print(stderr, "weir: unknown verb '{}'\n", given[0]);
    return usage(stderr);
}

}  // namespace
}  // namespace weir::cli

int main(int count, char** values) {
    namespace cli = weir::cli;
    cli::arguments given(values + 1, values + count);
    const auto* tool = cli::tools::find_tool(values[0]);
    return tool != nullptr ? cli::tools::run_tool(*tool, given) : cli::run(given);
}
