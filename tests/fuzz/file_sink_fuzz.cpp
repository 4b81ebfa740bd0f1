// What the file sink reads from outside: its index, paths and keys, JSON for CSV, torn files. No
// name leads out of its directory; what was read and written is read the same again.
#include <string>

#include "connectors/file/sink/index.hpp"
#include "connectors/file/sink/path_template.hpp"
#include "connectors/file/sink/rows.hpp"
#include "connectors/generator/field_template.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

namespace sink = connectors::file::sink;
namespace generator = connectors::generator;

std::string text_of(const base::bytes& data) {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

void try_index(const std::string& text) {
    const auto read = sink::parse_index(text);
    for (const auto& each : read.finished)
        require(sink::is_safe(sink::name_of(each.bucket, each.first)));
    for (const auto& each : read.begun)
        require(sink::is_safe(sink::name_of(each.bucket, each.first)));
    const auto again = sink::parse_index(sink::to_lines(read));
    require(again.finished == read.finished && again.begun == read.begun);
    require(again.floor == read.floor && again.topic == read.topic);
}

void try_path(const std::string& path, const std::string& key, std::int64_t time) {
    const auto parsed = sink::path_template::parse(path);
    if (!parsed) return;
    const auto name =
        parsed->bucket({.topic = key, .partition = 1, .timestamp_ms = time, .key = key});
    if (name) require(sink::is_safe(*name) && sink::is_safe(sink::name_of(*name, time)));
    const auto span = parsed->span(time);
    require(span.from_ms <= time && time <= span.until_ms);
}

void try_csv(const std::string& json) {
    sink::row_options options;
    options.format = sink::row_format::csv;
    sink::row_writer writer(options);
    weir_value value = {};
    value.kind = WEIR_JSON;
    value.count = static_cast<std::uint32_t>(json.size());
    value.of.data = json.data();
    std::string out;
    const auto reason = writer.append(out, value);
    require(reason.empty() != out.empty());
    if (out.empty()) return;
    sink::row_end_finder whole(options);
    whole.take(out);
    require(whole.end() == out.size());
    sink::row_end_finder torn(options);
    torn.take(std::string_view(out).substr(0, out.size() - 1));
    require(torn.end() < out.size());
}

void try_field(const std::string& text) {
    static const generator::word_pool words(1, generator::text_bytes_max);
    const auto parsed = generator::field_template::parse(text);
    if (!parsed) return;
    char room[generator::uuid_bytes];
    const auto made = parsed->make({.seed = 1, .number = 5, .now_ms = 0}, words, room);
    if (parsed->type() == WEIR_STRING)
        require(made.of.data != nullptr && made.count <= generator::text_bytes_max);
}

base::bytes seed(std::uint8_t kind, std::string_view first, std::string_view second = {}) {
    return output()
        .put(kind)
        .put_piece(base::as_bytes(first))
        .put_piece(base::as_bytes(second))
        .put(std::uint64_t{1'700'000'000'000})
        .take();
}

}  // namespace

std::vector<base::bytes> seeds() {
    const sink::partition_index index = {.topic = "t",
                                         .floor = 5,
                                         .begun = {{9, "a/{offset}.jsonl"}},
                                         .finished = {{5, 8, 1000, "a/{offset:20}.jsonl"}}};
    return {seed(0, sink::to_lines(index)),
            seed(1, "out/{topic}/dt={ts:%Y-%m-%d %H:%M:%S %j}/{partition}-{offset:5}.gz", "../k"),
            seed(2, R"({"a":"x\n\u00fc\ud83d\ude00","b":[1,{"c":"]"}],"d":null, "e" : -1.5e3})"),
            seed(3, "int(1,100)"),
            seed(3, "choice(a, b,c)"),
            seed(3, "text(20)"),
            seed(3, "float(-1,1e9)"),
            seed(3, "time(0,1000)")};
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const auto kind = in.take_uint8() % 4;
    const auto first = weir::fuzz::text_of(in.take_piece());
    const auto second = weir::fuzz::text_of(in.take_piece());
    const auto number = static_cast<std::int64_t>(in.take_uint64());
    if (kind == 0) weir::fuzz::try_index(first);
    if (kind == 1) weir::fuzz::try_path(first, second, number);
    if (kind == 2) weir::fuzz::try_csv(first);
    if (kind == 3) weir::fuzz::try_field(first);
    return 0;
}
