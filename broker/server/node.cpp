#include "broker/server/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <random>
#include <thread>

#include "base/log.hpp"
#include "broker/api/dispatch.hpp"
#include "broker/api/transaction_access.hpp"
#include "broker/io/asio/shard.hpp"
#include "broker/io/posix_disk.hpp"
#include "broker/network/http_pages.hpp"
#include "broker/network/server.hpp"
#include "broker/replication/log_cleaner.hpp"
#include "broker/server/checkpointer.hpp"
#include "broker/server/data_directory.hpp"
#include "broker/server/leftovers.hpp"
#include "broker/server/metrics.hpp"
#include "broker/server/topic_policies.hpp"
#include "config/group_config.hpp"

namespace weir::broker {
namespace {

std::uint64_t entropy() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

// Runs `call` on the shard and waits for it, from a thread that is none.
template <class Call>
auto run_here(io::shard& on, Call call) {
    std::promise<std::invoke_result_t<Call>> done;
    auto result = done.get_future();
    on.post([&] {
        if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
            call();
            done.set_value();
        } else {
            done.set_value(call());
        }
    });
    return result.get();
}

io::task<void> finish_into(io::task<void> work, std::promise<void>& done) {
    co_await std::move(work);
    done.set_value();
}

// The same for a coroutine; `group` owns it meanwhile.
void run_task(io::shard& on, io::task_group& group, io::task<void> work) {
    std::promise<void> done;
    auto result = done.get_future();
    on.post([&] { group.spawn(finish_into(std::move(work), done)); });
    result.get();
}

std::uint32_t shards_for(const config::broker_config& config) {
    if (config.shards > 0) return static_cast<std::uint32_t>(config.shards);
    // One core is left to the disk, the metrics and what else runs on the machine.
    return std::max(1U, std::thread::hardware_concurrency() - 1);
}

network::server_options listen_options(const config::broker_config& config,
                                       const config::listener& listener) {
    constexpr std::size_t default_memory = 256UL * 1024 * 1024;
    return {.listener_name = listener.name,
            .listen = {.host = listener.host, .port = listener.port},
            .limits = {.frame_size_max = static_cast<std::size_t>(config.socket_request_max_bytes)},
            .connections_max = static_cast<std::size_t>(config.max_connections),
            .connections_per_ip_max = static_cast<std::size_t>(config.max_connections_per_ip),
            .idle_max = std::chrono::milliseconds(config.connections_max_idle_ms),
            .request_memory = config.queued_max_request_bytes < 0
                                  ? default_memory
                                  : static_cast<std::size_t>(config.queued_max_request_bytes)};
}

coordinator::group::consumer_group_options consumer_options(const config::broker_config& config) {
    const auto& policy = config.group_consumer_migration_policy;
    return {.group_size_max = config.group_consumer_max_size,
            .assignors = config.group_consumer_assignors,
            .migration = {.upgrade = policy == "upgrade" || policy == "bidirectional",
                          .downgrade = policy == "downgrade" || policy == "bidirectional"},
            .regex_refresh_interval_ms = config.group_consumer_regex_refresh_interval_ms};
}

// `config` outlives the service.
coordinator::group_service_options group_options(const config::broker_config& config) {
    return {.core = {.initial_rebalance_delay_ms = config.group_initial_rebalance_delay_ms,
                     .session_timeout_ms_min = config.group_min_session_timeout_ms,
                     .session_timeout_ms_max = config.group_max_session_timeout_ms,
                     .group_size_max = config.group_max_size,
                     .offset_metadata_bytes_max = config.offset_metadata_max_bytes,
                     .offsets_retention_ms = config.offsets_retention_minutes * 60'000,
                     .consumer = consumer_options(config)},
            .expiry_interval_ms = config.offsets_retention_check_interval_ms,
            .settings = [&config](const auto& overrides) {
                const config::group_config of_group(overrides, config);
                return coordinator::group::group_settings{
                    .session_timeout_ms = of_group.consumer_session_timeout_ms(),
                    .heartbeat_interval_ms = of_group.consumer_heartbeat_interval_ms(),
                    .assignment_interval_ms = of_group.consumer_assignment_interval_ms()};
            }};
}

coordinator::transaction_service_options transaction_options(const config::broker_config& config) {
    return {.core = {.timeout_ms_max = config.transaction_max_timeout_ms,
                     .id_expiration_ms = config.transactional_id_expiration_ms},
            .timeout_interval_ms = config.transaction_timeout_check_interval_ms,
            .expiry_interval_ms = config.transactional_id_expiry_interval_ms};
}

replication::cleaner_options cleaning_options(const config::broker_config& config,
                                              std::size_t shards) {
    const auto memory = static_cast<std::size_t>(config.log_cleaner_dedupe_buffer_size);
    return {.backoff = std::chrono::milliseconds(config.log_cleaner_backoff_ms),
            .key_memory = memory / shards,
            .bytes_per_second_max = config.log_cleaner_io_max_bytes_per_second};
}

}  // namespace

