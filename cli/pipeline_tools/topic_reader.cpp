#include "cli/pipeline_tools/topic_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/pipeline_tools/glob.hpp"
#include "connect/kafka/offsets.hpp"

namespace weir::cli::pipeline_tools {
namespace {

using namespace std::chrono_literals;
using connect::kafka::assignment;
using connect::kafka::client_errc;
using connect::kafka::consumer;

constexpr auto answer_timeout = 5000ms;
constexpr auto look_interval = 5s;
constexpr auto silence_max = 30s;

connect::kafka::client_options options_of(const read_plan& plan) {
    return {
        .settings = {{"bootstrap.servers", plan.bootstrap},
                     {"client.id", "weir"},
                     {"group.id",
                      plan.group.empty() ? fmt::format("weir-tap-{}", ::getpid()) : plan.group},
                     {"enable.auto.commit", "false"},
                     {"enable.partition.eof", plan.to_end ? "true" : "false"},
                     {"auto.offset.reset", "earliest"},
                     {"isolation.level", plan.uncommitted ? "read_uncommitted" : "read_committed"}},
        .on_log = {}};
}

}  // namespace

std::string unreachable_text(const std::string& bootstrap, const std::string& reason) {
    return fmt::format(
        "no broker answers at {} ({}): does `weir run` or `weir broker` run there? "
        "--bootstrap says where else to look",
        bootstrap, reason);
}

topic_reader::~topic_reader() {
    if (consumer_) consumer_->abandon();
}

text_result<std::unique_ptr<topic_reader>> topic_reader::open(read_plan plan) {
    std::unique_ptr<topic_reader> made(new topic_reader(std::move(plan)));
    auto opened = consumer::create(
        options_of(made->plan_), [self = made.get()](const auto& what) { self->on_problem(what); });
    if (!opened) return std::unexpected(opened.error().text);
    made->consumer_ = std::move(*opened);
    if (auto found = made->find_topics(); !found) return std::unexpected(found.error());
    made->last_record_ = clock::now();
    return made;
}

bool topic_reader::wants(const std::string& topic) const {
    return std::ranges::any_of(plan_.topics, [&](const std::string& each) {
        // A pattern leaves Kafka's own topics out; who names one gets it.
        if (!is_glob(each)) return each == topic;
        return !topic.starts_with("__") && glob_matches(each, topic);
    });
}

text_result<void> topic_reader::find_topics() {
    next_look_ = clock::now() + look_interval;
    const auto all = consumer_->all_topics(answer_timeout);
    if (!all && has_begun_) return {};
    if (!all) return std::unexpected(unreachable_text(plan_.bootstrap, all.error().text));
    for (const auto& name : plan_.topics) {
        const bool is_there = std::ranges::any_of(
            *all, [&](const auto& each) { return each.name == name && each.error_code == 0; });
        if (!is_there && !has_begun_ && !is_glob(name)) {
            return std::unexpected(
                fmt::format("there is no topic '{}' at {}", name, plan_.bootstrap));
        }
    }
    for (const auto& each : *all) {
        if (each.error_code != 0 || !wants(each.name)) continue;
        const bool has_it =
            !plan_.partition || std::ranges::count(each.partitions, *plan_.partition) > 0;
        if (!has_it && !is_glob(plan_.topics.front())) {
            return std::unexpected(
                fmt::format("topic '{}' has no partition {}", each.name, *plan_.partition));
        }
        for (const auto partition : each.partitions) {
            if (plan_.partition && *plan_.partition != partition) continue;
            if (parts_.contains({each.name, partition})) continue;
            if (auto added = add(each.name, partition); !added) return added;
        }
    }
    return {};
}

// Where the reading of a partition begins and ends. What came after the start is read from its
// beginning: nothing of it was seen.
text_result<void> topic_reader::add(const std::string& topic, std::int32_t partition) {
    range part;
    const auto known =
        connect::kafka::offset_range_of(*consumer_, topic, partition, answer_timeout);
    if (!known) {
        if (has_begun_) return {};
        return std::unexpected(fmt::format("{}-{}: {}", topic, partition, known.error().text));
    }
    part = {.begin = known->begin, .end = known->end};
    if (!has_begun_) {
        if (plan_.start == start_at::end) part.begin = part.end;
        if (plan_.start == start_at::last) {
            part.begin = std::max(part.begin, part.end - std::min(part.end, plan_.number));
        }
        if (plan_.start == start_at::offset) {
            part.begin = std::clamp(plan_.number, part.begin, std::max(part.begin, part.end));
        }
    }
    parts_.emplace(std::pair(topic, partition), part);
    return {};
}

text_result<void> topic_reader::assign() {
    has_begun_ = true;
    std::vector<assignment> added;
    for (const auto& [place, part] : parts_) {
        if (!assigned_.insert(place).second) continue;
        if (plan_.to_end && part.begin >= part.end) continue;
        if (plan_.to_end) open_.insert(place);
        added.push_back({.topic = place.first, .partition = place.second, .offset = part.begin});
    }
    if (added.empty()) return {};
    if (auto done = consumer_->assign(added); !done) return std::unexpected(done.error().text);
    return {};
}

void topic_reader::on_problem(const consumer::problem& what) {
    switch (what.error.kind) {
        case client_errc::end_of_partition:
            open_.erase({what.topic, what.partition});
            return;
        case client_errc::unreachable:
        case client_errc::timed_out:
        case client_errc::unknown_topic:
        case client_errc::unknown_partition:
            return;  // the client goes on trying
        default:
            failure_ = what.topic.empty()
                           ? what.error.text
                           : fmt::format("{}-{}: {}", what.topic, what.partition, what.error.text);
    }
}

bool topic_reader::note(const connect::kafka::message& record) {
    if (!plan_.to_end) return true;
    const std::pair place(std::string(record.topic), record.partition);
    const auto part = parts_.find(place);
    if (part == parts_.end()) return false;
    if (record.offset + 1 >= part->second.end) open_.erase(place);
    return record.offset < part->second.end;
}

text_result<std::size_t> topic_reader::poll(std::chrono::milliseconds timeout,
                                            std::size_t count_max, const visitor& visit) {
    if (has_begun_ && !plan_.to_end && clock::now() >= next_look_) {
        if (auto looked = find_topics(); !looked) return std::unexpected(looked.error());
    }
    if (auto assigned = assign(); !assigned) return std::unexpected(assigned.error());
    if (at_end()) return 0;
    std::size_t count = 0;
    const auto came = consumer_->poll(timeout, count_max, [&](const auto& record) {
        if (!note(record)) return;
        ++count;
        visit(record);
    });
    if (failure_) return std::unexpected(*failure_);
    if (came > 0) last_record_ = clock::now();
    if (plan_.to_end && !open_.empty() && clock::now() - last_record_ > silence_max) {
        return std::unexpected(unreachable_text(plan_.bootstrap, "nothing came for 30 s"));
    }
    return count;
}

}  // namespace weir::cli::pipeline_tools
