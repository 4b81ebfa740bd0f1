// What a pipeline file says to transforms: patterns of dates and topics, paths, literals, lists.
// Whatever the text, there is a chain or a reason, and a chain gives a record or an error. Input:
// which transform, then the texts of its two options.
#include "connect/data/schema.hpp"
#include "tests/fuzz/target.hpp"
#include "transforms/smt/chain.hpp"

namespace weir::fuzz {
namespace {

using namespace connect;

struct shape {
    std::string_view type;
    std::string_view first;
    std::string_view second;
};
constexpr std::array shapes = {shape{"RegexRouter", "regex", "replacement"},
                               shape{"TimestampRouter", "timestamp.format", "topic.format"},
                               shape{"ExtractField$Value", "field", "field.syntax.version"},
                               shape{"InsertHeader", "value.literal", "header"},
                               shape{"Cast$Value", "spec", "replace.null.with.default"},
                               shape{"ReplaceField$Value", "renames", "include"},
                               shape{"MaskField$Value", "replacement", "fields"},
                               shape{"Flatten$Value", "delimiter", "unknown"}};

std::string text_of(const base::bytes& of) {
    return std::string(base::as_text(of));
}

// The first text as a pattern, the second as a date of it.
void check_dates(const std::string& pattern, const std::string& text) {
    const auto made = transforms::smt::make_chain(
        {{.type = "TimestampConverter$Value",
          .options = {{"target.type", "string"}, {"format", pattern}}}});
    if (!made) return require(!made.error().empty());
    data::arena memory;
    data::record record = {};
    record.value = data::make_string(text);
    (void)(*made)->apply(record, memory);
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&](std::uint8_t which, std::string_view first, std::string_view second) {
        made.push_back(output()
                           .put(which)
                           .put_piece(base::as_bytes(first))
                           .put_piece(base::as_bytes(second))
                           .take());
    };
    add(0, "(?<a>.*)-(b)", "${a}$2\\$");
    add(1, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "${topic}-${timestamp}");
    add(2, "`a.b`.c.d", "V2");
    add(3, R"({"a":[1,2.5,"x"],"t":10:11:12.013Z})", "h");
    add(3, "123456789012345678901234567890.5e-7", "h");
    add(4, "a:int8,b:string", "true");
    add(5, "a:b,c:d", "a,c");
    add(6, "1e5", "a,n");
    add(7, "--", "");
    add(8, "yyyyMMddHHmmssSSS Z", "20240506070809010 +0100");
    add(8, "EEE, dd MMM yy hh:mm a z", "Mon, 06 May 24 07:08 PM GMT+02:00");
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::connect;
    fuzz::input in(data, size);
    const auto which = in.take_uint8() % (fuzz::shapes.size() + 1);
    const auto first = fuzz::text_of(in.take_piece());
    const auto second = fuzz::text_of(in.take_piece());
    if (which == fuzz::shapes.size()) {
        fuzz::check_dates(first, second);
        return 0;
    }
    const auto& shape = fuzz::shapes[which];
    const auto made = transforms::smt::make_chain(
        {{.type = std::string(shape.type),
          .options = {{std::string(shape.first), first}, {std::string(shape.second), second}}}});
    if (!made) {
        require(!made.error().empty());
        return 0;
    }
    data::arena memory;
    const std::array inner = {data::make_string("b"), data::make_real(WEIR_FLOAT64, 1e300)};
    const std::array pairs = {data::make_string("a"), data::make_string("5"),
                              data::make_string("n"), data::make_map(inner)};
    data::record record = {};
    record.topic = data::text_of("a-b");
    record.timestamp_ms = 1'700'000'000'123;
    record.value = data::make_map(pairs);
    const auto kept = (*made)->apply(record, memory);
    require(kept.has_value() || !kept.error().reason.empty());
    return 0;
}
