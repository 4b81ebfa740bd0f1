#include "connectors/prometheus/prometheus_source.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace weir::connectors::prometheus {

namespace {

constexpr std::array own_options = {
    sdk::option{.name = "targets",
                .type = WEIR_OPTION_LIST,
                .required = true,
                .text = "URLs; /metrics is the path of those without one."},
    sdk::option{.name = "interval",
                .type = WEIR_OPTION_DURATION,
                .initial = "15s",
                .valid = "10..86400000",
                .text = "Between scrapes, which are at multiples of it."},
    sdk::option{.name = "timeout",
                .type = WEIR_OPTION_DURATION,
                .initial = "10s",
                .valid = "1..",
                .text = "Of a scrape; no longer than the interval."},
    sdk::option{.name = "per",
                .initial = "sample",
                .valid = "sample|family",
                .text = "What a record is of."},
    sdk::option{.name = "body_max",
                .type = WEIR_OPTION_BYTES,
                .initial = "16MiB",
                .valid = "1..1073741824",
                .text = "Bytes of a response; a larger one fails the scrape."},
    sdk::option{.name = "samples_max",
                .type = WEIR_OPTION_INTEGER,
                .initial = "1000000",
                .valid = "1..",
                .text = "Samples of a scrape; more fail it."},
    sdk::option{.name = "labels_max",
                .type = WEIR_OPTION_INTEGER,
                .initial = "64",
                .valid = "1..1000",
                .text = "Labels of a sample; more fail the scrape."},
};

constexpr auto all_options = http::joined(own_options, http::access_option_table);

std::int64_t wall_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

std::span<const sdk::option> option_table() {
    return all_options;
}

source_options read_options(const sdk::settings& given, const http::report_function& report) {
    source_options out;
    for (const auto& text : given.list("targets")) {
        auto parsed = http::parse_url(text);
        if (!parsed) {
            report("targets", "a target " + parsed.error());
            continue;
        }
        if (parsed->target == "/") parsed->target = "/metrics";
        out.targets.push_back(std::move(*parsed));
    }
    if (out.targets.empty()) report("targets", "there is none");
    if (out.targets.size() > 10'000) report("targets", "there are more than 10000");
    out.interval_ms = std::max<std::int64_t>(given.integer("interval"), 1);
    out.by_family = given.text("per") == "family";
    out.limits.samples_max = static_cast<std::size_t>(given.integer("samples_max"));
    out.limits.labels_max = static_cast<std::size_t>(given.integer("labels_max"));
    out.client = http::read_client(given, report);
    out.client.request_ms = std::min(given.integer("timeout"), out.interval_ms);
    out.client.connect_ms = std::min(out.client.connect_ms, out.client.request_ms);
    out.client.body_bytes_max = static_cast<std::size_t>(given.integer("body_max"));
    const auto auth = http::read_auth(given, report);
    if (auth.kind == http::auth_kind::oauth2)
        report("auth.type", "is none, basic or bearer for scrapes");
    if (auth.kind == http::auth_kind::basic)
        out.authorization = http::basic_credentials(auth.user, auth.password);
    if (auth.kind == http::auth_kind::bearer) out.authorization = "Bearer " + auth.token;
    return out;
}

sdk::outcome prometheus_source::create(const sdk::host& host, const sdk::settings& given,
                                       std::span<const weir_position>,
                                       std::unique_ptr<sdk::source>& task) {
    std::string problems;
    auto options = read_options(given, [&](std::string_view option, const std::string& reason) {
        problems += (problems.empty() ? "" : "; ") + std::string(option) + ": " + reason;
    });
    if (!problems.empty()) return sdk::fatal(problems);
    auto over = http::client::make(options.client);
    if (!over) return sdk::fatal(over.error());
    task = std::make_unique<prometheus_source>(host, std::move(options), std::move(*over));
    return sdk::ok();
}

void prometheus_source::check(const sdk::settings& given, bool, sdk::problems& found) {
    // A target that is away is a sample of `up`, not an error of the configuration.
    (void)read_options(given, [&](std::string_view option, const std::string& reason) {
        found.add(option, reason);
    });
}

prometheus_source::prometheus_source(const sdk::host& host, source_options options,
                                     std::unique_ptr<http::client> over)
    : host_(host),
      options_(std::move(options)),
      client_(std::move(over)),
      records_(options_.by_family) {
    for (const auto& each : options_.targets) {
        auto& made = targets_.emplace_back();
        made.name = each.shown();
        made.instance = each.host + ":" + each.port;
    }
}

void prometheus_source::request_stop() {
    is_stopped_ = true;
    client_->interrupt();
}

void prometheus_source::begin_scrapes(std::int64_t now_unix_ms) {
    for (std::size_t index = 0; index < targets_.size(); ++index) {
        auto& target = targets_[index];
        if (target.is_scraping) continue;  // its time is not over yet
        http::request out;
        out.id = index;
        out.method = "GET";
        out.to = options_.targets[index];
        out.headers.emplace_back(
            "Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
        const auto& user = options_.targets[index].user;
        if (!user.empty()) {
            out.headers.emplace_back(
                "Authorization", http::basic_credentials(user, options_.targets[index].password));
        } else if (!options_.authorization.empty()) {
            out.headers.emplace_back("Authorization", options_.authorization);
        }
        target.is_scraping = true;
        target.began_ms = now_unix_ms;
        client_->start(std::move(out));
    }
}

// Why the scrape did not work; empty when it did.
std::string prometheus_source::problem_of(const http::answer& given, target_state& target) {
    if (given.status == 0) return given.failure;
    if (given.status != 200) return "HTTP " + std::to_string(given.status);
    if (given.is_cut) return "the response is larger than body_max";
    const bool is_openmetrics =
        given.content_type.find("application/openmetrics-text") != std::string::npos;
    target.body = given.body;
    const auto parsed =
        parse_exposition(target.body, is_openmetrics, options_.limits, target.parsed);
    return parsed ? std::string() : parsed.error();
}

void prometheus_source::take(const http::answer& given) {
    if (given.id >= targets_.size()) return;
    auto& target = targets_[given.id];
    target.is_scraping = false;
    const auto problem = problem_of(given, target);
    const scrape_origin from = {target.name, target.instance, target.began_ms};
    const bool was_up = std::exchange(target.is_up, problem.empty());
    if (was_up && !target.is_up) host_.warn(target.name + ": " + problem);
    if (!was_up && target.is_up) host_.info(target.name + " is up again");
    if (target.is_up) records_.add(target.parsed, from);
    records_.add_up(target.is_up, from);
}

sdk::outcome prometheus_source::poll(std::chrono::milliseconds timeout, sdk::source_batch& into) {
    records_.clear();
    const auto deadline = steady_ms() + timeout.count();
    const auto interval = options_.interval_ms;
    while (records_.records().empty() && !is_stopped_) {
        const auto wall = wall_ms();
        if (wall >= next_ms_ || next_ms_ - wall > interval) {
            // Also when the clock went back.
            if (next_ms_ != 0 && wall >= next_ms_) begin_scrapes(wall);
            next_ms_ = (wall / interval + 1) * interval;
        }
        const auto left = std::min(deadline - steady_ms(), next_ms_ - wall_ms());
        for (const auto& each : client_->wait(std::max<std::int64_t>(left, 0)))
            take(each);
        if (steady_ms() >= deadline) break;
    }
    into.records = records_.records();
    into.drained = true;
    return sdk::ok();
}

}  // namespace weir::connectors::prometheus
