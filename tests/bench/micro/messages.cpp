// The messages of the hot paths: a request to produce is decoded, a response to a fetch is encoded.
#include <benchmark/benchmark.h>

#include "broker/protocol/messages/fetch_response.hpp"
#include "broker/protocol/messages/produce_request.hpp"
#include "tests/bench/micro/input.hpp"

namespace weir::bench {
namespace {

using broker::protocol::fetch_response;
using broker::protocol::produce_request;

constexpr std::int16_t produce_version = produce_request::max_version;
constexpr std::int16_t fetch_version = fetch_response::max_version;
constexpr std::uint32_t slice_bytes = 1 << 20;

// The request's bytes, its records copied in as they are in a frame.
base::bytes make_produce_request(int partitions, base::bytes& batch) {
    produce_request request{.acks = -1, .timeout_ms = 30'000};
    auto& topic = request.topic_data.emplace_back();
    for (int index = 0; index < partitions; ++index) {
        auto& partition = topic.partition_data.emplace_back();
        partition.index = broker::partition_index(index);
        partition.records = {.present = true, .memory = batch};
    }
    broker::protocol::writer out;
    request.encode(out, produce_version);
    base::bytes bytes;
    std::size_t copied = 0;
    for (const auto& splice : out.splices()) {
        const auto before = base::bytes_view(out.buffer()).subspan(copied, splice.at - copied);
        bytes.insert(bytes.end(), before.begin(), before.end());
        bytes.insert(bytes.end(), splice.what.memory.begin(), splice.what.memory.end());
        copied = splice.at;
    }
    const auto rest = base::bytes_view(out.buffer()).subspan(copied);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
}

void decode_produce_request(benchmark::State& state) {
    const auto partitions = static_cast<int>(state.range(0));
    auto batch = make_batch({.records = 1, .value_bytes = 100});
    auto bytes = make_produce_request(partitions, batch);
    for (auto _ : state) {
        broker::protocol::reader in(bytes);
        const auto request = produce_request::decode(in, produce_version);
        if (!request) return state.SkipWithError("not decoded");
        benchmark::DoNotOptimize(request->topic_data.data());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * partitions);
}
BENCHMARK(decode_produce_request)->ArgName("partitions")->Arg(1)->Arg(6)->Arg(1000);

void encode_fetch_response(benchmark::State& state) {
    const auto partitions = static_cast<int>(state.range(0));
    fetch_response response;
    auto& topic = response.responses.emplace_back();
    for (int index = 0; index < partitions; ++index) {
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = broker::partition_index(index);
        partition.records = {.present = true,
                             .external_size = slice_bytes,
                             .external_index = static_cast<std::uint32_t>(index)};
    }
    for (auto _ : state) {
        broker::protocol::writer out;
        response.encode(out, fetch_version);
        benchmark::DoNotOptimize(out.buffer().data());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * partitions);
}
BENCHMARK(encode_fetch_response)->ArgName("partitions")->Arg(1)->Arg(6)->Arg(1000);

}  // namespace
}  // namespace weir::bench
