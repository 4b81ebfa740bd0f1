#include "cli/pipeline/running.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "base/log_hiding.hpp"
#include "connect/http/rest.hpp"
#include "transforms/smt/chain.hpp"

namespace weir::cli {
namespace {

using connect::pipeline::change_kind;
using connect::pipeline::component;
using connect::pipeline::component_kind;
using connect::worker::component_id;

component_id id_of(const component& of) {
    return {.kind = of.kind, .name = of.name};
}
std::string name_of(const component& of) {
    return fmt::format("{}.{}", of.kind == component_kind::source ? "source" : "sink", of.name);
}

const component* find_in(const std::vector<component>& all, component_kind kind,
                         const std::string& name) {
    const auto found = std::ranges::find_if(
        all, [&](const auto& each) { return each.kind == kind && each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

// Where clients of this process find the broker: a listener may be open to all addresses.
std::string local_address(const connect::pipeline::pipeline& of, std::uint16_t port) {
    auto written = *of.broker;
    const auto config = weir::config::make_broker_config(written);
    auto host = config.listeners.front().host;
    if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

std::string directory_of(const std::string& path) {
    std::error_code error;
    const std::filesystem::path file(path);
    return std::filesystem::is_directory(file, error) ? path : file.parent_path().string();
}

}  // namespace

running_pipeline::running_pipeline(connect::pipeline::reading read, broker::node* node,
                                   pipeline_loader& loader)
    : node_(node), loader_(loader) {
    take(std::move(read));
}

running_pipeline::~running_pipeline() {
    stop();
}

std::expected<std::unique_ptr<running_pipeline>, std::string> running_pipeline::start(
    connect::pipeline::reading read, broker::node* node, pipeline_loader& loader) {
    auto made =
        std::unique_ptr<running_pipeline>(new running_pipeline(std::move(read), node, loader));
    if (auto started = made->start_worker(); !started) return std::unexpected(started.error());
    if (auto started = made->start_pages(); !started) return std::unexpected(started.error());
    made->forget_absent();
    for (const auto& each : made->current_.what.components)
        made->start_component(each);
    return made;
}

std::expected<void, std::string> running_pipeline::start_worker() {
    const auto& of = current_.what;
    connect::worker::worker_options options;
    options.bootstrap = node_ != nullptr ? local_address(of, node_->port()) : of.bootstrap;
    options.client_settings = of.client_settings;
    options.transforms = transforms::smt::make_chain;
    options.data_dir = std::filesystem::path(of.data_dir) / "worker";
    options.resolve = [from = secret_sources(directory_of(loader_.path()))](
                          const std::string& written) -> std::optional<std::string> {
        auto made = weir::config::substitute(written, from);
        return made ? std::optional(std::move(made->text)) : std::nullopt;
    };
    std::error_code error;
    std::filesystem::create_directories(options.data_dir, error);
    if (error) {
        return std::unexpected(
            fmt::format("{}: cannot be made: {}", options.data_dir.string(), error.message()));
    }
    auto made = connect::worker::worker::create(std::move(options));
    if (!made) return std::unexpected(made.error());
    worker_ = std::move(*made);
    return {};
}

std::expected<void, std::string> running_pipeline::start_pages() {
    const auto& listen = current_.what.http;
    if (listen.empty()) return {};
    auto made = connect::http::server::start(
        {.listen = listen}, connect::http::router(connect::http::rest_routes(pages())));
    if (!made) {
        return std::unexpected(
            fmt::format("{} (node.http: set another address, or \"\" for no pages)", made.error()));
    }
    server_ = std::move(*made);
    base::log_info("pages: http://{}/metrics and Connect's REST", server_->address());
    return {};
}

const weir_connector* running_pipeline::connector_of(component_kind kind,
                                                     const std::string& type) const {
    const auto* found = loader_.connectors().find(kind == component_kind::source
                                                      ? connect::plugin::connector_kind::source
                                                      : connect::plugin::connector_kind::sink,
                                                  type);
    return found == nullptr ? nullptr : found->table;
}

void running_pipeline::start_component(const component& what) {
    const auto done = worker_->start(what, connector_of(what.kind, what.type));
    if (!done) {
        base::log_error("{}: does not start: {}", name_of(what), done.error());
    } else if (what.kind == component_kind::source) {
        base::log_info("{}: started: {} to {}", name_of(what), what.type,
                       what.topic.empty() ? "topics of its own" : what.topic);
    } else {
        base::log_info("{}: started: {} from {}", name_of(what), what.type,
                       fmt::join(what.from, ", "));
    }
}

void running_pipeline::update_component(const component& what) {
    const auto done = worker_->update(what, connector_of(what.kind, what.type));
    if (!done) base::log_error("{}: does not start again: {}", name_of(what), done.error());
}

void running_pipeline::remove_component(const component& what) {
    const auto done = worker_->remove(id_of(what), connector_of(what.kind, what.type));
    if (!done) base::log_error("{}: its connector was not told: {}", name_of(what), done.error());
}

// Components that left the file while nothing ran: their connectors are told now.
void running_pipeline::forget_absent() {
    for (const auto& each : worker_->seen()) {
        if (find_in(current_.what.components, each.id.kind, each.id.name) != nullptr) continue;
        component gone;
        gone.kind = each.id.kind;
        gone.name = each.id.name;
        gone.type = each.type;
        if (connector_of(gone.kind, gone.type) == nullptr) {
            base::log_warn("{} has left the file, and its connector {} is not there to be told",
                           name_of(gone), gone.type);
            continue;
        }
        base::log_info("{} has left the file", name_of(gone));
        remove_component(gone);
    }
}

void running_pipeline::take(connect::pipeline::reading read) {
    const std::lock_guard lock(mutex_);
    current_.what = std::move(read.result);
    current_.secrets.insert(current_.secrets.end(), read.secrets.begin(), read.secrets.end());
    current_.secrets = weir::config::hidden_texts(std::move(current_.secrets));
    base::hide_in_log(current_.secrets);
    current_.plugins.clear();
    for (const auto& each : loader_.connectors().all()) {
        current_.plugins.push_back({.name = each.type,
                                    .type = std::string(kind_name(each.kind)),
                                    .version = each.version});
    }
}

void running_pipeline::reload() {
    auto read = loader_.load(false);
    {
        auto hidden = current_.secrets;
        hidden.insert(hidden.end(), read.secrets.begin(), read.secrets.end());
        base::hide_in_log(weir::config::hidden_texts(std::move(hidden)));
    }
    for (const auto& each : read.warnings)
        base::log_warn("reload: {}", each.text());
    for (const auto& each : read.errors)
        base::log_error("reload: {}", each.text());
    if (!read.errors.empty()) {
        base::log_error("reload: refused, nothing has changed: {} is wrong", loader_.path());
        return;
    }
    const auto changes = connect::pipeline::difference_of(current_.what, read.result);
    if (!changes.needs_restart.empty()) {
        base::log_error("reload: refused, nothing has changed: {} needs a restart",
                        fmt::join(changes.needs_restart, ", "));
        return;
    }
    for (const auto& each : changes.components)
        base::log_info("reload: {}", each.text());
    const auto before = current_.what;
    take(std::move(read));
    apply(changes, before);
    base::log_info("reload: done");
}

void running_pipeline::apply(const connect::pipeline::difference& changes,
                             const connect::pipeline::pipeline& before) {
    for (const auto& each : changes.components) {
        const auto* was = find_in(before.components, each.of, each.name);
        const auto* now = find_in(current_.what.components, each.of, each.name);
        const bool another = was != nullptr && now != nullptr && was->type != now->type;
        if (each.kind == change_kind::removed || another) remove_component(*was);
        if (each.kind == change_kind::added || another) start_component(*now);
        if (each.kind == change_kind::changed && !another) update_component(*now);
    }
}

void running_pipeline::stop() {
    if (server_) server_->stop(std::chrono::milliseconds(1000));
    server_.reset();
    if (worker_) worker_->stop_all();
}

}  // namespace weir::cli
