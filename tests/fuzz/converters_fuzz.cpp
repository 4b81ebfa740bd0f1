// Bytes of a topic as values: what a converter takes is what an outside parser takes for JSON, and
// comes back the same once it was written. Input: which converter, then the bytes.
#include <cmath>
#include <nlohmann/json.hpp>

#include "connect/converters/converter.hpp"
#include "connect/converters/json_reader.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace connect;

constexpr std::array<std::string_view, 5> names = {"auto", "json", "json_schema", "string",
                                                   "bytes"};

// Whether values are the same: schemas may differ in their place, numbers that are none be both.
bool same(const data::value& left, const data::value& right) {
    if (left.kind != right.kind || left.count != right.count) return false;
    if (left.kind == WEIR_FLOAT32 || left.kind == WEIR_FLOAT64)
        return left.of.real == right.of.real;
    if (left.kind != WEIR_ARRAY && left.kind != WEIR_MAP && left.kind != WEIR_STRUCT)
        return data::equal(left, right);
    const auto ours = data::items(left);
    const auto theirs = data::items(right);
    for (std::size_t index = 0; index < ours.size(); ++index)
        if (!same(ours[index], theirs[index])) return false;
    return true;
}

// A number that is beyond every double is a text once it is written.
bool has_infinity(const data::value& of) {
    if (of.kind == WEIR_FLOAT32 || of.kind == WEIR_FLOAT64) return std::isinf(of.of.real);
    if (of.kind != WEIR_ARRAY && of.kind != WEIR_MAP && of.kind != WEIR_STRUCT) return false;
    return std::ranges::any_of(data::items(of), has_infinity);
}

void check_json(std::string_view text) {
    converters::json_reader reader;
    data::arena memory;
    const auto made = reader.read(text, memory);
    // The other parser refuses leading zeros and numbers beyond a double, and knows no bounds; it
    // takes a byte order mark, no text for nothing, and a zero for the end.
    const bool valid = nlohmann::json::accept(text);
    const bool special =
        text.find_first_of(std::string_view("0eE\xef\0", 5)) != std::string_view::npos ||
        text.size() > converters::json_number_size_max ||
        text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    require(special || made.has_value() == valid);
    const bool is_container = made && (made->kind == WEIR_MAP || made->kind == WEIR_ARRAY);
    require(reader.is_document(text) == is_container);
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    for (
        const std::string_view text :
        {R"({"a":1,"b":[true,null,"x\n\u00e9",{"c":-2.5e3}],"":""})", "[[],{}, 7]", "\"text\"",
         R"({"schema":{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},)"
         R"({"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,)"
         R"("parameters":{"scale":"2"},"field":"d","default":"AQ=="},{"type":"map","keys":{"type":)"
         R"("int32"},"values":{"type":"double"},"optional":true,"field":"m"}],"optional":true},)"
         R"("payload":{"id":5,"d":"BNI=","m":[[1,2.5]]}})",
         R"({"schema":{"type":"array","items":{"type":"string","optional":true}},"payload":["a"]})",
         R"({"schema":null,"payload":[1,2.5,"x"]})"}) {
        for (std::uint8_t which = 0; which < names.size(); ++which)
            made.push_back(output().put(which).put_bytes(base::as_bytes(text)).take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::connect;
    fuzz::input in(data, size);
    const auto which = in.take_uint8();
    const auto bytes = in.take_rest();
    fuzz::check_json(base::as_text(bytes));
    const auto name = fuzz::names[which % fuzz::names.size()];
    const auto by = converters::make_converter({.name = name, .expand_json = (which & 64) != 0});
    require(by.has_value());
    data::arena memory;
    data::schema_store schemas;
    const auto made = (*by)->to_value(bytes, memory, schemas);
    if (!made) return 0;
    const auto written = (*by)->to_bytes(*made, memory);
    if (name != "json_schema") require(written.has_value());
    if (!written || !*written) return 0;
    const auto again = (*by)->to_value(**written, memory, schemas);
    require(again.has_value());
    if (!fuzz::has_infinity(*made)) require(fuzz::same(*made, *again));
    return 0;
}