// All that the node is made of, in the order in which it is made.
struct node::parts {
    // What lives on one shard.
    struct on_shard {
        std::unique_ptr<io::asio_shard> shard;
        std::unique_ptr<replication::replica_manager> replicas;
        std::unique_ptr<replication::log_cleaner> cleaner;  // null: log.cleaner.enable=false
        std::unique_ptr<coordinator::group_service> groups;
        std::unique_ptr<coordinator::transaction_service> transactions;
        std::unique_ptr<api::services> services;
        std::unique_ptr<io::timer> housekeeping;
    };

    config::broker_config config;
    node_options options;
    std::unique_ptr<server::directory_lock> lock;
    std::unique_ptr<io::disk> disk;
    server::identity identity;
    std::vector<std::unique_ptr<io::blocking_thread>> cleaner_threads;
    std::vector<on_shard> shards;
    std::vector<io::asio_shard*> shard_list;
    std::vector<api::shard_ref> shard_refs;
    std::unique_ptr<raft::metadata_log> metadata_log;
    std::unique_ptr<controller::controller> controller;
    std::vector<std::unique_ptr<network::server>> servers;
    std::unique_ptr<network::http_pages> pages;
    std::vector<std::uint16_t> ports;
    std::uint16_t metrics_port = 0;
    std::unique_ptr<io::task_group> tasks;  // on the first shard
    std::unique_ptr<server::checkpointer> checkpoints;
    bool stopped = false;

    io::asio_shard& home() { return *shards.front().shard; }

    std::expected<void, std::string> open_data();
    std::expected<controller::controller_core, std::string> open_metadata(
        replication::recovered_checkpoints& checkpoints);
    void make_shards();
    void make_services(const std::shared_ptr<const replication::recovered_checkpoints>& from);
    std::expected<void, std::string> listen();
    std::expected<void, std::string> serve_pages();
    server::metrics_sources sources();
    io::task<network::page> metrics_page();
    io::task<void> gather_into(std::vector<base::metric_family>& into);
    io::task<network::page> health();
    void make_cleaners();
    io::task<bool> save_checkpoints_from(io::shard& caller);
    io::task<void> publish(controller::metadata_snapshot image, controller::metadata_delta delta);
    io::task<void> publish_all();
    io::task<void> register_self(bool fresh);
    void schedule_housekeeping(on_shard& part);
    io::task<std::vector<server::checkpoint_row>> gather_rows();
    io::task<void> shut_down();
};

std::expected<void, std::string> node::parts::open_data() {
    auto opened = io::open_posix_disk(config.data_dir);
    if (!opened) return std::unexpected(opened.error().message);
    disk = std::move(*opened);
    auto locked = server::directory_lock::take(config.data_dir);
    if (!locked) return std::unexpected(locked.error());
    lock = std::make_unique<server::directory_lock>(std::move(*locked));
    const server::identity wanted{.cluster_id = config.cluster_id, .node = node_id(config.node_id)};
    auto found = server::open_identity(*disk, wanted);
    if (!found) return std::unexpected(found.error());
    identity = std::move(*found);
    return {};
}

