// The records of __consumer_offsets: whatever they hold, the groups are loaded, live on, expire and
// are described; what a group stores is loaded again to the same description.
// Input: a kind, then a marker has nothing more; a record, of a transaction or not, has a key and a
// value with their lengths; an empty value is a tombstone.
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

constexpr broker::producer_id producer{7};

// A core, and one that loads what the first one heard and stored.
class pair_of_cores {
  public:
    explicit pair_of_cores(core_options options)
        : core_(options, cluster_), twin_(options, cluster_) {
        cluster_.add("t", 3);
    }

    group_core& core() { return core_; }

    void load(base::bytes_view key, const std::optional<base::bytes_view>& value, bool pending) {
        for (auto* each : {&core_, &twin_})
            pending ? each->load_pending(producer, key, value) : each->load(key, value);
    }

    void end_transaction(bool commits) {
        for (auto* each : {&core_, &twin_})
            each->end_transaction(producer, commits);
    }

    void keep(const effects& out) {
        for (const auto& each : out.records) {
            const auto value =
                each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt;
            twin_.load(each.key, value);
        }
    }

    void compare() {
        twin_.finish_load(now);
        for (const auto& each : twin_.list())
            require(is_described(twin_, each.id));
        require(has_all_of(core_, twin_) && has_all_of(twin_, core_));
    }

  private:
    static bool has_all_of(const group_core& of, const group_core& in) {
        for (const auto& group : of.list()) {
            for (const auto& [where, what] : *of.offsets_of(group.id)) {
                const auto* other = in.offset_of(group.id, where);
                if (!other || other->at != what.at) return false;
            }
        }
        return true;
    }

    fixed_cluster cluster_;
    group_core core_;
    group_core twin_;
};

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
    pair_of_cores cores(options);
    enum : std::uint8_t { marker_of_commit = 1, marker_of_abort, pending, kinds };
    while (!in.empty()) {
        const auto kind = in.take_uint8() % kinds;
        if (kind == marker_of_commit || kind == marker_of_abort) {
            cores.end_transaction(kind == marker_of_commit);
            continue;
        }
        const auto key = in.take_piece();
        const auto value = in.take_piece();
        cores.load(key, value.empty() ? std::nullopt : std::optional<base::bytes_view>(value),
                   kind == pending);
    }
    auto& core = cores.core();
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
    cores.keep(out);
    cores.end_transaction(true);
    cores.compare();
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
        constexpr std::uint8_t plain = 0, commits = 1, pending = 3;
        const auto record = [&](output& to, std::uint8_t kind, base::bytes_view what) {
            to.put(kind).put_piece(key->second).put_piece(what);
        };
        output once, deleted, transaction;
        record(once, plain, value);
        made.push_back(once.take());
        record(deleted, plain, value);
        record(deleted, plain, {});
        made.push_back(deleted.take());
        record(transaction, pending, value);
        record(transaction, plain, {});
        record(transaction, pending, value);
        made.push_back(transaction.put(commits).take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    weir::fuzz::try_records(in);
    return 0;
}
