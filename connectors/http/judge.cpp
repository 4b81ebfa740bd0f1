#include "connectors/http/judge.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::http {

namespace {

constexpr std::size_t head_bytes_max = 500;

std::int64_t retry_after_of(const answer& given, std::int64_t now_unix_ms) {
    if (given.retry_after.empty()) return 0;
    return parse_retry_after(given.retry_after, now_unix_ms).value_or(0);
}

verdict judge_item(const bulk_item& item, const bulk_action& action, const retry_policy& policy) {
    const bool is_gone_already = action.is_delete && item.status == 404;
    const bool is_there_already = action.may_conflict && item.status == 409;
    verdict out;
    out.answered = true;
    out.has_reached = true;
    if (item.status / 100 == 2 || is_gone_already || is_there_already) return out;
    out.what = policy.covers(item.status) ? fate::again : fate::refused;
    out.reason = "status " + std::to_string(item.status);
    if (!item.error.empty()) out.reason += ", " + item.error;
    return out;
}

}  // namespace

std::string reason_of(const answer& given) {
    if (given.status == 0) return given.failure;
    std::string out = "HTTP " + std::to_string(given.status);
    if (!given.note.empty()) out += " (" + given.note + ")";
    if (given.body.empty()) return out;
    out += ": ";
    const auto begin = out.size();
    out.append(given.body, 0, head_bytes_max);
    // One line, whatever a server sends.
    for (auto at = begin; at < out.size(); ++at) {
        const auto code = static_cast<unsigned char>(out[at]);
        if (code < 0x20 || code == 0x7f) out[at] = ' ';
    }
    return out;
}

verdict judge(const answer& given, const retry_policy& policy, std::int64_t now_unix_ms) {
    verdict out;
    out.answered = given.status != 0;
    out.has_reached = given.has_reached;
    if (given.status / 100 == 2) return out;
    out.what = given.status == 0 || policy.covers(given.status) ? fate::again : fate::refused;
    out.reason = reason_of(given);
    if (out.what == fate::again) out.retry_after_ms = retry_after_of(given, now_unix_ms);
    return out;
}

bulk_verdict judge_bulk(const answer& given, std::span<const bulk_action> actions,
                        const retry_policy& policy, std::int64_t now_unix_ms) {
    bulk_verdict out;
    out.whole = judge(given, policy, now_unix_ms);
    if (out.whole.what != fate::done) return out;
    const auto reply = parse_bulk_reply(given.body, actions.size());
    if (!reply) {
        out.whole.what = fate::again;
        out.whole.reason = reply.error() + ": " + reason_of(given);
        return out;
    }
    if (!reply->has_errors) return out;
    out.items.reserve(actions.size());
    for (std::size_t index = 0; index < actions.size(); ++index)
        out.items.push_back(judge_item(reply->items[index], actions[index], policy));
    const auto again = std::ranges::find(out.items, fate::again, &verdict::what);
    if (again == out.items.end()) return out;
    out.whole.what = fate::again;
    out.whole.reason = again->reason;
    out.whole.retry_after_ms = retry_after_of(given, now_unix_ms);
    return out;
}

void scrub(std::string& text, std::span<const std::string> secrets) {
    for (const auto& each : secrets) {
        if (each.size() < 4) continue;  // would make holes in every text
        for (auto at = text.find(each); at != std::string::npos; at = text.find(each, at + 4))
            text.replace(at, each.size(), "****");
    }
}

}  // namespace weir::connectors::http
