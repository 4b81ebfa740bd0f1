#include "cli/tools/console/message_source.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::cli::tools::console {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using connect::kafka::assignment;
using connect::kafka::client_errc;
using connect::kafka::consumer;
using connect::kafka::topic_info;

constexpr auto ask_timeout = 1000ms;
// Topics are looked for more often than by Kafka's consumer (five minutes): it costs one request.
constexpr std::int64_t refresh_ms_max = 5000;
constexpr std::int16_t invalid_topic = 17;
constexpr std::int16_t topic_not_authorized = 29;

constexpr std::string_view network_client = "org.apache.kafka.clients.NetworkClient";

// A pattern does not match these, as exclude.internal.topics says.
bool is_internal(std::string_view topic) {
    return topic == "__consumer_offsets" || topic == "__transaction_state" ||
           topic == "__share_group_state";
}

}  // namespace

tool_result<std::unique_ptr<message_source>> message_source::create(const properties& settings,
                                                                    plan what) {
    if (auto checked = check_client(settings, "consumer"); !checked) {
        return std::unexpected(checked.error());
    }
    std::unique_ptr<message_source> made(new message_source(std::move(what)));
    made->who_ =
        fmt::format("Consumer clientId={}, groupId={}", settings.get("client.id").value_or(""),
                    settings.get("group.id").value_or(""));
    made->refresh_ms_ =
        std::min(settings.number_or("metadata.max.age.ms", refresh_ms_max), refresh_ms_max);
    auto options = make_client_options(connect::kafka::client_role::consumer, settings, made->who_);
    // Enough is fetched ahead that printing never waits for the network.
    options.settings.emplace_back("queued.min.messages", "1000000");
    auto opened = consumer::create(std::move(options), [self = made.get()](const auto& problem) {
        self->on_problem(problem);
    });
    if (!opened) return std::unexpected(exception_of(opened.error()));
    made->consumer_ = std::move(*opened);
    return made;
}

void message_source::on_problem(const consumer::problem& what) {
    const auto& error = what.error;
    switch (error.kind) {
        case client_errc::unknown_topic:
        case client_errc::unknown_partition:
            // Looked for again.
            return;
        case client_errc::unreachable:
        case client_errc::timed_out:
            return;
        case client_errc::fatal:
            fatal_ = exception_of(error);
            return;
        default:
            break;
    }
    const bool gone =
        error.code == static_cast<std::int16_t>(broker::error_code::unknown_topic_or_partition);
    if (gone || fatal_) return;
    fatal_ = exception_of(error);
}

// Said once: Kafka's consumer says it each time that it asks.
void message_source::told_of(const std::string& topic, std::int16_t code) {
    if (told_) return;
    told_ = true;
    const auto name = broker::error_name(static_cast<broker::error_code>(code));
    log_line("WARN",
             fmt::format("[{}] The metadata response from the cluster reported a recoverable issue "
                         "with correlation id 1 : {{{}={}}}",
                         who_, topic, name),
             network_client);
}

tool_result<std::optional<message_source::topics>> message_source::find_topics() {
    if (plan_.include) {
        auto all = consumer_->all_topics(ask_timeout);
        if (!all) return std::nullopt;
        std::erase_if(*all, [&](const topic_info& each) {
            return is_internal(each.name) || !plan_.include->matches(each.name);
        });
        return std::move(*all);
    }
    auto one = consumer_->topic(*plan_.topic, ask_timeout);
    if (!one) return std::nullopt;
    if (one->error_code == invalid_topic) {
        return std::unexpected(client_error("InvalidTopicException",
                                            fmt::format("Invalid topics: [{}]", *plan_.topic)));
    }
    if (one->error_code == topic_not_authorized) {
        return std::unexpected(
            client_error("TopicAuthorizationException",
                         fmt::format("Not authorized to access topics: [{}]", *plan_.topic)));
    }
    if (one->error_code != 0) told_of(*plan_.topic, one->error_code);
    topics found;
    if (one->error_code == 0) found.push_back(std::move(*one));
    return found;
}

tool_result<void> message_source::take_in_group(const topics& found) {
    std::set<std::string> names;
    for (const auto& each : found)
        names.insert(each.name);
    if (names.empty() || names == subscribed_) return {};
    subscribed_ = names;
    auto done = consumer_->subscribe({names.begin(), names.end()});
    if (!done) return std::unexpected(exception_of(done.error()));
    return {};
}

// A partition that is there from the start begins where it was asked for; one that came later
// begins at its beginning, as nothing of it was seen.
tool_result<void> message_source::take(const topics& found) {
    std::vector<assignment> added;
    for (const auto& topic : found) {
        auto partitions = topic.partitions;
        if (plan_.partition) {
            const bool there = std::ranges::count(partitions, *plan_.partition) > 0;
            partitions.assign(there ? 1 : 0, *plan_.partition);
        }
        for (const auto partition : partitions) {
            if (!taken_.emplace(topic.name, partition).second) continue;
            added.push_back({.topic = topic.name,
                             .partition = partition,
                             .offset = looked_ && !plan_.partition ? connect::kafka::from_beginning
                                                                   : plan_.offset});
        }
    }
    if (added.empty()) return {};
    auto done = consumer_->assign(added);
    if (!done) return std::unexpected(exception_of(done.error()));
    return {};
}

tool_result<void> message_source::look_for_topics() {
    const auto found = find_topics();
    if (!found) return std::unexpected(found.error());
    tool_result<void> taken;
    if (*found) {
        taken = plan_.in_group ? take_in_group(**found) : take(**found);
        looked_ = true;
    }
    const bool missing = taken_.empty() && subscribed_.empty();
    next_look_ = clock::now() + (missing ? pause_ : std::chrono::milliseconds(refresh_ms_));
    if (missing) pause_ = std::min(pause_ * 2, 1000ms);
    return taken;
}

tool_result<std::size_t> message_source::poll(std::chrono::milliseconds timeout,
                                              std::size_t count_max, const visitor& visit) {
    if (clock::now() >= next_look_) {
        if (auto looked = look_for_topics(); !looked) return std::unexpected(looked.error());
    }
    const auto until_look =
        std::chrono::duration_cast<std::chrono::milliseconds>(next_look_ - clock::now());
    timeout = std::clamp(timeout, 0ms, std::max(until_look, 1ms));
    const auto count = consumer_->poll(timeout, count_max, [&](const auto& message) {
        visit(message);
        if (plan_.in_group) remember(message);
    });
    store_positions();
    if (fatal_) return std::unexpected(*fatal_);
    return count;
}

// Records come in runs of one partition.
void message_source::remember(const connect::kafka::message& message) {
    if (!visited_.empty() && visited_.back().partition == message.partition &&
        visited_.back().topic == message.topic) {
        visited_.back().offset = message.offset + 1;
        return;
    }
    visited_.push_back({.topic = std::string(message.topic),
                        .partition = message.partition,
                        .offset = message.offset + 1});
}

void message_source::store_positions() {
    for (const auto& each : visited_)
        consumer_->store(each);
    visited_.clear();
}

void message_source::close() {
    if (plan_.in_group) consumer_->close();
    consumer_->abandon();
}

}  // namespace weir::cli::tools::console
