// The file source alone: 1 GiB of lines of 200 bytes in the page cache, through the plugin ABI to
// the last record; and how long after an append its record is there.
#include <benchmark/benchmark.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "connect/plugin/component_settings.hpp"
#include "connectors/file/source/file_source.hpp"

namespace weir::bench {
namespace {

namespace fs = std::filesystem;
using functions = sdk::detail::source_functions<connectors::file::file_source>;

class running_source {
  public:
    explicit running_source(const fs::path& file) {
        const connect::plugin::component_settings settings(
            "bench", "",
            {{.name = "paths", .type = WEIR_OPTION_LIST, .items = {file.string()}},
             {.name = "max_line_bytes", .type = WEIR_OPTION_BYTES, .integer = 1 << 20},
             {.name = "open_files_max", .type = WEIR_OPTION_INTEGER, .integer = 512},
             {.name = "rescan", .type = WEIR_OPTION_DURATION, .integer = 10'000},
             {.name = "rotate_wait", .type = WEIR_OPTION_DURATION, .integer = 1'000}});
        weir_error error = {};
        settings.with_abi([&](const weir_settings& given) {
            return functions::table.create(&host_, &given, nullptr, 0, &task_, &error);
        });
    }
    ~running_source() { functions::table.destroy(task_); }

    // Records of one poll.
    std::span<const weir_record> poll(std::uint32_t timeout_ms) {
        weir_batch batch = {};
        batch.size = sizeof batch;
        weir_error error = {};
        functions::table.poll(task_, timeout_ms, &batch, &error);
        return {batch.records, batch.record_count};
    }

  private:
    weir_host host_ = {sizeof(weir_host), WEIR_ABI_VERSION, nullptr,
                       [](void*, std::uint32_t, weir_text) {}, [](void*, const weir_metric*) {}};
    void* task_ = nullptr;
};

void lines_of_a_file(benchmark::State& state) {
    const auto path = fs::temp_directory_path() / "weir-file-lines.log";
    constexpr std::size_t line = 200;
    const auto count = static_cast<std::size_t>(state.range(0)) / line;
    {
        std::ofstream out(path, std::ios::binary);
        std::string text(line - 1, 'x');
        text += '\n';
        for (std::size_t each = 0; each < count; ++each)
            out << text;
    }
    for (auto _ : state) {
        running_source source(path);
        std::size_t seen = 0;
        while (seen < count) {
            const auto records = source.poll(1000);
            seen += records.size();
            if (!records.empty()) benchmark::DoNotOptimize(records.back().value.of.data);
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * count * line));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
    fs::remove(path);
}
BENCHMARK(lines_of_a_file)->Arg(64 << 20)->Arg(1 << 30)->Unit(benchmark::kMillisecond);

void one_append(benchmark::State& state) {
    const auto path = fs::temp_directory_path() / "weir-file-append.log";
    std::ofstream out(path, std::ios::binary);
    running_source source(path);
    while (!source.poll(20).empty()) {
    }
    for (auto _ : state) {
        out << "a line\n" << std::flush;
        while (source.poll(1000).empty()) {
        }
    }
    fs::remove(path);
}
BENCHMARK(one_append)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::bench
