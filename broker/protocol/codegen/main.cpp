// The generator: weir_codegen OUTPUT_DIRECTORY SCHEMA... writes the C++ of all schemas below
// OUTPUT_DIRECTORY. A file whose content has not changed is left alone, so that nothing that
// depends on it is built again. With --list it prints the files it would write, for CMake.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "broker/protocol/codegen/emit.hpp"
#include "broker/protocol/codegen/parser.hpp"

namespace weir::codegen {
namespace {

namespace fs = std::filesystem;

struct output {
    std::string path;
    std::string content;
};

std::string read_text(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw parse_error(path + ": cannot be read");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<output> generate(const std::vector<std::string>& schemas) {
    std::vector<message> all;
    for (const auto& path : schemas) {
        for (auto& each : parse_schema(path, read_text(path)))
            all.push_back(std::move(each));
    }
    std::vector<output> files;
    for (const auto& each : all) {
        files.push_back({include_stem(each) + ".hpp", emit_header(each)});
        files.push_back({include_stem(each) + ".cpp", emit_source(each)});
    }
    const std::string messages = "broker/protocol/messages/";
    files.push_back({messages + "api_keys.hpp", emit_api_keys_header(all)});
    files.push_back({messages + "api_keys.cpp", emit_api_keys_source(all)});
    files.push_back({messages + "all.hpp", emit_all_header(all)});
    files.push_back({messages + "all.tbl", emit_all_table(all)});
    files.push_back({messages + "random.cpp", emit_random_source(all)});
    for (const bool records : {false, true}) {
        const std::string stem =
            records ? "broker/protocol/records/json" : "broker/protocol/messages/json";
        files.push_back({stem + ".hpp", emit_json_header(all, records)});
        files.push_back({stem + ".cpp", emit_json_source(all, records)});
    }
    return files;
}

void write_if_changed(const fs::path& path, const std::string& content) {
    if (fs::exists(path) && read_text(path.string()) == content) return;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
}

int run(std::vector<std::string> arguments) {
    if (arguments.size() < 2) {
        fmt::print(stderr, "usage: weir_codegen --list|OUTPUT_DIRECTORY SCHEMA...\n");
        return 2;
    }
    const auto target = arguments.front();
    arguments.erase(arguments.begin());
    for (const auto& file : generate(arguments)) {
        if (target == "--list") {
            fmt::print("{}\n", file.path);
        } else {
            write_if_changed(fs::path(target) / file.path, file.content);
        }
    }
    return 0;
}

}  // namespace
}  // namespace weir::codegen

int main(int count, char** values) {
    try {
        return weir::codegen::run({values + 1, values + count});
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
