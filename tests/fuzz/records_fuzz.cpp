// Record batches of clients: a batch is refused, or it holds exactly the records that it counts,
// with the largest timestamp and the checksum that its header says, and can be built again. Input:
// flags, then the batch. Flags choose the rules of the topic, and whether length and checksum are
// put right first: otherwise mutation would hardly ever get past them.
#include "base/crc32c.hpp"
#include "broker/log/validator.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "broker/protocol/record_reader.hpp"
#include "tests/fuzz/batch_repair.hpp"
#include "tests/fuzz/memory.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/text_codes.hpp"

namespace weir::fuzz {
namespace {

using namespace broker;

log::validation_rules rules_of(std::uint8_t flags) {
    log::validation_rules rules{.wall_ms = 1'700'000'000'000};
    rules.compacted = (flags & 2) != 0;
    if ((flags & 4) != 0) rules.timestamps = log::timestamp_type::log_append_time;
    if ((flags & 8) != 0) rules.codec = static_cast<protocol::compression::codec>(flags >> 5 & 3);
    if ((flags & 16) != 0) rules.origin = log::append_origin::coordinator;
    return rules;
}

void check_accepted(base::bytes_view stored, const log::valid_batch& valid) {
    const auto batch = protocol::batch_view::parse(stored);
    require(batch.has_value() && batch->size() == stored.size());
    require(batch->crc_matches());
    require(batch->count() == valid.count && batch->last_offset_delta() + 1 == valid.count);
    require(batch->max_timestamp() == valid.max_timestamp);
    base::bytes scratch;
    const auto payload = protocol::inflated_payload(*batch, log::inflated_ceiling, scratch);
    require(payload.has_value());
    protocol::record_reader records(*payload, batch->count());
    protocol::batch_builder builder;
    std::int32_t index = 0;
    for (; const auto record = records.next(); ++index) {
        require(record->offset_delta == index);
        const auto headers = record->parse_headers();
        require(headers.has_value());
        builder.add(record->timestamp_in(*batch), record->key, record->value, *headers);
    }
    require(!records.failed() && index == valid.count);
    const auto built = builder.finish({});
    const auto again = protocol::batch_view::parse(built);
    require(again.has_value() && again->crc_matches() && again->count() == valid.count);
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    for (const auto& each : golden::read_table("tests/golden/data/batches.tsv")) {
        for (const std::uint8_t flags : {1, 17, 5, 0x69}) {
            made.push_back(output().put(flags).put_bytes(golden::from_hex(each.at("hex"))).take());
        }
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    fuzz::input in(data, size);
    const auto flags = in.take_uint8();
    auto batch = in.take_rest();
    if ((flags & 1) != 0) fuzz::repair_batch(batch);
    const auto rules = fuzz::rules_of(flags);
    broker::log::batch_memory memory;
    const fuzz::memory_scope scope;
    const auto valid = broker::log::validate_batch(batch, rules, memory);
    // The inflated records twice while they grow, compressed again, and contexts of the codecs.
    constexpr std::size_t others = 1024UL * 1024;
    require(scope.peak() <= broker::log::inflated_bound(rules.max_message_bytes) * 4 + others);
    if (valid)
        fuzz::check_accepted(memory.recompressed.empty() ? batch : memory.recompressed, *valid);
    return 0;
}
