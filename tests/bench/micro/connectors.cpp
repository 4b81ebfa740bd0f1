// Connectors alone: the generator's poll(), and the file sink's put() into a directory below the
// temporary one, with all that a finished file takes.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "connect/sdk/values.hpp"
#include "connectors/file/sink/file_sink.hpp"
#include "connectors/generator/generator.hpp"

namespace {

namespace sink = weir::connectors::file::sink;

weir_setting setting(std::string_view name, weir_option_type type) {
    weir_setting out = {};
    out.name = weir::sdk::text(name);
    out.type = type;
    return out;
}

// 1000 records of 200 bytes of JSON.
void file_sink_put(benchmark::State& state, const std::string& path) {
    const auto place = std::filesystem::temp_directory_path() /
                       ("weir_file_sink_bench_" + std::to_string(::getpid()));
    sink::sink_options options;
    options.path = *sink::path_template::parse(place.string() + "/" + path);
    options.packing = path.ends_with(".zst") ? sink::compression::zstd : sink::compression::none;
    options.roll_size_bytes = 128 << 20;
    options.roll_every_ms = options.roll_idle_ms = 1 << 30;
    options.open_max = 64;
    options.component = "bench";
    options.keep = path.contains("offset") ? 2 : 0;  // the disk does not fill up
    sink::file_sink task(weir::sdk::host(), options, sink::make_posix_disk(true),
                         [] { return 0L; });
    constexpr std::size_t batch = 1000;
    std::vector<std::string> texts;
    for (std::size_t index = 0; index < batch; ++index) {
        texts.push_back("{\"n\":" + std::to_string(index) + ",\"text\":\"");
        texts.back() += std::string(198 - texts.back().size(), 'x') + "\"}";
    }
    std::vector<weir_record> records(batch);
    std::vector<weir_result> results(batch, weir_result{});
    std::int64_t offset = 0;
    for (auto _ : state) {
        for (std::size_t index = 0; index < batch; ++index) {
            auto& record = records[index];
            record.topic = weir::sdk::text("shop.orders");
            record.offset = offset++;
            record.timestamp_ms = 1'700'000'000'000 + record.offset;
            record.value = weir::sdk::text_value(WEIR_JSON, texts[index]);
        }
        if (!task.put(records, results).is_ok()) state.SkipWithError("put() failed");
    }
    if (!task.flush().is_ok()) state.SkipWithError("flush() failed");
    state.SetItemsProcessed(offset);
    state.SetBytesProcessed(offset * 201);
    std::filesystem::remove_all(place);
}
BENCHMARK_CAPTURE(file_sink_put, jsonl, "{topic}/dt={ts:%Y-%m-%d}/{partition}-{offset}.jsonl")
    ->UseRealTime();
BENCHMARK_CAPTURE(file_sink_put, zstd, "{topic}/dt={ts:%Y-%m-%d}/{partition}-{offset}.jsonl.zst")
    ->UseRealTime();
BENCHMARK_CAPTURE(file_sink_put, appended, "{topic}.jsonl")->UseRealTime();

void generator_poll(benchmark::State& state, std::int64_t size) {
    auto sized = setting("size", WEIR_OPTION_BYTES);
    sized.integer = size;
    const weir_setting all[] = {sized};
    const weir_settings given = {sizeof(weir_settings), 1, all, {}, {}};
    std::unique_ptr<weir::sdk::source> task;
    const auto made = weir::connectors::generator::generator::create(
        weir::sdk::host(), weir::sdk::settings(given), {}, task);
    if (!made.is_ok()) return state.SkipWithError(made.reason.c_str());
    std::int64_t records = 0;
    for (auto _ : state) {
        weir::sdk::source_batch batch;
        if (!task->poll(std::chrono::milliseconds(0), batch).is_ok()) return;
        records += static_cast<std::int64_t>(batch.records.size());
    }
    state.SetItemsProcessed(records);
}
BENCHMARK_CAPTURE(generator_poll, fields, 0);
BENCHMARK_CAPTURE(generator_poll, size_200, 200);

}  // namespace
