// What a record costs between topic and connector: a chain of three transforms, JSON read and
// written.
#include <benchmark/benchmark.h>

#include "connect/converters/converter.hpp"
#include "transforms/smt/chain.hpp"

namespace weir::bench {
namespace {

using namespace connect;

constexpr std::string_view order =
    R"({"id":1234567,"name":"Ann Example","card":"4111111111111111","price":19.99,)"
    R"("at":1700000000123,"note":"a text of some length, as notes are","count":2,"paid":true})";

std::unique_ptr<converters::converter> make(std::string_view name, bool expand = false) {
    return std::move(*converters::make_converter({.name = name, .expand_json = expand}));
}

// A struct of the eight fields of the order.
data::value make_struct(data::schema_store& schemas, data::arena& memory) {
    const auto map = *make("json")->to_value(base::as_bytes(order), memory, schemas);
    data::schema_parts parts{.type = WEIR_STRUCT, .name = "order"};
    const auto fields = memory.take_array<data::value>(map.count);
    for (std::size_t index = 0; index < map.count; ++index) {
        fields[index] = map.of.items[index * 2 + 1];
        const auto kind = static_cast<weir_kind>(fields[index].kind);
        parts.fields.push_back({data::text_of(data::text(map.of.items[index * 2])),
                                schemas.plain(kind, index % 2 == 0)});
    }
    return data::make_struct(fields, schemas.keep(parts));
}

// Argument: 1 for a struct, 0 for a map.
void chain_of_three(benchmark::State& state) {
    data::schema_store schemas;
    data::arena kept;
    const auto value = state.range(0) != 0
                           ? make_struct(schemas, kept)
                           : *make("json")->to_value(base::as_bytes(order), kept, schemas);
    const auto chain = transforms::smt::make_chain(
        {{.type = "InsertField$Value",
          .options = {{"static.field", "origin"}, {"static.value", "shop"}}},
         {.type = "MaskField$Value", .options = {{"fields", "card"}, {"replacement", "****"}}},
         {.type = "ReplaceField$Value", .options = {{"exclude", "note"}, {"renames", "id:key"}}}});
    if (!chain) return state.SkipWithError("no chain");
    data::arena memory;
    std::size_t records = 0;
    for (auto _ : state) {
        data::record record = {};
        record.topic = data::text_of("orders");
        record.value = value;
        const auto done = (*chain)->apply(record, memory);
        if (!done || !*done) return state.SkipWithError("not transformed");
        benchmark::DoNotOptimize(record.value.of.items);
        if (++records % 500 == 0) memory.clear();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(chain_of_three)->ArgName("struct")->Arg(0)->Arg(1);

void to_value(benchmark::State& state, std::string_view name, bool expand,
              const std::string& text) {
    const auto by = make(name, expand);
    data::schema_store schemas;
    data::arena memory;
    std::size_t records = 0;
    for (auto _ : state) {
        const auto made = by->to_value(base::as_bytes(text), memory, schemas);
        if (!made) return state.SkipWithError("no value");
        benchmark::DoNotOptimize(made->of.items);
        if (++records % 500 == 0) memory.clear();
    }
    const auto rounds = static_cast<std::int64_t>(state.iterations());
    state.SetItemsProcessed(rounds);
    state.SetBytesProcessed(rounds * static_cast<std::int64_t>(text.size()));
}

std::string bytes_of(std::string_view name, const data::value& of, data::arena& memory) {
    const auto made = make(name)->to_bytes(of, memory);
    return std::string(base::as_text(made.value().value()));
}

void read_auto(benchmark::State& state) {
    to_value(state, "auto", false, std::string(order));
}
BENCHMARK(read_auto);

void read_json(benchmark::State& state) {
    to_value(state, "json", false, std::string(order));
}
BENCHMARK(read_json);

void read_json_schema(benchmark::State& state) {
    data::schema_store schemas;
    data::arena memory;
    to_value(state, "json_schema", false,
             bytes_of("json_schema", make_struct(schemas, memory), memory));
}
BENCHMARK(read_json_schema);

// Argument: 1 with the schema, 0 without.
void write_json(benchmark::State& state) {
    data::schema_store schemas;
    data::arena kept;
    const auto value = make_struct(schemas, kept);
    const auto by = make(state.range(0) != 0 ? "json_schema" : "json");
    data::arena memory;
    std::size_t records = 0;
    for (auto _ : state) {
        const auto made = by->to_bytes(value, memory);
        if (!made) return state.SkipWithError("no bytes");
        benchmark::DoNotOptimize((*made)->data());
        if (++records % 500 == 0) memory.clear();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(write_json)->ArgName("schema")->Arg(0)->Arg(1);

}  // namespace
}  // namespace weir::bench
