// The records of __consumer_offsets: whatever they hold, the groups are loaded, live on, expire and
// are described; what a group stores is loaded again to the same description.
// Input: records, each a key and a value with their lengths; an empty value is a tombstone.
#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"
#include "tests/unit/broker/coordinator/fixed_cluster.hpp"

namespace weir::fuzz {
namespace {

using namespace broker::coordinator::group;

constexpr time_ms now = 1'700'000'000'000;

bool is_described(const group_core& core, const std::string& group) {
    return core.describe(group).has_value() != core.describe_consumer(group).has_value();
}

// Whoever is a member of a consumer group may go on or come back.
void beat_all(group_core& core, time_ms at, effects& out) {
    for (const auto& each : core.list()) {
        const auto described = core.describe_consumer(each.id);
        if (!described) continue;
        for (const auto& member : described->members) {
            broker::protocol::consumer_group_heartbeat_request request;
            request.group_id = each.id;
            request.member_id = member.member_id;
            request.instance_id = member.instance_id;
            request.member_epoch = member.member_epoch < 0 ? 0 : member.member_epoch;
            request.rebalance_timeout_ms = 1000;
            request.subscribed_topic_names = {"t"};
            request.topic_partitions.emplace();
            core.consumer_heartbeat(1, request, {.version = 1}, at, out);
        }
    }
}

void try_records(input& in) {
    core_options options;
    options.offsets_retention_ms = 1000;
    fixed_cluster cluster;
    cluster.add("t", 3);
    group_core core(options, cluster);
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
        require(is_described(core, each.id));
        require(core.offsets_of(each.id) != nullptr);
    }
    beat_all(core, now, out);
    core.topics_changed({"t"});
    beat_all(core, now + 1, out);
    core.tick(now + 1, out);
    core.expire_offsets(now + 1, out);
    core.tick(now + 10'000'000, out);
    core.expire_offsets(now + 10'000'000, out);
    core.topics_deleted({"t"}, out);

    group_core twin(options, cluster);
    for (const auto& each : out.records) {
        const auto value = each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt;
        twin.load(each.key, value);
    }
    twin.finish_load(now);
    for (const auto& each : twin.list())
        require(is_described(core, each.id));
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto key_of = [](std::int16_t type, base::bytes_view body) {
        return output().put(type).put_bytes(body).take();
    };
    const std::map<std::string, std::int16_t> types = {
        {"OffsetCommitKey", 1},
        {"GroupMetadataKey", 2},
        {"ConsumerGroupMetadataKey", 3},
        {"ConsumerGroupMemberMetadataKey", 5},
        {"ConsumerGroupTargetAssignmentMetadataKey", 6},
        {"ConsumerGroupTargetAssignmentMemberKey", 7},
        {"ConsumerGroupCurrentMemberAssignmentKey", 8},
        {"ConsumerGroupRegularExpressionKey", 16}};
    std::map<std::string, base::bytes> keys;
    for (const auto& each : golden::read_table("tests/golden/data/messages.tsv")) {
        const auto& name = each.at("name");
        const auto type = types.find(name);
        if (type == types.end()) continue;
        keys[name.substr(0, name.size() - 3) + "Value"] =
            key_of(type->second, golden::from_hex(each.at("hex")));
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
