// The records of __transaction_state: whatever they hold, the transactional ids are loaded, go on,
// time out and expire; what the coordinator stores is loaded again to the same states.
// Input: how often clients use each id; records, each a key and a value with their lengths; an
// empty value is a tombstone.
#include "broker/coordinator/transaction/core/transaction_core.hpp"
#include "broker/coordinator/transaction/core/transaction_records.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker;
using namespace broker::coordinator::transaction;

constexpr time_ms now = 1'700'000'000'000;
constexpr producer_id fresh{1'000'000};

// A core, and one that loads what the first one stores.
class pair_of_cores {
  public:
    void load(base::bytes_view key, const std::optional<base::bytes_view>& value) {
        core_.load(key, value);
        twin_.load(key, value);
    }

    void finish_load() {
        keep([&](effects& out) { core_.finish_load(out); });
    }

    // What a client does with an id, and what the coordinator does by itself.
    void use(const std::string& id) {
        const auto* known = core_.find(id);
        require(known != nullptr);
        const init_wish wish{.transactional_id = id,
                             .timeout_ms = 1000,
                             .expected = known->producer,
                             .fresh = core_.needs_producer_id(id) ? fresh : no_producer_id};
        const auto begun = keep([&](effects& out) { core_.init(1, wish, now, out); });
        const add_wish adding{
            .transactional_id = id,
            .producer = begun.producer,
            .partitions = {{.topic = "t", .partition = partition_index(0)}},
            .client_version = version_with_epochs,
        };
        keep([&](effects& out) { core_.add_partitions(2, adding, now, out); });
        keep([&](effects& out) { core_.verify(3, adding, out); });
        const end_wish ending{.transactional_id = id,
                              .producer = begun.producer,
                              .commits = true,
                              .client_version = version_with_epochs,
                              .fresh = fresh};
        keep([&](effects& out) { core_.end(4, ending, now, out); });
    }

    void pass(time_ms at) {
        keep([&](effects& out) { core_.tick(at, out); });
        keep([&](effects& out) { core_.expire_ids(at, out); });
    }

    std::vector<listed_transaction> list() const { return core_.list(); }

    void compare() {
        effects none;
        twin_.finish_load(none);
        const auto loaded = twin_.list();
        const auto known = core_.list();
        require(loaded.size() == known.size());
        for (std::size_t at = 0; at < known.size(); ++at) {
            require(loaded[at].transactional_id == known[at].transactional_id);
            require(loaded[at].producer == known[at].producer);
            require(loaded[at].state == known[at].state);
        }
    }

  private:
    template <class Step>
    answer keep(Step step) {
        effects out;
        step(out);
        carry_out(out);
        return out.replies.empty() ? answer{} : out.replies.front().what;
    }

    // The records are stored, the markers are written, and so on.
    void carry_out(const effects& wanted) {
        for (const auto& each : wanted.records) {
            const auto value =
                each.value ? std::optional<base::bytes_view>(*each.value) : std::nullopt;
            twin_.load(each.key, value);
        }
        for (const auto& each : wanted.markers) {
            effects more;
            core_.markers_written(each.transactional_id, each.producer, now, more);
            carry_out(more);
        }
    }

    transaction_core core_{core_options{}};
    transaction_core twin_{core_options{}};
};

void try_records(input& in) {
    pair_of_cores cores;
    const int uses = in.take_uint8() % 3;
    while (!in.empty()) {
        const auto key = in.take_piece();
        const auto value = in.take_piece();
        cores.load(key, value.empty() ? std::nullopt : std::optional<base::bytes_view>(value));
    }
    cores.finish_load();
    for (const auto& each : cores.list()) {
        for (int use = 0; use < uses; ++use)
            cores.use(each.transactional_id);
    }
    cores.pass(now + 1);
    cores.pass(now + core_options{}.id_expiration_ms + 1);
    cores.compare();
}

// Every state with numbers at their ends.
void add_extremes(std::vector<base::bytes>& made) {
    constexpr auto last_state = static_cast<std::int8_t>(transaction_state::prepare_epoch_fence);
    for (std::int8_t state = 0; state <= last_state; ++state) {
        for (const std::int16_t epoch : {-1, 0, INT16_MAX - 1, INT16_MAX}) {
            for (const time_ms time : {INT64_MIN, INT64_MAX}) {
                const transaction value{
                    .producer = {.id = producer_id(1), .epoch = producer_epoch(epoch)},
                    .timeout_ms = time < 0 ? INT32_MIN : INT32_MAX,
                    .state = static_cast<transaction_state>(state),
                    .partitions = {{.topic = "t", .partition = partition_index(epoch)}},
                    .started_at = time,
                    .updated_at = time,
                    .client_version = static_cast<std::int16_t>(state % 3)};
                const auto record = transaction_record("id", value, version_with_epochs);
                made.push_back(output().put_piece(record.key).put_piece(*record.value).take());
            }
        }
    }
}

}  // namespace

std::vector<base::bytes> seeds() {
    const auto of_version = [](std::int16_t version, base::bytes_view body) {
        return output().put(version).put_bytes(body).take();
    };
    const auto table = golden::read_table("tests/golden/data/messages.tsv");
    std::vector<base::bytes> keys;
    std::vector<base::bytes> made;
    for (const auto& each : table) {
        if (each.at("name") != "TransactionLogKey") continue;
        keys.push_back(of_version(0, golden::from_hex(each.at("hex"))));
    }
    for (const auto& each : table) {
        if (each.at("name") != "TransactionLogValue") continue;
        const auto version = static_cast<std::int16_t>(std::stoi(each.at("version")));
        const auto value = of_version(version, golden::from_hex(each.at("hex")));
        for (const auto& key : keys) {
            made.push_back(output().put_piece(key).put_piece(value).take());
            made.push_back(
                output().put_piece(key).put_piece(value).put_piece(key).put_piece({}).take());
        }
    }
    add_extremes(made);
    const auto records = std::move(made);
    made.clear();
    for (const auto& each : records) {
        for (const std::uint8_t uses : {0, 1, 2})
            made.push_back(output().put(uses).put_bytes(each).take());
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    weir::fuzz::try_records(in);
    return 0;
}
