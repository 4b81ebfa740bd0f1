#include "cli/pipeline/loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include "base/log.hpp"
#include "transforms/smt/chain.hpp"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;
using connect::pipeline::pipeline_file;

constexpr std::uintmax_t file_size_max = 4UL << 20;
constexpr std::uintmax_t secret_size_max = 1UL << 20;

std::expected<std::string, std::string> read_bounded(const fs::path& path, std::uintmax_t most) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        return std::unexpected(error ? error.message() : "it is not a file");
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::unexpected("it cannot be opened");
    std::string text(static_cast<std::size_t>(most) + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) return std::unexpected("it cannot be read");
    if (text.size() > most) return std::unexpected(fmt::format("it has more than {} bytes", most));
    return text;
}

// The files of a pipeline; the error says why there are none.
std::expected<std::vector<std::string>, std::string> files_of(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return std::vector{path};
    std::vector<std::string> out;
    for (fs::directory_iterator each(path, error), end; !error && each != end;
         each.increment(error)) {
        if (each->path().extension() == ".toml") out.push_back(each->path().string());
    }
    if (error) return std::unexpected(error.message());
    if (out.empty()) return std::unexpected("there is no *.toml in it");
    std::ranges::sort(out);
    return out;
}

struct place_parts {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
};

place_parts parts_of(const std::string& place) {
    place_parts out{.file = place};
    unsigned* const numbers[] = {&out.column, &out.line};
    for (auto* number : numbers) {
        const auto colon = out.file.rfind(':');
        if (colon == std::string::npos) break;
        const auto* end = out.file.data() + out.file.size();
        const auto [at, error] = std::from_chars(out.file.data() + colon + 1, end, *number);
        if (error != std::errc{} || at != end) break;
        out.file.resize(colon);
    }
    return out;
}

}  // namespace

weir::config::substitution_sources secret_sources(const std::string& directory) {
    return {.environment = [](const std::string& name) -> std::optional<std::string> {
                const char* value = std::getenv(name.c_str());
                return value == nullptr ? std::nullopt : std::optional<std::string>(value);
            },
            .file =
                [directory](const std::string& path) {
                    return read_bounded(fs::path(directory) / path, secret_size_max);
                }};
}

connect::pipeline::reading pipeline_loader::load(bool reach) {
    connect::pipeline::reading failed;
    const auto fail = [&failed](const std::string& file, std::string reason) {
        failed.errors.push_back(
            {.place = file, .key = "file", .reason = "cannot be read: " + std::move(reason)});
    };
    const auto names = files_of(path_);
    if (!names) {
        fail(path_, names.error());
        return failed;
    }
    std::vector<pipeline_file> files;
    for (const auto& each : *names) {
        auto text = read_bounded(each, file_size_max);
        if (text) {
            files.push_back({.name = each,
                             .text = std::move(*text),
                             .sources = secret_sources(fs::path(each).parent_path().string())});
        } else {
            fail(each, text.error());
        }
    }
    if (files.empty()) return failed;
    const auto document = connect::pipeline::read_files(files);
    connectors_.scan(connect::plugin::search_path(std::getenv("WEIR_PLUGIN_PATH"),
                                                  connect::pipeline::plugin_path(document)));
    auto out = connect::pipeline::read_pipeline(
        document,
        {.connectors = connectors_, .transforms = transforms::smt::make_chain, .reach = reach});
    out.errors.insert(out.errors.begin(), failed.errors.begin(), failed.errors.end());
    sort_by_place(out.errors);
    sort_by_place(out.warnings);
    return out;
}

std::string default_pipeline() {
    std::error_code error;
    return fs::exists("weir.toml", error) ? "weir.toml" : "";
}

void sort_by_place(std::vector<weir::config::problem>& problems) {
    std::ranges::sort(problems, {}, [](const auto& each) {
        auto parts = parts_of(each.place);
        return std::tuple(std::move(parts.file), parts.line, parts.column, each.key);
    });
}

std::string json_text(std::string_view text) {
    return fmt::format("\"{}\"", base::log_line_of(text, base::log_format::json));
}

}  // namespace weir::cli
