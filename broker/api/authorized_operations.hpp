// The operations a client may do on a resource, as bit fields of Kafka's AclOperation codes
// (KIP-430). Without an authorizer that is all operations the resource type knows.
#pragma once

#include <cstdint>

namespace weir::broker::api {

enum class acl_operation : unsigned {
    read = 3,
    write = 4,
    create = 5,
    remove = 6,
    alter = 7,
    describe = 8,
    cluster_action = 9,
    describe_configs = 10,
    alter_configs = 11,
    idempotent_write = 12
};

template <class... Operations>
constexpr std::int32_t operation_bits(Operations... operations) {
    return ((1 << static_cast<unsigned>(operations)) | ...);
}

inline constexpr std::int32_t topic_operations =
    operation_bits(acl_operation::read, acl_operation::write, acl_operation::create,
                   acl_operation::remove, acl_operation::alter, acl_operation::describe,
                   acl_operation::describe_configs, acl_operation::alter_configs);
inline constexpr std::int32_t cluster_operations =
    operation_bits(acl_operation::create, acl_operation::alter, acl_operation::describe,
                   acl_operation::cluster_action, acl_operation::describe_configs,
                   acl_operation::alter_configs, acl_operation::idempotent_write);
inline constexpr std::int32_t group_operations =
    operation_bits(acl_operation::read, acl_operation::remove, acl_operation::describe,
                   acl_operation::describe_configs, acl_operation::alter_configs);
// What a response carries when it was not asked for.
inline constexpr std::int32_t operations_not_asked = INT32_MIN;

}  // namespace weir::broker::api