void node::parts::make_shards() {
    const auto count = shards_for(config);
    for (std::uint32_t index = 0; index < count; ++index) {
        auto shard = std::make_unique<io::asio_shard>(fmt::format("shard-{}", index));
        shard->start();
        shard_list.push_back(shard.get());
        shards.push_back({.shard = std::move(shard)});
    }
    tasks = std::make_unique<io::task_group>(home());
    checkpoints =
        std::make_unique<server::checkpointer>(home(), *disk, [this] { return gather_rows(); });
}

std::expected<controller::controller_core, std::string> node::parts::open_metadata(
    replication::recovered_checkpoints& from) {
    controller::controller_options rules{
        .self = identity.node,
        .num_partitions = config.num_partitions,
        .default_replication_factor = config.default_replication_factor,
        .delete_topics = config.delete_topic_enable,
        .check_topic_config = config::check_topic_config};
    controller::controller_core core(std::move(rules), entropy());
    const auto synced = from.recovery_points.find(fmt::format("{}-0", raft::metadata_topic));
    auto opened =
        raft::metadata_log::open(*disk, home(), identity.node,
                                 synced == from.recovery_points.end() ? offset(0) : synced->second);
    if (!opened) return std::unexpected(opened.error());
    metadata_log = std::move(*opened);
    const auto replayed =
        metadata_log->replay([&](base::bytes_view value) -> std::expected<void, std::string> {
            auto record = controller::decode_metadata_record(value);
            if (!record) return std::unexpected(record.error());
            if (const auto* removal = std::get_if<protocol::remove_topic_record>(&*record)) {
                from.removed_topics.insert(removal->topic_id);
            }
            return core.replay(*record);
        });
    if (!replayed) return std::unexpected(replayed.error());
    if (auto leading = metadata_log->become_leader(); !leading) {
        return std::unexpected(leading.error());
    }
    return core;
}

void node::parts::make_services(
    const std::shared_ptr<const replication::recovered_checkpoints>& from) {
    const auto policy = [this](const controller::metadata_image& image, const std::string& topic) {
        return server::policy_of(config, image, topic);
    };
    for (std::uint32_t index = 0; index < shards.size(); ++index) {
        auto& part = shards[index];
        const replication::replica_options settings{
            .self = identity.node,
            .shard_index = index,
            .shard_count = static_cast<std::uint32_t>(shards.size()),
            .durable_commit = config.flush_on_commit};
        part.replicas = std::make_unique<replication::replica_manager>(*part.shard, *disk, settings,
                                                                       policy, from);
        part.groups = std::make_unique<coordinator::group_service>(*part.shard, *part.replicas,
                                                                   group_options(config));
        part.transactions = std::make_unique<coordinator::transaction_service>(
            *part.shard, *part.replicas, transaction_options(config),
            [&part](auto work, auto epoch) {
                return api::write_markers(*part.services, std::move(work), epoch);
            });
        shard_refs.push_back({.shard = part.shard.get(),
                              .replicas = part.replicas.get(),
                              .groups = part.groups.get(),
                              .transactions = part.transactions.get()});
    }
    for (auto& part : shards) {
        part.services = std::unique_ptr<api::services>(
            new api::services{.shard = *part.shard,
                              .config = config,
                              .cluster_id = identity.cluster_id,
                              .self = identity.node,
                              .replicas = *part.replicas,
                              .shards = shard_refs,
                              .controller = *controller,
                              .controller_shard = home(),
                              .metadata_log = *metadata_log,
                              .disk = *disk,
                              .log_directory = config.data_dir,
                              .save_checkpoints = [this] { return checkpoints->write(); },
                              .fetch_sessions = api::fetch_session_cache(
                                  static_cast<std::size_t>(config.fetch_session_slots), entropy()),
                              .producer_ids = {},
                              .random = base::prng(entropy()),
                              .requests = {}});
    }
}

