#include "cli/tools/transaction_admin/hanging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cli/tools/cluster_queries.hpp"
#include "cli/tools/java/hash_order.hpp"

namespace weir::cli::tools {
namespace {

constexpr std::size_t batch_size = 500;  // topics or partitions a request
constexpr std::int32_t partitions_per_response = 2000;

tool_result<std::vector<topic_partition>> collect_partitions(admin_client& client,
                                                             const hanging_search& search) {
    if (search.topic && search.partition) {
        return std::vector{topic_partition{.topic = *search.topic, .partition = *search.partition}};
    }
    std::vector<std::string> topics;
    if (search.topic) {
        topics.push_back(*search.topic);
    } else {
        const auto all = list_topics(client);
        if (!all) return std::unexpected(failed_to("Failed to list topics", all.error()));
        for (const auto& each : *all)
            topics.push_back(each.name);
    }
    std::vector<topic_partition> partitions;
    for (std::size_t at = 0; at < topics.size(); at += batch_size) {
        const auto end = std::min(topics.size(), at + batch_size);
        const std::vector<std::string> some(topics.begin() + static_cast<std::ptrdiff_t>(at),
                                            topics.begin() + static_cast<std::ptrdiff_t>(end));
        const auto described = describe_topics(client, some, partitions_per_response);
        if (!described) {
            return std::unexpected(failed_to(
                fmt::format("Failed to describe {} topics", some.size()), described.error()));
        }
        for (const auto& topic : *described) {
            for (const auto& each : topic.partitions) {
                const bool here = !search.node || std::ranges::find(each.replicas, *search.node) !=
                                                      each.replicas.end();
                if (here) partitions.push_back({.topic = topic.name, .partition = each.index});
            }
        }
    }
    return partitions;
}

tool_result<std::vector<open_transaction>> collect_open(
    admin_client& client, const hanging_search& search,
    const std::vector<topic_partition>& partitions, std::int64_t wall_ms) {
    std::vector<open_transaction> open;
    for (std::size_t at = 0; at < partitions.size(); at += batch_size) {
        const auto end = std::min(partitions.size(), at + batch_size);
        std::vector<topic_partition> some(partitions.begin() + static_cast<std::ptrdiff_t>(at),
                                          partitions.begin() + static_cast<std::ptrdiff_t>(end));
        const auto found = describe_producers(client, some, search.node);
        if (!found) {
            const auto node =
                search.node ? fmt::format("Optional[{}]", *search.node) : "Optional.empty";
            return std::unexpected(
                failed_to(fmt::format("Failed to describe producers for {} partitions on broker {}",
                                      some.size(), node),
                          found.error()));
        }
        java::sort_as_hash_map(some, [](const topic_partition& each) { return hash_of(each); });
        for (const auto& where : some) {
            const auto producers = found->find(where);
            if (producers == found->end()) continue;
            for (const auto& each : producers->second) {
                const bool is_open = each.current_txn_start_offset.value() >= 0;
                const bool old = wall_ms - each.last_timestamp > search.older_than_ms;
                if (is_open && old) open.push_back({.where = where, .producer = each});
            }
        }
    }
    return open;
}

// Long.hashCode.
std::int32_t hash_of_long(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(bits ^ (bits >> 32)));
}

// By producer id, in the order of a HashMap.
std::vector<std::vector<open_transaction>> grouped(const std::vector<open_transaction>& open) {
    std::vector<std::vector<open_transaction>> groups;
    for (const auto& each : open) {
        const auto same = std::ranges::find_if(groups, [&](const auto& group) {
            return group.front().producer.producer_id == each.producer.producer_id;
        });
        if (same == groups.end()) {
            groups.push_back({each});
        } else {
            same->push_back(each);
        }
    }
    java::sort_as_hash_map(groups, [](const auto& group) {
        return hash_of_long(group.front().producer.producer_id.value());
    });
    return groups;
}

// What the coordinator still has to mark; nothing: it does not know the id.
tool_result<std::vector<topic_partition>> awaited(admin_client& client,
                                                  const std::string& transactional_id,
                                                  std::size_t ids) {
    const auto described = describe_transaction(client, transactional_id);
    if (described) return partitions_of(described->state);
    if (described.error().exception.ends_with("TransactionalIdNotFoundException")) {
        return std::vector<topic_partition>{};
    }
    return std::unexpected(
        failed_to(fmt::format("Failed to describe {} transactions", ids), described.error()));
}

}  // namespace

tool_error failed_to(const std::string& what, const tool_error& why) {
    auto told = why;
    told.message =
        fmt::format("{}: {}. Enable debug logging for additional detail.", what, why.message);
    return told;
}

tool_result<std::vector<open_transaction>> find_hanging(admin_client& client,
                                                        const hanging_search& search,
                                                        std::int64_t wall_ms) {
    const auto partitions = collect_partitions(client, search);
    if (!partitions) return std::unexpected(partitions.error());
    const auto open = collect_open(client, search, *partitions, wall_ms);
    if (!open || open->empty()) return open;
    const auto groups = grouped(*open);
    broker::protocol::list_transactions_request request;
    for (const auto& group : groups)
        request.producer_id_filters.push_back(group.front().producer.producer_id);
    const auto listed = list_transactions(client, request);
    if (!listed) {
        return std::unexpected(
            failed_to(fmt::format("Failed to list transactions for {} producers", groups.size()),
                      listed.error()));
    }
    std::map<broker::producer_id, std::string> ids;
    for (const auto& [node, transactions] : *listed) {
        for (const auto& each : transactions)
            ids[each.producer_id] = each.transactional_id;
    }
    std::vector<open_transaction> hanging;
    for (const auto& group : groups) {
        std::vector<topic_partition> expected;
        const auto id = ids.find(group.front().producer.producer_id);
        if (id != ids.end()) {
            auto found = awaited(client, id->second, ids.size());
            if (!found) return std::unexpected(found.error());
            expected = std::move(*found);
        }
        for (const auto& each : group) {
            const bool will_end = std::ranges::find(expected, each.where) != expected.end();
            if (!will_end) hanging.push_back(each);
        }
    }
    return hanging;
}

}  // namespace weir::cli::tools
