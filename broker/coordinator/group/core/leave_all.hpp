// leave_all: what LeaveGroup is for every kind of group: one member or several, each with an
// answer. Pure.
#pragma once

#include <string>

#include "broker/protocol/messages/leave_group_request.hpp"
#include "broker/protocol/messages/leave_group_response.hpp"

namespace weir::broker::coordinator::group {

// Calls remove(identity, member_id) for each that leaves; it gives the error, and may fill in the
// id of a static member.
template <class Remove>
protocol::leave_group_response leave_all(const protocol::leave_group_request& request,
                                         Remove remove) {
    protocol::leave_group_response response;
    auto leaving = request.members;
    if (leaving.empty()) leaving.emplace_back().member_id = request.member_id;
    for (const auto& each : leaving) {
        auto& answer = response.members.emplace_back();
        answer.member_id = each.member_id;
        answer.group_instance_id = each.group_instance_id;
        answer.error_code = remove(each, answer.member_id);
    }
    // Before version 3 the one member's error stands at the top.
    if (request.members.empty()) {
        response.error_code = response.members.front().error_code;
        response.members.clear();
    }
    return response;
}

}  // namespace weir::broker::coordinator::group