io::task<bool> node::parts::save_checkpoints_from(io::shard& caller) {
    return io::run_on(caller, home(), checkpoints->write());
}

void node::parts::make_cleaners() {
    if (!config.log_cleaner_enable) return;
    const auto threads = std::clamp<std::size_t>(
        static_cast<std::size_t>(config.log_cleaner_threads), 1, shards.size());
    for (std::size_t index = 0; index < threads; ++index) {
        cleaner_threads.push_back(
            std::make_unique<io::blocking_thread>(fmt::format("cleaner-{}", index)));
    }
    for (std::size_t index = 0; index < shards.size(); ++index) {
        auto& part = shards[index];
        part.cleaner = std::make_unique<replication::log_cleaner>(
            *part.shard, *disk, *part.replicas, *cleaner_threads[index % threads],
            cleaning_options(config, shards.size()),
            [this, &caller = *part.shard] { return save_checkpoints_from(caller); });
    }
}

std::expected<void, std::string> node::parts::listen() {
    for (const auto& listener : config.listeners) {
        std::vector<network::frame_handler> handlers;
        for (auto& part : shards) {
            handlers.push_back([&services = *part.services](network::connection_info& connection,
                                                            network::request_frame& frame) {
                return api::dispatch(services, connection, frame);
            });
        }
        auto made = std::make_unique<network::server>(shard_list, std::move(handlers),
                                                      listen_options(config, listener));
        const auto bound = run_here(home(), [&made] { return made->listen(); });
        if (!bound) return std::unexpected(bound.error().message);
        ports.push_back(bound->port);
        servers.push_back(std::move(made));
    }
    return {};
}

std::expected<void, std::string> node::parts::serve_pages() {
    if (!config.metrics) return {};
    std::map<std::string, network::page_maker> made;
    made["/metrics"] = [this] { return metrics_page(); };
    made["/health"] = [this] { return health(); };
    pages = std::make_unique<network::http_pages>(home(), std::move(made));
    const io::endpoint where{.host = config.metrics->host, .port = config.metrics->port};
    const auto bound = run_here(home(), [&] { return pages->start(where); });
    if (bound) {
        metrics_port = bound->port;
        return {};
    }
    return std::unexpected(
        fmt::format("{} (weir.metrics.listener: set another address, or nothing for none)",
                    bound.error().message));
}

server::metrics_sources node::parts::sources() {
    server::metrics_sources out{.home = home(), .metadata_log = *metadata_log};
    for (auto& part : shards) {
        out.shards.push_back(part.services.get());
        out.cleaners.push_back(part.cleaner.get());
    }
    for (std::size_t index = 0; index < servers.size(); ++index) {
        out.servers.push_back(servers[index].get());
        out.listeners.push_back(config.listeners[index].name);
    }
    return out;
}

io::task<network::page> node::parts::metrics_page() {
    auto gathering = server::gather_metrics(sources());
    const auto families = co_await std::move(gathering);
    network::page made{.text = base::metrics_page(families)};
    co_return made;
}

io::task<void> node::parts::gather_into(std::vector<base::metric_family>& into) {
    auto gathering = server::gather_metrics(sources());
    into = co_await std::move(gathering);
}

// A partition that is offline is not the node: it is in the metrics. Without the metadata log the
// node can only go on with what it has.
io::task<network::page> node::parts::health() {
    network::page made{.text = "ok\n", .unavailable = metadata_log->is_offline()};
    if (made.unavailable) {
        made.text = fmt::format("the metadata log is offline: {}\n", metadata_log->failure());
    }
    co_return made;
}

