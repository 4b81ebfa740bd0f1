#include "broker/controller/core/metadata_record.hpp"

#include <fmt/format.h>

#include "broker/protocol/wire.hpp"

namespace weir::broker::controller {
namespace {

constexpr std::uint32_t frame_version = 1;

using decoded = std::expected<metadata_record, std::string>;

template <class Record>
decoded decode_as(protocol::reader& body, std::uint32_t version) {
    const auto supported = static_cast<std::int16_t>(version);
    if (version > static_cast<std::uint32_t>(Record::max_version)) {
        return std::unexpected(fmt::format("metadata record type {} has unknown version {}",
                                           Record::message_key, version));
    }
    auto record = Record::decode(body, supported);
    if (!record || body.left() > 0) {
        return std::unexpected(
            fmt::format("metadata record type {} is damaged", Record::message_key));
    }
    return std::move(*record);
}

// Tries each alternative of the variant until one has the key.
template <std::size_t index = 0>
decoded decode_by_key(std::uint32_t key, protocol::reader& body, std::uint32_t version) {
    if constexpr (index == std::variant_size_v<metadata_record>) {
        return std::unexpected(fmt::format("metadata record type {} is not known", key));
    } else {
        using record = std::variant_alternative_t<index, metadata_record>;
        if (key == static_cast<std::uint32_t>(record::message_key))
            return decode_as<record>(body, version);
        return decode_by_key<index + 1>(key, body, version);
    }
}

}  // namespace

base::bytes encode_metadata_record(const metadata_record& record) {
    protocol::writer out;
    std::visit(
        [&out](const auto& each) {
            out.put_unsigned_varint(frame_version);
            out.put_unsigned_varint(static_cast<std::uint32_t>(each.message_key));
            out.put_unsigned_varint(static_cast<std::uint32_t>(each.max_version));
            each.encode(out, each.max_version);
        },
        record);
    return std::move(out).take_bytes();
}

std::expected<metadata_record, std::string> decode_metadata_record(base::bytes_view value) {
    base::bytes copy = base::to_bytes(value);
    protocol::reader body(copy);
    const auto frame = body.get_unsigned_varint();
    const auto key = body.get_unsigned_varint();
    const auto version = body.get_unsigned_varint();
    if (body.failed() || frame != frame_version) {
        return std::unexpected("metadata record has an unknown frame");
    }
    return decode_by_key(key, body, version);
}

}  // namespace weir::broker::controller
