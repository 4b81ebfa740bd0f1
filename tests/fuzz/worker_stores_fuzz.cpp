// What the worker reads back: records of the topic of positions, which anyone may write to, and the
// file of components. Whatever the text, there is a value that is written and read the same, or
// none. Input: which of them, then the text.
#include "connect/stores/component_store.hpp"
#include "connect/stores/position_json.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace connect::stores;

enum kind : std::uint8_t { position, components, kinds };

void try_position(std::string_view text) {
    if (const auto object = compact_object(text)) require(compact_object(*object) == object);
    const auto key = read_position_key(text);
    if (!key) return;
    const auto again = read_position_key(write_position_key(key->component, key->partition));
    require(again && again->partition == key->partition);
}

void try_components(std::string_view text) {
    const auto all = read_components(text);
    if (!all) return;
    for (const auto& [name, of] : *all)
        (void)from_text(of, name, [](const std::string& written) { return written; });
    const auto again = read_components(write_components(*all));
    require(again && again->size() <= all->size());
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&made](kind which, std::string_view text) {
        made.push_back(output().put(std::uint8_t{which}).put_bytes(base::as_bytes(text)).take());
    };
    add(position, R"(["shop",{"server":"shop","n":1.5e3}])");
    add(position, R"({"lsn":123456789,"txid":null,"tables":["a","b"]})");
    add(components,
        R"({"source.shop":{"kind":"source","type":"count","settings":[{"name":"word","type":0,)"
        R"("written":"${env:A}","secret":true},{"name":"rate","type":2,"integer":7,"real":0.5,)"
        R"("text":"7","items":["a"],"written":"7","secret":false}]}})");
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const auto which = in.take_uint8() % weir::fuzz::kinds;
    const auto rest = in.take_rest();
    const auto text = weir::base::as_text(rest);
    if (which == weir::fuzz::position) {
        weir::fuzz::try_position(text);
    } else {
        weir::fuzz::try_components(text);
    }
    return 0;
}
