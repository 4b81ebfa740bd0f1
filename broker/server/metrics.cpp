#include "broker/server/metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>

#include <array>
#include <fstream>
#include <map>

#include "base/metrics.hpp"
#include "broker/protocol/messages/api_keys.hpp"

namespace weir::broker::server {
namespace {

using base::metric_family;
using base::metric_labels;
using enum base::metric_type;

enum class metric : std::size_t {
#define X(id, name, type, labels, help) id,
#include "broker/server/metrics.tbl"
#undef X
};

class page {
  public:
    page()
        : families_{
#define X(id, name, type, labels, help) metric_family{name, help, type, {}},
#include "broker/server/metrics.tbl"
#undef X
          } {
    }
    void add(metric which, double value, metric_labels labels = {}) {
        family(which).samples.push_back({.labels = std::move(labels), .value = value});
    }
    metric_family& family(metric which) { return families_[static_cast<std::size_t>(which)]; }
    std::vector<metric_family> take() { return std::move(families_); }

  private:
    std::vector<metric_family> families_;
};

struct partition_numbers {
    std::string topic;
    partition_index index;
    std::uint64_t bytes = 0;
    offset start;
    offset end;
    bool offline = false;
};

struct group_position {
    std::string group;
    coordinator::group::topic_partition where;
    offset committed;
};

// What one shard knows; read on it.
struct shard_numbers {
    std::array<api::api_counts, api::api_keys_max> requests{};
    std::vector<partition_numbers> partitions;
    std::vector<group_position> groups;
    replication::flush_counters flushes;
    replication::cleaner_counters cleaning;
    double dirty_ratio = 0;
};

shard_numbers read_shard(api::services& services, coordinator::group_service& groups,
                         replication::log_cleaner* cleaner) {
    shard_numbers read{.requests = services.requests.counts(),
                       .flushes = services.replicas.flush_stats()};
    if (cleaner) {
        read.cleaning = cleaner->counters();
        read.dirty_ratio = cleaner->dirty_ratio_max();
    }
    services.replicas.for_each([&read](const replication::partition_ref& each) {
        const auto& log = each->log();
        read.partitions.push_back({.topic = each->topic(),
                                   .index = each->index(),
                                   .bytes = log.size_bytes(),
                                   .start = log.start_offset(),
                                   .end = each->high_watermark(),
                                   .offline = log.is_offline()});
    });
    for (const auto& runtime : groups.all()) {
        for (const auto& group : runtime->core().list()) {
            const auto* offsets = runtime->core().offsets_of(group.id);
            for (const auto& [where, stored] : *offsets) {
                read.groups.push_back({.group = group.id, .where = where, .committed = stored.at});
            }
        }
    }
    return read;
}

void add_requests(page& to, const std::vector<shard_numbers>& shards) {
    for (std::size_t key = 0; key < api::api_keys_max; ++key) {
        api::api_counts sum;
        for (const auto& shard : shards) {
            const auto& counts = shard.requests[key];
            sum.count += counts.count;
            sum.microseconds += counts.microseconds;
            for (std::size_t at = 0; at < sum.buckets.size(); ++at) {
                sum.buckets[at] += counts.buckets[at];
            }
        }
        if (sum.count == 0) continue;
        const metric_labels labels{
            {"request", std::string(protocol::api_name(static_cast<protocol::api_key>(key)))}};
        to.add(metric::requests, static_cast<double>(sum.count), labels);
        base::metric_sample sample{.labels = labels,
                                   .count = sum.count,
                                   .sum = static_cast<double>(sum.microseconds) / 1e6};
        std::uint64_t below = 0;
        for (std::size_t at = 0; at < api::latency_bounds_us.size(); ++at) {
            below += sum.buckets[at];
            sample.buckets.emplace_back(static_cast<double>(api::latency_bounds_us[at]) / 1e6,
                                        below);
        }
        sample.buckets.emplace_back(std::numeric_limits<double>::infinity(), sum.count);
        to.family(metric::request_time).samples.push_back(std::move(sample));
    }
}

void add_partitions(page& to, const std::vector<shard_numbers>& shards, bool metadata_log_offline) {
    std::map<coordinator::group::topic_partition, offset> ends;
    std::size_t count = 0;
    std::size_t offline = 0;
    for (const auto& shard : shards) {
        for (const auto& each : shard.partitions) {
            const metric_labels labels{{"topic", each.topic},
                                       {"partition", std::to_string(each.index.value())}};
            to.add(metric::log_size, static_cast<double>(each.bytes), labels);
            to.add(metric::log_start, static_cast<double>(each.start.value()), labels);
            to.add(metric::log_end, static_cast<double>(each.end.value()), labels);
            ends[{.topic = each.topic, .partition = each.index}] = each.end;
            ++count;
            offline += each.offline ? 1 : 0;
        }
    }
    to.add(metric::partitions, static_cast<double>(count));
    to.add(metric::offline_partitions, static_cast<double>(offline));
    to.add(metric::offline_replicas, static_cast<double>(offline));
    to.add(metric::offline_directories, offline > 0 || metadata_log_offline ? 1 : 0);
    to.add(metric::metadata_log_offline, metadata_log_offline ? 1 : 0);
    for (const auto& shard : shards) {
        for (const auto& each : shard.groups) {
            const auto end = ends.find(each.where);
            if (end == ends.end()) continue;
            const auto lag = std::max<std::int64_t>(0, end->second - each.committed);
            to.add(metric::group_lag, static_cast<double>(lag),
                   {{"group", each.group},
                    {"topic", each.where.topic},
                    {"partition", std::to_string(each.where.partition.value())}});
        }
    }
}

void add_flushes(page& to, const std::vector<shard_numbers>& shards) {
    replication::flush_counters sum;
    for (const auto& shard : shards) {
        sum.rounds += shard.flushes.rounds;
        sum.files += shard.flushes.files;
        sum.nanoseconds += shard.flushes.nanoseconds;
    }
    to.add(metric::flush_rounds, static_cast<double>(sum.rounds));
    to.add(metric::flush_files, static_cast<double>(sum.files));
    to.add(metric::flush_seconds, static_cast<double>(sum.nanoseconds) / 1e9);
}

void add_cleaning(page& to, const std::vector<shard_numbers>& shards) {
    replication::cleaner_counters sum;
    double dirtiest = 0;
    for (const auto& shard : shards) {
        sum.passes += shard.cleaning.passes;
        sum.bytes_read += shard.cleaning.bytes_read;
        sum.bytes_written += shard.cleaning.bytes_written;
        sum.nanoseconds += shard.cleaning.nanoseconds;
        sum.uncleanable += shard.cleaning.uncleanable;
        dirtiest = std::max(dirtiest, shard.dirty_ratio);
    }
    to.add(metric::cleaner_passes, static_cast<double>(sum.passes));
    to.add(metric::cleaner_read, static_cast<double>(sum.bytes_read));
    to.add(metric::cleaner_written, static_cast<double>(sum.bytes_written));
    to.add(metric::cleaner_seconds, static_cast<double>(sum.nanoseconds) / 1e9);
    to.add(metric::uncleanable, static_cast<double>(sum.uncleanable));
    to.add(metric::dirty_percent, dirtiest * 100);
}

void add_process(page& to) {
    std::ifstream pages("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    pages >> total >> resident;
    constexpr double page_size = 4096;
    to.add(metric::memory, static_cast<double>(resident) * page_size);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    to.add(metric::cpu, seconds(usage.ru_utime) + seconds(usage.ru_stime));
    std::size_t files = 0;
    if (DIR* directory = ::opendir("/proc/self/fd")) {
        while (::readdir(directory) != nullptr)
            ++files;
        ::closedir(directory);
    }
    to.add(metric::open_files, static_cast<double>(files));
}

}  // namespace

io::task<std::vector<metric_family>> gather_metrics(metrics_sources from) {
    page made;
    std::vector<shard_numbers> shards;
    for (std::size_t index = 0; index < from.shards.size(); ++index) {
        auto& services = *from.shards[index];
        auto read = [&services, &groups = *services.shards[index].groups,
                     cleaner = from.cleaners[index]] {
            return read_shard(services, groups, cleaner);
        };
        shards.push_back(
            co_await io::submit<decltype(read)>(from.home, services.shard, std::move(read)));
    }
    add_requests(made, shards);
    add_partitions(made, shards, from.metadata_log.is_offline());
    add_flushes(made, shards);
    add_cleaning(made, shards);
    network::server_counts traffic;
    for (std::size_t index = 0; index < from.servers.size(); ++index) {
        auto counting = from.servers[index]->counts();
        const auto counts = co_await std::move(counting);
        const metric_labels labels{{"listener", from.listeners[index]}};
        made.add(metric::connections, static_cast<double>(counts.connections), labels);
        made.add(metric::connections_accepted, static_cast<double>(counts.accepted), labels);
        made.add(metric::connections_refused, static_cast<double>(counts.refused), labels);
        made.add(metric::request_memory, static_cast<double>(counts.request_memory), labels);
        made.add(metric::evicted, static_cast<double>(counts.evicted), labels);
        traffic.bytes_in += counts.bytes_in;
        traffic.bytes_out += counts.bytes_out;
    }
    made.add(metric::bytes_in, static_cast<double>(traffic.bytes_in));
    made.add(metric::bytes_out, static_cast<double>(traffic.bytes_out));
    add_process(made);
    co_return made.take();
}

}  // namespace weir::broker::server
