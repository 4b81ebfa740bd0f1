// What a broker does with the bytes of a batch: checksum, validation, inflating.
#include <benchmark/benchmark.h>

#include "base/crc32c.hpp"
#include "broker/log/validator.hpp"
#include "tests/bench/micro/input.hpp"

namespace weir::bench {
namespace {

using broker::protocol::batch_view;
using broker::protocol::compression::codec;

void count(benchmark::State& state, std::size_t bytes, std::int32_t records) {
    const auto rounds = static_cast<std::int64_t>(state.iterations());
    state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(rounds * records);
}

void crc32c(benchmark::State& state) {
    const base::bytes data(static_cast<std::size_t>(state.range(0)), std::byte{7});
    for (auto _ : state)
        benchmark::DoNotOptimize(base::crc32c(data));
    count(state, data.size(), 1);
}
BENCHMARK(crc32c)->Arg(128)->Arg(4096)->Arg(65536)->Arg(1 << 20);

// Arguments: bytes of a value, records, codec.
void validate_batch(benchmark::State& state) {
    const batch_shape shape{.records = static_cast<std::int32_t>(state.range(1)),
                            .value_bytes = static_cast<std::size_t>(state.range(0)),
                            .codec = static_cast<codec>(state.range(2))};
    auto batch = make_batch(shape);
    broker::log::batch_memory memory;
    const broker::log::validation_rules rules{.wall_ms = 1'000'000};
    for (auto _ : state) {
        const auto valid = broker::log::validate_batch(batch, rules, memory);
        if (!valid) return state.SkipWithError("the batch is refused");
    }
    count(state, batch.size(), shape.records);
}
BENCHMARK(validate_batch)
    ->ArgNames({"value", "records", "codec"})
    ->Args({100, 1, 0})
    ->Args({100, 500, 0})
    ->Args({100, 9000, 0})
    ->Args({1024, 100, 0})
    ->Args({1024, 960, 0})
    ->Args({100, 500, static_cast<int>(codec::lz4)})
    ->Args({100, 500, static_cast<int>(codec::zstd)});

// Argument: codec.
void inflate(benchmark::State& state) {
    const auto which = static_cast<codec>(state.range(0));
    const auto batch = make_batch({.records = 500, .value_bytes = 100, .codec = which});
    const auto view = batch_view::parse(batch);
    if (!view) return state.SkipWithError("no batch");
    base::bytes out;
    for (auto _ : state) {
        out.clear();
        const auto done = broker::protocol::compression::inflate(which, view->payload(),
                                                                 broker::log::inflated_floor, out);
        if (!done) return state.SkipWithError("damaged");
    }
    state.SetLabel(std::string(codec_name(which)));
    count(state, out.size(), 500);
}
BENCHMARK(inflate)
    ->Arg(static_cast<int>(codec::gzip))
    ->Arg(static_cast<int>(codec::snappy))
    ->Arg(static_cast<int>(codec::lz4))
    ->Arg(static_cast<int>(codec::zstd));

}  // namespace
}  // namespace weir::bench