io::task<void> node::parts::publish(controller::metadata_snapshot image,
                                    controller::metadata_delta delta) {
    for (auto& part : shards) {
        co_await io::hop(*part.shard);
        auto preparing = part.replicas->prepare(image, delta);
        co_await std::move(preparing);
        co_await io::hop(home());
        auto apply = [&part, &image, &delta] {
            std::set<std::string> removed;
            for (const auto& id : delta.removed_topics) {
                const auto* topic = part.replicas->image().topic(id);
                if (topic) removed.insert(topic->name);
            }
            auto changed = removed;
            for (const auto& id : delta.changed_topics) {
                if (const auto* topic = image->topic(id)) changed.insert(topic->name);
            }
            part.replicas->apply(image, delta);
            part.groups->topics_deleted(removed);
            part.groups->topics_changed(changed);
        };
        co_await io::submit<decltype(apply)>(home(), *part.shard, std::move(apply));
    }
}

// The whole image, at the start.
io::task<void> node::parts::publish_all() {
    auto image = std::make_shared<const controller::metadata_image>(controller->image());
    controller::metadata_delta everything;
    image->for_each_topic(
        [&everything](const auto& topic) { everything.changed_topics.insert(topic->id); });
    auto publishing = publish(std::move(image), std::move(everything));
    co_await std::move(publishing);
}

io::task<void> node::parts::register_self(bool fresh) {
    if (fresh) {
        auto setting = controller->set_initial_features();
        (void)co_await std::move(setting);
    }
    controller::broker_image self{
        .id = identity.node, .epoch = metadata_log->high_watermark().value(), .rack = config.rack};
    for (std::size_t index = 0; index < config.advertised.size(); ++index) {
        const auto& each = config.advertised[index];
        std::uint16_t port = each.port;
        // Port 0 became a real one when it was bound.
        for (std::size_t at = 0; port == 0 && at < config.listeners.size(); ++at) {
            if (config.listeners[at].name == each.name) port = ports[at];
        }
        const bool any = each.host.empty() || each.host == "0.0.0.0";
        self.endpoints.push_back(
            {.listener = each.name, .host = any ? "localhost" : each.host, .port = port});
    }
    const auto high = entropy();
    auto registering =
        controller->register_broker(std::move(self), base::uuid::from_random(high, entropy()));
    (void)co_await std::move(registering);
}

void node::parts::schedule_housekeeping(on_shard& part) {
    const auto pause = std::chrono::milliseconds(config.retention_check_interval_ms);
    part.housekeeping = part.shard->call_at(part.shard->now() + pause, [this, &part] {
        part.replicas->housekeep();
        schedule_housekeeping(part);
    });
}

io::task<std::vector<server::checkpoint_row>> node::parts::gather_rows() {
    std::vector<server::checkpoint_row> rows;
    rows.push_back({.topic = raft::metadata_topic,
                    .index = partition_index(0),
                    .recovery_point = metadata_log->high_watermark(),
                    .log_start = offset(0),
                    .high_watermark = metadata_log->high_watermark()});
    for (auto& part : shards) {
        auto read = [&part] { return part.replicas->checkpoint_rows(); };
        auto some = co_await io::submit<decltype(read)>(home(), *part.shard, std::move(read));
        rows.insert(rows.end(), some.begin(), some.end());
    }
    co_return rows;
}

io::task<void> node::parts::shut_down() {
    // First those who may wait for minutes: members of groups. Then nobody holds up the rest.
    for (auto& part : shards) {
        auto quiet = [&part] {
            part.housekeeping.reset();
            part.groups->stop();
        };
        co_await io::submit<decltype(quiet)>(home(), *part.shard, std::move(quiet));
    }
    if (pages) {
        auto ending = pages->stop();
        co_await std::move(ending);
    }
    for (auto& each : servers) {
        auto ending = each->stop();
        co_await std::move(ending);
    }
    for (auto& part : shards) {
        co_await io::hop(*part.shard);
        auto ending = part.transactions->stop();
        co_await std::move(ending);
        if (part.cleaner) {
            auto given_up = part.cleaner->stop();
            co_await std::move(given_up);
        }
        co_await io::hop(home());
    }
    auto last_write = checkpoints->stop();
    co_await std::move(last_write);
    for (auto& part : shards) {
        co_await io::hop(*part.shard);
        auto ending = part.replicas->stop();
        co_await std::move(ending);
        co_await io::hop(home());
    }
    auto gathering = gather_rows();
    const auto rows = co_await std::move(gathering);
    auto ending = metadata_log->stop();
    co_await std::move(ending);
    const auto written = server::write_checkpoints(*disk, rows);
    bool healthy = written.has_value();
    for (auto& part : shards) {
        auto look = [&part] { return part.replicas->all_closed_cleanly(); };
        healthy =
            co_await io::submit<decltype(look)>(home(), *part.shard, std::move(look)) && healthy;
    }
    // The marker promises that indexes and snapshots, written at closing, are whole after a power
    // cut too.
    if (!healthy || !disk->sync_all()) co_return;
    (void)server::mark_clean_stop(*disk);
}

