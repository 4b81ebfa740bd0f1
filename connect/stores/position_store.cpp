#include "connect/stores/position_store.hpp"

#include <algorithm>
#include <chrono>

#include "connect/stores/position_json.hpp"

namespace weir::connect::stores {
namespace {

using clock = std::chrono::steady_clock;

class reader {
  public:
    explicit reader(const std::string& component) : component_(component) {}

    void on_problem(const kafka::consumer::problem& what) {
        if (what.error.kind == kafka::client_errc::end_of_partition) {
            reached_[what.partition] = std::max(reached_[what.partition], what.offset);
        } else if (what.topic.empty() && what.error.kind == kafka::client_errc::fatal) {
            failed = what.error;
        }
    }

    void visit(const kafka::message& from) {
        reached_[from.partition] = std::max(reached_[from.partition], from.offset + 1);
        if (!from.key) return;
        auto key = read_position_key(base::as_text(*from.key));
        if (!key || key->component != component_) return;
        // Within a partition of the topic the later record counts. That a key is in two of them
        // happens when partitions were added: then time decides.
        const auto known = newest_.find(key->partition);
        const bool elsewhere = known != newest_.end() && known->second.second != from.partition;
        if (elsewhere && known->second.first > from.timestamp_ms) return;
        newest_.insert_or_assign(key->partition, std::pair(from.timestamp_ms, from.partition));
        if (from.value) {
            found.insert_or_assign(key->partition, std::string(base::as_text(*from.value)));
        } else {
            found.erase(key->partition);
        }
    }

    // Where reading ends is what the leader said with its first answer.
    bool is_done(const kafka::consumer& from, const std::vector<std::int32_t>& partitions) {
        return std::ranges::all_of(partitions, [&](std::int32_t each) {
            if (!reached_.contains(each)) return false;
            if (!ends_.contains(each)) {
                const auto high = from.high_watermark(std::string(positions_topic), each);
                if (!high) return false;
                ends_[each] = *high;
            }
            return reached_[each] >= ends_[each];
        });
    }

    positions found;
    std::optional<kafka::client_error> failed;

  private:
    const std::string& component_;
    std::map<std::int32_t, std::int64_t> reached_;
    std::map<std::int32_t, std::int64_t> ends_;
    std::map<std::string, std::pair<std::int64_t, std::int32_t>> newest_;
};

kafka::client_error timed_out() {
    return {.kind = kafka::client_errc::timed_out,
            .text = "the topic of positions could not be read in time"};
}

void set_up(std::vector<std::pair<std::string, std::string>>& settings) {
    settings.insert(settings.end(), {{"isolation.level", "read_committed"},
                                     {"enable.partition.eof", "true"},
                                     {"group.id", "connect-positions"},
                                     {"enable.auto.commit", "false"},
                                     {"fetch.wait.max.ms", "10"},
                                     {"fetch.error.backoff.ms", "10"},
                                     {"queued.max.messages.kbytes", "4096"}});
}

}  // namespace

kafka::client_result<positions> read_positions(read_options options) {
    const auto deadline = clock::now() + options.timeout;
    reader into(options.component);
    set_up(options.client.settings);
    auto opened = kafka::consumer::create(std::move(options.client),
                                          [&into](const auto& what) { into.on_problem(what); });
    if (!opened) return std::unexpected(opened.error());
    auto& from = **opened;
    const std::string topic(positions_topic);
    const auto info = from.topic(topic, options.timeout);
    if (!info) return std::unexpected(info.error());
    if (info->error_code != 0 || info->partitions.empty()) return std::unexpected(timed_out());
    std::vector<kafka::assignment> all;
    for (const auto each : info->partitions)
        all.push_back({.topic = topic, .partition = each, .offset = kafka::from_beginning});
    if (auto assigned = from.assign(all); !assigned) return std::unexpected(assigned.error());
    while (!into.is_done(from, info->partitions)) {
        if (into.failed) return std::unexpected(*into.failed);
        if (clock::now() > deadline || (options.stop && options.stop())) {
            return std::unexpected(timed_out());
        }
        from.poll(kafka::milliseconds(50), 1000, [&into](const auto& each) { into.visit(each); });
    }
    from.close();
    return std::move(into.found);
}

}  // namespace weir::connect::stores
