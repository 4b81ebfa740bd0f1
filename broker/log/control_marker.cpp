#include "broker/log/control_marker.hpp"

#include <array>

#include "base/endian.hpp"
#include "broker/protocol/batch_builder.hpp"
#include "broker/protocol/record_reader.hpp"

namespace weir::broker::log {
namespace {

constexpr std::size_t key_size = 4;
constexpr std::size_t value_size = 6;
constexpr std::int16_t type_abort = 0;
constexpr std::int16_t type_commit = 1;

}  // namespace

std::optional<control_marker> marker_in(const protocol::batch_view& batch) {
    if (!batch.is_control() || batch.codec_number() != 0) return std::nullopt;
    protocol::record_reader records(batch.payload(), batch.count());
    const auto record = records.next();
    if (!record || !record->key || !record->value) return std::nullopt;
    if (record->key->size() < key_size || record->value->size() < value_size) return std::nullopt;
    const auto type = base::load_be<std::int16_t>(record->key->data() + 2);
    if (type != type_abort && type != type_commit) return std::nullopt;
    return control_marker{
        .commits = type == type_commit,
        .coordinator_epoch = base::load_be<std::int32_t>(record->value->data() + 2)};
}

base::bytes make_marker_batch(broker::producer_id producer, broker::producer_epoch epoch,
                              const control_marker& marker, std::int64_t now_ms) {
    std::array<std::byte, key_size> key{};
    std::array<std::byte, value_size> value{};
    base::store_be(key.data() + 2, marker.commits ? type_commit : type_abort);
    base::store_be(value.data() + 2, marker.coordinator_epoch);
    protocol::batch_builder builder;
    builder.add(now_ms, base::bytes_view(key), base::bytes_view(value));
    return builder.finish(
        {.producer_id = producer, .producer_epoch = epoch, .transactional = true, .control = true});
}

}  // namespace weir::broker::log
