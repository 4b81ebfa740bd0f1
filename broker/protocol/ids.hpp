// Kafka's ids, offsets and epochs as types of their own. Raw integers live only in the codec.
#pragma once

#include <fmt/core.h>

#include <cstdint>

#include "base/strong.hpp"
#include "base/uuid.hpp"

namespace weir::broker {

namespace tags {
struct id {
    static constexpr bool moves = false;
};
struct position {
    static constexpr bool moves = true;
};
struct node_id : id {};
struct partition_index : id {};
struct offset : position {};
struct leader_epoch : position {};
struct producer_id : position {};
struct producer_epoch : position {};
struct generation_id : position {};
}  // namespace tags

using node_id = base::strong<tags::node_id, std::int32_t>;
using partition_index = base::strong<tags::partition_index, std::int32_t>;
using offset = base::strong<tags::offset, std::int64_t>;
using leader_epoch = base::strong<tags::leader_epoch, std::int32_t>;
using producer_id = base::strong<tags::producer_id, std::int64_t>;
using producer_epoch = base::strong<tags::producer_epoch, std::int16_t>;
using generation_id = base::strong<tags::generation_id, std::int32_t>;
using topic_id = base::uuid;

inline constexpr offset no_offset{-1};
inline constexpr leader_epoch no_leader_epoch{-1};
inline constexpr producer_id no_producer_id{-1};
inline constexpr producer_epoch no_producer_epoch{-1};
inline constexpr node_id no_node{-1};

}  // namespace weir::broker

template <class Tag, class Rep>
struct fmt::formatter<weir::base::strong<Tag, Rep>> : fmt::formatter<Rep> {
    auto format(weir::base::strong<Tag, Rep> id, fmt::format_context& context) const {
        return fmt::formatter<Rep>::format(id.value(), context);
    }
};
template <>
struct fmt::formatter<weir::base::uuid> : fmt::formatter<std::string> {
    auto format(const weir::base::uuid& id, fmt::format_context& context) const {
        return fmt::formatter<std::string>::format(id.to_text(), context);
    }
};
