// weir tool: Kafka's command line tools by name, for where there is no link of that name, and
// `weir tool --install DIR`, which makes the links.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "cli/tools/registry.hpp"
#include "cli/verb.hpp"

namespace weir::cli {
namespace {

int list(std::FILE* to) {
    fmt::print(to, "usage: weir tool TOOL ...\n       weir tool --install DIR\n\n");
    for (const auto& each : tools::all_tools())
        fmt::print(to, "  {}.sh\n", each.name);
    return to == stdout ? exit_ok : exit_usage;
}

// Links in `directory` to this program, relative when it lies in the same one. A file that is
// there and no link stays, and is told.
int install(const std::filesystem::path& directory) {
    namespace fs = std::filesystem;
    std::error_code error;
    const auto program = fs::read_symlink("/proc/self/exe", error);
    if (!error) fs::create_directories(directory, error);
    const auto home = fs::canonical(directory, error);
    if (error) {
        fmt::print(stderr, "weir tool: {}: {}\n", directory.string(), error.message());
        return exit_failed;
    }
    const auto target = program.parent_path() == home ? program.filename() : program;
    int code = exit_ok;
    for (const auto& each : tools::all_tools()) {
        const auto link = home / fmt::format("{}.sh", each.name);
        if (fs::is_symlink(link, error)) fs::remove(link, error);
        error.clear();
        fs::create_symlink(target, link, error);
        if (!error) continue;
        fmt::print(stderr, "weir tool: {}: {}\n", link.string(), error.message());
        code = exit_failed;
    }
    return code;
}

}  // namespace

int run_tool_verb(const arguments& given) {
    if (given.empty()) return list(stderr);
    if (given[0] == "--help") return list(stdout);
    if (given[0] == "--install") return given.size() == 2 ? install(given[1]) : list(stderr);
    const auto* found = tools::find_tool(given[0]);
    if (found == nullptr) {
        fmt::print(stderr, "weir tool: unknown tool '{}'\n", given[0]);
        return list(stderr);
    }
    return tools::run_tool(*found, {given.begin() + 1, given.end()});
}

}  // namespace weir::cli