node::node(std::unique_ptr<parts> inside) : parts_(std::move(inside)) {}

node::~node() {
    stop();
}

std::uint16_t node::port() const {
    return parts_->ports.front();
}
const std::string& node::cluster_id() const {
    return parts_->identity.cluster_id;
}
std::uint16_t node::metrics_port() const {
    return parts_->metrics_port;
}

std::vector<base::metric_family> node::metrics() const {
    std::vector<base::metric_family> out;
    if (!parts_->stopped) run_task(parts_->home(), *parts_->tasks, parts_->gather_into(out));
    return out;
}

std::expected<std::unique_ptr<node>, std::string> node::start(config::broker_config config,
                                                              node_options options) {
    auto made = std::unique_ptr<node>(new node(std::make_unique<parts>()));
    auto& in = *made->parts_;
    in.stopped = true;  // until there is something to stop
    in.config = std::move(config);
    in.options = std::move(options);
    if (auto opened = in.open_data(); !opened) return std::unexpected(opened.error());
    auto checkpoints = server::read_checkpoints(*in.disk);
    if (!checkpoints) return std::unexpected(checkpoints.error());
    in.make_shards();
    auto core = run_here(in.home(), [&] { return in.open_metadata(*checkpoints); });
    if (!core) return std::unexpected(core.error());
    const auto leftovers =
        server::find_leftovers(*in.disk, core->image(), checkpoints->removed_topics);
    const bool fresh = core->image().features().empty();
    in.controller = std::make_unique<controller::controller>(
        in.home(), *in.metadata_log, std::move(*core),
        [&in](controller::metadata_snapshot image, controller::metadata_delta delta) {
            return in.publish(std::move(image), std::move(delta));
        });
    in.make_services(std::make_shared<replication::recovered_checkpoints>(std::move(*checkpoints)));
    in.make_cleaners();
    in.stopped = false;
    if (auto listening = in.listen(); !listening) return std::unexpected(listening.error());
    if (auto serving = in.serve_pages(); !serving) return std::unexpected(serving.error());
    run_task(in.home(), *in.tasks, in.publish_all());
    for (const auto& each : leftovers)
        in.shards.front().replicas->remove_directory(each);
    run_task(in.home(), *in.tasks, in.register_self(fresh));
    for (auto& part : in.shards) {
        run_here(*part.shard, [&in, &part] {
            part.groups->start();
            part.transactions->start();
            if (part.cleaner) part.cleaner->start();
            in.schedule_housekeeping(part);
        });
    }
    run_here(in.home(), [&in] {
        in.checkpoints->start(std::chrono::milliseconds(in.config.checkpoint_interval_ms));
        for (auto& each : in.servers)
            each->start();
    });
    if (in.options.on_ready) in.options.on_ready(made->port());
    return made;
}

void node::stop() {
    auto& in = *parts_;
    if (!in.stopped) {
        in.stopped = true;
        run_task(in.home(), *in.tasks, in.shut_down());
    }
    // What is left belongs to shards that still run until here.
    in.checkpoints.reset();
    for (auto& part : in.shards)
        part.shard->stop();
}

}  // namespace weir::broker
