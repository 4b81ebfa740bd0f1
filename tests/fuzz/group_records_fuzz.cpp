// The records of __consumer_offsets: whatever they hold, the groups are loaded, live on, expire and
// are described; what a group stores is loaded again to the same description.
// Input: a kind, then a marker has nothing more; a record, of a transaction or not, has a key and a
// value with their lengths; an empty value is a tombstone.
#include "broker/coordinator/group/core/group_core.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker::coordinator::group;

constexpr time_ms now = 1'700'000'000'000;

constexpr broker::producer_id producer{7};

// A core, and one that loads what the first one heard and stored.
class pair_of_cores {
  public:
    explicit pair_of_cores(core_options options) : core_(options), twin_(options) {}

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
            require(twin_.describe(each.id).has_value());
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

    group_core core_;
    group_core twin_;
};

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
        require(core.describe(each.id).has_value());
        require(core.offsets_of(each.id) != nullptr);
    }
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
