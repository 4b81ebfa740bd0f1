// The records of __consumer_offsets: whatever they hold, the groups are loaded, live on, expire and
// are described; what a group stores is loaded again to the same description.
// Input: records, each a key and a value with their lengths; an empty value is a tombstone.
#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker::coordinator::group;

constexpr time_ms now = 1'700'000'000'000;

void try_records(input& in) {
    core_options options;
    options.offsets_retention_ms = 1000;
    group_core core(options);
    while (!in.empty()) {
        const auto key = in.take_piece();
        const auto value = in.take_piece();
        if (value.empty()) {
            core.load(key, std::nullopt);
        } else {
            core.load(key, base::bytes_view(value));
        }
    }
    core.finish_load(now);
    effects out;
    for (const auto& each : core.list()) {
        require(core.describe(each.id).has_value());
        require(core.offsets_of(each.id) != nullptr);
    }
    core.tick(now + 1, out);
    core.expire_offsets(now + 1, out);
    core.tick(now + 10'000'000, out);
    core.expire_offsets(now + 10'000'000, out);
    core.topics_deleted({"t"}, out);

    group_core twin(options);
    for (const auto& each : out.records) {
        const auto value = each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt;
        twin.load(each.key, value);
    }
    twin.finish_load(now);
    for (const auto& each : twin.list())
        require(core.describe(each.id).has_value());
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto key_of = [](std::int16_t type, base::bytes_view body) {
        return output().put(type).put_bytes(body).take();
    };
    std::map<std::string, base::bytes> keys;
    for (const auto& each : golden::read_table("tests/golden/data/messages.tsv")) {
        const auto& name = each.at("name");
        if (name == "GroupMetadataKey")
            keys["GroupMetadataValue"] = key_of(2, golden::from_hex(each.at("hex")));
        if (name == "OffsetCommitKey")
            keys["OffsetCommitValue"] = key_of(1, golden::from_hex(each.at("hex")));
    }
    for (const auto& each : golden::read_table("tests/golden/data/messages.tsv")) {
        const auto key = keys.find(each.at("name"));
        if (key == keys.end()) continue;
        const auto version = static_cast<std::int16_t>(std::stoi(each.at("version")));
        const auto value = key_of(version, golden::from_hex(each.at("hex")));
        made.push_back(output().put_piece(key->second).put_piece(value).take());
        made.push_back(output()
                           .put_piece(key->second)
                           .put_piece(value)
                           .put_piece(key->second)
                           .put_piece({})
                           .take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    weir::fuzz::try_records(in);
    return 0;
}
