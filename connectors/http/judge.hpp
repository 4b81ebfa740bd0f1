// judge: what an answer means for the records of its request. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/http/client.hpp"
#include "connectors/http/dispatch.hpp"
#include "connectors/http/json_reply.hpp"

namespace weir::connectors::http {

// Done: 2xx. Again: no answer, or a status that the policy tries again, with Retry-After if there
// is one. Refused: any other. Reasons have status and head of the body.
verdict judge(const answer& given, const retry_policy& policy, std::int64_t now_unix_ms);

// What was done with one record in a _bulk request.
struct bulk_action {
    bool is_delete = false;
    bool may_conflict = false;  // created under an id of our own: 409 says that it is there already
};

// Of a _bulk request whose answer is 2xx: a verdict for each action, in its order; for all of them
// when the reply cannot be understood (nothing in `items`).
struct bulk_verdict {
    verdict whole;
    std::vector<verdict> items;
};
bulk_verdict judge_bulk(const answer& given, std::span<const bulk_action> actions,
                        const retry_policy& policy, std::int64_t now_unix_ms);

// "HTTP 400: head of the body", in one line of bounded size.
std::string reason_of(const answer& given);

// Replaces every one of `secrets` in it.
void scrub(std::string& text, std::span<const std::string> secrets);

}  // namespace weir::connectors::http
